"""The invariants of the add-on's tests, and those that hold in the story besides, asked of it."""

from . import figures

BY_CASES = {
    "I3 stock as the cases say": (figures.quarantine_by_cases, figures.customers_by_orders),
}


def check(house, tell=lambda rule, broken: None):
    """Return what is broken, one line each; `tell` is called for every rule."""
    # an add-on can be imported once Odoo knows where add-ons are: the house has told it
    from odoo.addons.aftersales_publishing.tests import invariants

    wrong = []
    for rule, questions in {**invariants.RULES, **invariants.AT_REST, **BY_CASES}.items():
        breaches = house.look(
            lambda env, rules={rule: questions}: invariants.find_breaches(env, rules)
        )
        broken = [breach.text for breach in breaches]
        tell(rule, broken)
        wrong += broken
    return wrong
