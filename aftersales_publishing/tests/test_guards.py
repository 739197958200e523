from odoo.tests import tagged

from .guards import taken_away
from .walk import Walk
from .walk_house import WalkHouse


@tagged("post_install", "-at_install")
class TestGuards(WalkHouse):
    """The check of the check: a walk notices when a guard is missing.

    Each test tells a short walk in which somebody tries what a guard forbids. With the guard the
    step is refused, or comes out right; without it an invariant breaks.
    """

    def assertGuarded(self, guard, story):
        """Assert that a walk is right as it is, and wrong without a guard.

        :param guard: its name in :data:`~.guards.GUARDS`
        :param story: function of a :class:`~.walk.Walk`
        """
        self._tell(story)
        with (
            taken_away(self.registry, guard),
            self.assertRaisesRegex(AssertionError, "The walk:"),
        ):
            self._tell(story)

    def _tell(self, story):
        """Walk the story; what happened is undone."""
        savepoint = self.env.cr.savepoint(flush=True)
        try:
            story(Walk(self))
        finally:
            self.env.cr.precommit.clear()
            self.env.cr.postcommit.clear()
            savepoint.close(rollback=True)
            self.env.invalidate_all(flush=False)

    def _decide(self, walk, order, lot, remedy, copies=1, **choices):
        """Let the reader of an order complain of copies and agree to a remedy."""
        walk.open_case(lines=1, order=order, lot=lot, copies=copies)
        line = walk.env["aftersales.case.line"].search([], order="id desc", limit=1)
        return walk.decide(line=line, remedy=remedy, quantity=None, **choices)

    def _bring_back(self, walk, order, lot, remedy, copies=1):
        """Decide on a remedy, receive the copies and confirm the complaint."""
        self._decide(walk, order, lot, remedy, copies)
        walk.receive(how="all")
        walk.inspect(split=False, grade="defective", disposition="quarantine")

    # ------------------------------------------------------------------
    # Copies
    # ------------------------------------------------------------------
    def test_claim_check(self):
        """Two were delivered: three cannot come back."""

        def story(walk):
            self._decide(walk, self.two_runs, self.run_2, "exchange", 2)
            self._decide(walk, self.two_runs, self.run_2, "return_refund", 1)

        self.assertGuarded("claimable copies", story)

    def test_claim_check_when_announced_again(self):
        """The warehouse cancels a return; its copy is claimed otherwise before the next try."""

        def story(walk):
            self._decide(walk, self.two_runs, self.run_2, "exchange", 2, advance=False)
            [announced] = walk._find_returns()
            walk.cancel_ours_by_hand(picking=announced)
            resolution = walk._find_agreed()
            self._decide(walk, self.two_runs, self.run_2, "return_refund", 1)
            walk.retry(**{"aftersales.resolution": resolution})

        self.assertGuarded("claimable again", story)

    def test_safe_stock_check(self):
        """Two safe atlases are in the house: a third is not promised."""

        def story(walk):
            self._decide(walk, self.unpaid, self.atlas_1, "exchange", 2, advance=True)
            self._decide(walk, self.two_lines, self.atlas_1, "exchange", 1, advance=True)

        self.assertGuarded("safe stock", story)

    def test_reserved_check(self):
        """The run complained of is never reserved for the replacement."""

        def story(walk):
            self._decide(walk, self.two_runs, self.run_1, "exchange", advance=True)

        self.assertGuarded("safe reservation", story)

    def test_avoided_lots_check(self):
        """The run complained of is typed by hand on the way out."""

        def story(walk):
            self._decide(walk, self.two_runs, self.run_1, "exchange", advance=True)
            walk.ship(lot=self.run_1)

        self.assertGuarded("avoided print runs", story)

    def test_nothing_before_the_inspection(self):
        """A replacement waits until the copy is inspected and the complaint confirmed (R6.6)."""

        def story(walk):
            self._decide(walk, self.two_runs, self.run_1, "exchange", advance=False)
            walk.retry()

        self.assertGuarded("inspection first", story)

    def test_copies_at_hand(self):
        """A copy that was sent back uninspected is not put on the shelf."""

        def story(walk):
            self._decide(walk, self.two_runs, self.run_1, "exchange", advance=False)
            walk.receive(how="all")
            received = walk._find_uninspected().picking_id
            walk.return_by_hand(picking=received, copies=1, validate=True)
            walk.inspect(split=False, grade="defective", disposition="restock")

        self.assertGuarded("copies at hand", story)

    def test_exchange_is_not_to_refund(self):
        """What comes back to be exchanged does not lower what the order delivered."""

        def story(walk):
            self._decide(walk, self.two_runs, self.run_1, "exchange", advance=False)
            walk.receive(how="all")

        self.assertGuarded("exchange leaves the order", story)

    # ------------------------------------------------------------------
    # Money
    # ------------------------------------------------------------------
    def test_credit_check_before_the_promise(self):
        """What was never invoiced is not promised back."""

        def story(walk):
            self._decide(walk, self.uninvoiced, self.poems_1, "return_refund")

        self.assertGuarded("invoiced first", story)

    def test_pending_refunds_count(self):
        """All but one copy is credited by hand: only one refund can be asked for."""
        invoice = self.discounted.invoice_ids

        def story(walk):
            for _copy in range(6):
                walk.credit_by_hand(invoice=invoice, part=True)
            for _case in range(2):
                self._decide(walk, self.discounted, self.poems_1, "refund_only")

        self.assertGuarded("pending refunds", story)

    def test_creditable_check(self):
        """Accounting credits the invoice while a refund waits to be posted."""

        def story(walk):
            self._decide(walk, self.two_runs, self.run_1, "refund_only")
            walk.credit_by_hand(invoice=self.two_runs.invoice_ids, part=False)
            walk.post()

        self.assertGuarded("creditable", story)

    def test_approval_check(self):
        """Two copies cost more than the agent may refund: finance decides first (R6.8)."""

        def story(walk):
            self._decide(walk, self.two_runs, self.run_1, "refund_only", 2)
            walk.post_any()

        self.assertGuarded("approval", story)

    def test_orders_are_lowered(self):
        """What came back and is credited is no longer ordered."""

        def story(walk):
            self._bring_back(walk, self.two_runs, self.run_1, "return_refund")
            walk.post()

        self.assertGuarded("lowered orders", story)

    def test_reset_note_is_cancelled(self):
        """Accounting resets a credit note: posting again leaves one of them."""

        def story(walk):
            self._decide(walk, self.two_runs, self.run_1, "refund_only")
            walk.post()
            walk.change_note_by_hand(how="button_draft")
            walk.post()

        self.assertGuarded("reset credit notes", story)

    def test_void_payout_is_released(self):
        """Accounting drafts a payout: it is paid again, not noted as paid."""

        def story(walk):
            self._decide(walk, self.two_runs, self.run_1, "refund_only")
            walk.post()
            walk.pay()
            walk.change_payment_by_hand(how="action_draft")
            walk.pay_any()

        self.assertGuarded("void payments", story)

    def test_posted_refund_is_not_refused(self):
        """What is credited cannot be refused any more."""

        def story(walk):
            self._bring_back(walk, self.two_runs, self.run_1, "return_refund")
            walk.post()
            walk.refuse()

        self.assertGuarded("posted refunds", story)

    # ------------------------------------------------------------------
    # Decisions
    # ------------------------------------------------------------------
    def test_nothing_done_check(self):
        """A copy is on the table: the remedy cannot be wished away (I6)."""

        def story(walk):
            self._decide(walk, self.two_runs, self.run_1, "exchange", advance=False)
            walk.receive(how="all")
            walk.cancel()

        self.assertGuarded("nothing done", story)

    def test_live_effects_index(self):
        """Two workers who don't see each other execute the same remedy (I5)."""
        walk = Walk(self)
        self._decide(walk, self.two_runs, self.run_1, "refund_only")
        resolution = self.env["aftersales.resolution"].search([], order="id desc", limit=1)
        self.env.cr.execute("DROP INDEX aftersales_effect_kind_once")
        resolution._do_execute()
        with self.assertRaisesRegex(AssertionError, "2 live effects"):
            walk._check_rules(may_exceed=False)
