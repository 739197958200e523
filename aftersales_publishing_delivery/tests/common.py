from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError

from odoo.addons.aftersales_publishing.tests.common import AftersalesCommon


class DeliveryCommon(AftersalesCommon):
    """A house with two carriers: one with a price list, one whose service makes labels.

    Community has no carrier that makes return labels: the service stands in for one. It is the
    provider “fixed” with the methods that such providers bring, while a test runs.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["aftersales.resolution"].search([]).write({"slip_due": False, "return_due": False})
        cls.courier = cls._create_carrier("Deppon", 12.0)
        cls.labeller = cls._create_carrier("SF Express", 9.0)
        cls.company.aftersales_return_carrier_id = cls.labeller

    @classmethod
    def _create_carrier(cls, name, price, **vals):
        product = cls.env["product.product"].create(
            {"name": f"Delivery by {name}", "type": "service", "list_price": price}
        )
        product.taxes_id = [Command.clear()]
        return cls.env["delivery.carrier"].create(
            {"name": name, "product_id": product.id, "fixed_price": price, **vals}
        )

    def setUp(self):
        super().setUp()
        self.calls = []
        self.answer = None  # what the service returns beside the label
        self.service_problem = None
        Carrier = type(self.env["delivery.carrier"])
        test, native = self, Carrier._compute_can_generate_return

        def compute_can_generate_return(carriers):
            native(carriers)
            for carrier in carriers & test.labeller:
                carrier.can_generate_return = True

        def get_return_label(carrier, pickings, tracking_number=None, origin_date=None):
            test._serve("label", pickings)
            number = f"SF{len(test.calls)}00"
            pickings.message_post(
                attachments=[(f"{carrier.get_return_label_prefix()}-{number}-0.pdf", b"%PDF-1")]
            )
            return test.answer and [test.answer]

        def cancel_shipment(carrier, pickings):
            if carrier != test.labeller:
                raise NotImplementedError
            test._serve("cancel", pickings)

        self.patch(Carrier, "_compute_can_generate_return", compute_can_generate_return)
        Carrier.fixed_get_return_label = get_return_label
        self.addCleanup(delattr, Carrier, "fixed_get_return_label")
        self.patch(Carrier, "fixed_cancel_shipment", cancel_shipment)

    def _serve(self, what, pickings):
        if self.service_problem:
            raise UserError(self.service_problem)
        self.calls += [(what, picking.name) for picking in pickings]

    def _run_job(self, commits=None):
        """Let the job of returns run.

        :param commits: list to note in how many labels were made at each of its commits
        """
        commits = [] if commits is None else commits

        def commit(_cron, processed=0, **_options):
            self._end_of_request()
            commits.append(len(self.calls))
            return 60

        with patch.object(type(self.env["ir.cron"]), "_commit_progress", commit):
            self.env["aftersales.resolution"].sudo()._cron_returns()

    def _announce(self, remedy="exchange", copies=1, order=None, **options):
        """Let the agent execute a remedy that takes copies back; return case and remedy."""
        order = order or self._sell({self.run_1: copies})
        ticket = self._case(order, {self.run_1: copies})
        return ticket, self._agree(ticket, remedy, **options)

    def _reimburse(self, ticket):
        """Let the agent reimburse the reader's own postage of the parcel."""
        postage = ticket.line_ids.with_user(self.agent).action_propose(
            "freight", amount=8, freight_payer="reader", reason="receipt"
        )
        postage.action_execute()
        return postage

    def _parcel(self, resolution):
        return resolution.sudo()._get_return_pickings()

    def _codes(self, ticket):
        return ticket.event_ids.mapped("code")

    def _mails(self, ticket, subject):
        return self.env["mail.mail"].search(
            [
                ("model", "=", "helpdesk.ticket"),
                ("res_id", "=", ticket.id),
                ("subject", "ilike", subject),
            ],
            order="id",
        )
