"""A channel pushes the same complaint twice at the same time (R1.1)."""

from . import steps


def test_one_reference_is_pushed_twice(house, race, item):
    answers = []

    def push(env):
        answers.append(steps.submit(item)(env)[0])

    assert race(("agent", push), ("colleague", push)) == ("", "")
    tickets = house.look(
        lambda env: env["helpdesk.ticket"].search([("external_ref", "=", item["external_ref"])]).ids
    )
    assert len(tickets) == 1
    assert [answer["ticket_id"] for answer in answers] == tickets * 2, answers
    assert [answer["status"] for answer in answers] == ["created", "existing"]
