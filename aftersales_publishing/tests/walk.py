from collections import Counter
from random import Random

from odoo.exceptions import UserError
from odoo.tools import SQL

from .invariants import AT_REST, RULES, find_breaches, find_raised
from .walk_agent import WalkAgent
from .walk_by_hand import WalkByHand
from .walk_decisions import WalkDecisions
from .walk_digital import WalkDigital
from .walk_edition import WalkEdition
from .walk_finance import WalkFinance
from .walk_finds import WalkFinds
from .walk_parts import WalkParts
from .walk_platform import WalkPlatform
from .walk_repair import WalkRepair
from .walk_returns import WalkReturns
from .walk_step import STEPS
from .walk_table import WalkTable
from .walk_warehouse import WalkWarehouse

COUNTED = (
    "account_move",
    "account_payment",
    "stock_picking",
    "stock_move",
    "helpdesk_ticket",
    "aftersales_resolution",
    "aftersales_effect",
    "aftersales_inspection",
    "aftersales_refund",
    "aftersales_event",
    "aftersales_digital_code",
    "aftersales_platform_refund",
    "aftersales_repair",
    "sale_order",
)
# What people may do to an order or a delivery by hand, and our verbs may not raise
EXCEEDED = tuple(rule for rule in RULES if rule[:2] in ("I1", "I5", "R4"))


class Walk(
    WalkAgent,
    WalkDecisions,
    WalkParts,
    WalkDigital,
    WalkRepair,
    WalkEdition,
    WalkWarehouse,
    WalkTable,
    WalkReturns,
    WalkFinance,
    WalkPlatform,
    WalkByHand,
    WalkFinds,
):
    """A walk of all desks through the house, step by step, right after every step (I1 to I6).

    Steps are the verbs of all roles, and what people do in Odoo's own screens. A step that is
    refused leaves nothing behind, as a request would; one that is not may break no invariant.

    :param house: :class:`~.walk_house.WalkHouse`
    :param draw: ``draw(label, number of options)`` returns which option is taken
    """

    counted = COUNTED

    def __init__(self, house, draw=lambda label, count: 0):
        self.house = house
        self.env = house.env
        self.draw = draw
        self.choices = {}
        self.log = []
        self.counts = Counter()
        self.touched = set()  # orders that were changed by hand
        self.breaches = find_breaches(self.env)

    # ------------------------------------------------------------------
    # A step
    # ------------------------------------------------------------------
    def get_possible(self):
        """Return the names of the steps that are possible now, each as often as it weighs."""
        steps = [step for step in STEPS.values() if hasattr(self, step.name)]
        there = {name for name in {step.needs for step in steps} if getattr(self, name)()}
        return [step.name for step in steps if step.needs in there for _ in range(step.weight)]

    def _do(self, step, choices):
        """Do a step like a request: all of it or nothing; then check.

        :param choices: what is not left to chance, by label
        :return: whether it was done, not refused
        """
        self.choices, self.described = choices, []
        before, figures = self._count_documents(), self._get_order_figures()
        outcome, changed = "done", self.env["sale.order"]
        try:
            with self.env.cr.savepoint():
                changed = step.method(self, getattr(self, step.needs)()) or changed
                self.env.cr.flush()
        except UserError as refusal:
            outcome = "refused"
            self.described.append(str(refusal))
        except Exception as error:
            self.log.append(f"{step.name}({', '.join(self.described)}): {error!r}")
            raise AssertionError(self._tell("a step crashed")) from error
        self.log.append(f"{step.name}({', '.join(self.described)}): {outcome}")
        self.counts[step.name, outcome] += 1
        if outcome == "done":
            self.touched.update(changed.ids if step.by_hand else ())
            self._check_orders(figures, changed)
            self._check_rules(step.may_exceed)
        elif self._count_documents() != before:
            self._fail(f"a refused step left documents: {before}, {self._count_documents()}")
        return outcome == "done"

    def _check_orders(self, before, changed):
        """Orders that the step is not about stay what they were (I4)."""
        after = self._get_order_figures()
        for order, figures in before.items():
            if after[order] != figures and order not in changed.ids:
                name = self.env["sale.order"].browse(order).name
                self._fail(f"I4: order {name} was {figures}, is {after[order]}")

    def _check_rules(self, may_exceed):
        rules = {
            name: rule for name, rule in RULES.items() if not (may_exceed and name in EXCEEDED)
        }
        after = [breach for breach in find_breaches(self.env) if not self._is_by_hand(breach)]
        raised = [b for b in find_raised(self.breaches, after) if b.rule in rules]
        self.breaches = after
        if raised:
            self._fail("\n".join(f"{breach.rule}: {breach.text}" for breach in raised))

    def _is_by_hand(self, breach):
        """Whether the breach is about an order that somebody changed by hand."""
        what, _space, key = breach.key.partition(" ")
        return what == "order" and int(key.split("/")[0]) in self.touched

    def check_at_rest(self):
        """Check the ledger: a closing of the books takes too long to do it at every step."""
        breaches = find_breaches(self.env, AT_REST)
        if breaches:
            self._fail("\n".join(f"{breach.rule}: {breach.text}" for breach in breaches))

    def _fail(self, message):
        raise AssertionError(self._tell(message))

    def _tell(self, message):
        story = "\n".join(f"{number}. {line}" for number, line in enumerate(self.log, 1))
        return f"{message}\n\nThe walk:\n{story}"

    def _count_documents(self):
        counts = SQL(", ").join(
            SQL("(SELECT count(*) FROM %s)", SQL.identifier(table)) for table in self.counted
        )
        return dict(
            zip(self.counted, self.env.execute_query(SQL("SELECT %s", counts))[0], strict=True)
        )

    def _get_order_figures(self):
        names = ("product_uom_qty", "qty_delivered", "qty_invoiced", "qty_to_invoice")
        return {
            order.id: (
                order.invoice_status,
                [[line[name] for name in names] for line in order.order_line],
            )
            for order in self.house.orders
        }

    # ------------------------------------------------------------------
    # Choices
    # ------------------------------------------------------------------
    def choose(self, label, options):
        """Return one of the options: the one that was asked for, or a drawn one."""
        if label in self.choices:
            chosen = self.choices[label]
        else:
            options = list(options)
            chosen = options[self.draw(label, len(options))]
        self.described.append(f"{label}={getattr(chosen, 'display_name', chosen)}")
        return chosen

    def choose_some(self, label, records):
        """Return one record, or all of them: a batch."""
        if label in self.choices or len(records) == 1 or not self.choose("batch", [False, True]):
            return self.choose(label, records)
        return records


def wander(house, seed, steps, walk_class=Walk):
    """Take a walk of so many random steps; it is undone at its end.

    :return: the :class:`Walk`
    :raises AssertionError: telling the walk, when an invariant breaks
    """
    random = Random(seed)
    savepoint = house.env.cr.savepoint(flush=True)
    walk = walk_class(house, lambda label, count: random.randrange(count))
    try:
        for _step in range(steps):
            getattr(walk, random.choice(walk.get_possible()))()
        walk.check_at_rest()
    finally:
        house.env.cr.precommit.clear()
        house.env.cr.postcommit.clear()
        savepoint.close(rollback=True)
        house.env.invalidate_all(flush=False)
    return walk
