"""Limits are raised while money is approved: nobody raises one for himself (R6.8, ADR 38)."""

import pytest

from . import steps


@pytest.fixture
def limits(house):
    """Let agents give nothing alone and approvers up to 100; afterwards it is as before."""
    names = ("aftersales_refund_limit", "aftersales_approval_limit")
    before = house.look(lambda env: env.company.read(names)[0])
    house.work(None, set_limits(aftersales_refund_limit=0, aftersales_approval_limit=100))
    yield
    house.work(None, set_limits(**{name: before[name] for name in names}))
    house.work(None, lambda env: env["aftersales.limit.change"].search([]).unlink())


def set_limits(**vals):
    return lambda env: env.company.browse(1).write(vals)


def raise_approvals(env):
    """Let approvers decide on any amount."""
    return env["res.company"].browse(1).write({"aftersales_approval_limit": 0})


def raise_requests(env):
    """Let agents give up to 500 alone."""
    return env["res.company"].browse(1).write({"aftersales_refund_limit": 500})


def while_others_work(house, step):
    """Return a step before whose commit a colleague looks at refunds, which reads all limits."""

    def act(env):
        result = step(env)
        env.flush_all()
        house.look(read_limits)
        return result

    def read_limits(env):
        Change, chief = (
            env["aftersales.limit.change"],
            env["res.users"].browse(house.desks["chief"]),
        )
        for kind in ("company", "approval"):
            Change._get_before(chief, kind, env.company)
        env["aftersales.refund.limit"]._get_amounts(env.company.id)

    return act


def read_state(house, case):
    return house.look(lambda env: steps.find_refunds(env, case).state)


def test_the_limit_of_approvers_is_raised_by_who_approves(house, race_either_way, limits):
    """200.10 to approve, 100 allowed: whoever raises it does not approve it, then or later."""
    case = steps.bring_to(house, "requested", "refund_only")
    outcomes = race_either_way(("chief", raise_approvals), ("chief", steps.approve(case)))
    assert not outcomes[0]
    assert "senior refund approver" in outcomes[1]
    assert read_state(house, case) == "to_approve"
    house.work("approver", steps.approve(case))  # for others it holds at once
    assert read_state(house, case) == "approved"


def test_others_look_at_refunds_while_it_is_raised(house, sound, limits):
    """What they read before the commit must not hold afterwards."""
    case = steps.bring_to(house, "requested", "refund_only")
    house.work("chief", while_others_work(house, raise_approvals))
    with pytest.raises(Exception, match="senior refund approver"):
        house.work("chief", steps.approve(case))
    assert read_state(house, case) == "to_approve"


def test_others_look_at_refunds_while_a_level_is_lowered(house, sound, limits):
    """What agents may give on a level is the new amount, not what others read before the commit."""

    def set_levels(env):
        Limit = env["aftersales.refund.limit"]
        vals = {"company_id": house.company_ids[0], "amount": 500}
        levels = [level for level, _label in Limit._fields["complaint_level"].selection]
        return Limit.create([{**vals, "complaint_level": level} for level in levels])

    def lower(env):
        return env["aftersales.refund.limit"].search([]).write({"amount": 1})

    house.work("manager", set_levels)
    before, after = (steps.agree_on(house, "refund_only", 1) for _case in range(2))
    house.work("agent", steps.execute(before))
    assert read_state(house, before) == "approved"
    house.work("manager", while_others_work(house, lower))
    house.work("agent", steps.execute(after))
    assert read_state(house, after) == "to_approve"
    house.work(None, lambda env: env["aftersales.refund.limit"].search([]).unlink())


def test_the_limit_of_agents_is_raised_by_who_asks(house, race_either_way, limits):
    case = steps.agree_on(house, "refund_only")
    outcomes = race_either_way(("chief", raise_requests), ("chief", steps.execute(case)))
    assert outcomes == ("", "")
    assert read_state(house, case) == "to_approve"


def test_a_raise_is_confirmed_while_its_author_approves(house, race_either_way, limits):
    """Confirmed by another approver, it holds for the author too; before, it does not."""
    case = steps.bring_to(house, "requested", "refund_only")
    house.work("chief", raise_approvals)
    confirmed, approved = race_either_way(
        ("approver", confirm),
        ("chief", steps.approve(case)),
    )
    assert confirmed == ""
    assert read_state(house, case) == ("to_approve" if approved else "approved")
    if approved:
        house.work("chief", steps.approve(case))
        assert read_state(house, case) == "approved"


def find_changes(env):
    return env["aftersales.limit.change"].search([("confirmed_by_id", "=", False)])


def confirm(env):
    return find_changes(env).action_confirm()


def test_a_raise_is_confirmed_twice(house, race, limits):
    house.work("chief", raise_approvals)
    assert race(("approver", confirm), ("finance", confirm)) == ("", "")
    assert house.look(lambda env: len(find_changes(env))) == 0
