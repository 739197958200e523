"""Refunds in the background: two workers, colleagues at the same refunds, killed workers (R13.2)."""

import signal

from . import steps
from .test_kills import killer  # noqa: F401 (a fixture)
from .test_refunds import AMOUNT, money


def start_run(house):
    """Return a case whose refund is in a run that nobody worked on yet."""
    case = steps.bring_to(house, "requested", "refund_only")
    house.work("approver", steps.start_run(case))
    return case


def read_run(house, case):
    def read(env):
        line = env["aftersales.refund.run.line"].search(
            [("refund_id", "in", steps.find_refunds(env, case).ids)]
        )
        return line.run_id.state, line.state

    return house.look(read)


def test_two_workers_at_one_run(house, race):
    case = start_run(house)
    work = steps.work_on_runs(case)
    assert race((None, work), (None, work)) == ("", "")
    assert money(house, case) == ("paid", AMOUNT, AMOUNT)
    assert read_run(house, case) == ("done", "done")


def test_a_colleague_approves_and_pays_meanwhile(house, race_either_way):
    """Whoever comes second finds it done, or tries again; the money leaves once."""
    case = start_run(house)

    def by_hand(env):
        refunds = steps.find_refunds(env, case)
        refunds.action_approve_and_post()
        refunds.action_pay()

    outcomes = race_either_way((None, steps.work_on_runs(case)), ("finance", by_hand))
    assert outcomes == ("", "")
    house.work(None, steps.work_on_runs(case))
    assert money(house, case) == ("paid", AMOUNT, AMOUNT)
    assert read_run(house, case) == ("done", "done")


def test_a_colleague_refuses_meanwhile(house, race_either_way):
    case = start_run(house)
    outcomes = race_either_way((None, steps.work_on_runs(case)), ("finance", steps.refuse(case)))
    house.work(None, steps.work_on_runs(case))
    if outcomes[1]:
        assert "is posted" in outcomes[1]
        assert money(house, case) == ("paid", AMOUNT, AMOUNT)
    else:
        assert money(house, case) == ("refused", 0, 0)
        assert read_run(house, case) == ("done", "failed")


def test_a_run_whose_workers_are_killed(house, killer, sound):  # noqa: F811
    case = start_run(house)
    for place in (15, 60, 120):
        answer = killer.ask(None, "work_on_runs", case, kill_before=place)
        assert answer == {"killed": signal.SIGKILL}, answer
        assert money(house, case) == ("to_approve", 0, 0), "nothing is left of it"
    assert not killer.ask(None, "work_on_runs", case)["failed"]
    assert money(house, case) == ("paid", AMOUNT, AMOUNT)
    assert read_run(house, case) == ("done", "done")
