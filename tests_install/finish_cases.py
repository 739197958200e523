"""Check and finish the cases that were open when the add-on was upgraded. Run in `odoo shell`.

Raise AssertionError when a stored figure differs from what it is computed to now, when a case can't
be finished or an invariant is broken.
"""

from odoo.addons.aftersales_publishing.tests.invariants import find_breaches

from tests_install.next_steps import Desks

env = globals()["env"]  # given by `odoo shell`


def main():
    """Compare what is stored with what is computed, then finish all cases."""
    differences = [line for model in env.values() for line in find_differences(model)]
    assert not differences, "\n".join(differences)
    env.cr.rollback()
    tickets = env["helpdesk.ticket"].search([("is_aftersales", "=", True)])
    assert len(tickets.filtered("next_step")) > 10, "the cases of before are gone"
    desks = Desks(env, env.company)
    for ticket in tickets:
        while desks.go_on(ticket):
            pass
        assert ticket.phase == "done", (ticket.number, ticket.name, ticket.phase)
    breaches = find_breaches(env)
    assert not breaches, "\n".join(breach.text for breach in breaches)
    env.cr.commit()


def find_differences(model):
    """Yield what of our stored computed fields differs after a recomputation."""
    if model._abstract or model._transient:
        return
    fields = [
        field
        for field in model._fields.values()
        if field.store
        and field.compute
        and field._module == "aftersales_publishing"
        and (field.readonly or field.related)  # else somebody may have typed it
    ]
    records = model.with_context(active_test=False).search([]) if fields else model
    for field in fields:
        before = {record: record[field.name] for record in records}
        env.add_to_compute(field, records)
        model._recompute_recordset([field.name])
        for record in records:
            if record[field.name] != before[record]:
                yield f"{record}.{field.name}: {before[record]} → {record[field.name]}"


main()
