from odoo.tests import tagged

from .common import AftersalesCommon

# What whoever calls a verb by RPC could slip into the documents that are made with more rights
POISON = {
    "default_active": False,
    "default_amount": 1.0,
    "default_auto_delete": True,
    "default_auto_post": "monthly",
    "default_checked": True,
    "default_date": "2020-01-01",
    "default_email_bcc": "thief@other.example",
    "default_email_cc": "thief@other.example",
    "default_feedback": "slipped in",
    "default_invoice_cash_rounding_id": False,
    "default_is_cancelled": True,
    "default_move_type": "entry",
    "default_narration": "slipped in",
    "default_note": "slipped in",
    "default_payment_reference": "slipped in",
    "default_payment_type": "inbound",
    "default_priority": "1",
    "default_procure_method": "make_to_order",
    "default_quantity": 7.0,
    "default_reply_to": "thief@other.example",
    "default_scheduled_date": "2030-01-01",
    "default_state": "done",
    "default_to_check": True,
    "default_user_id": 1,
}
SAME = {
    "stock.picking": "state partner_id company_id note priority user_id move_type",
    "stock.move": "state quantity product_uom_qty partner_id company_id priority procure_method "
    "to_refund",
    "account.move": "state partner_id company_id move_type amount_total narration auto_post "
    "payment_reference invoice_user_id payment_state checked",
    "account.payment": "state partner_id company_id amount payment_type payment_reference",
    "mail.activity": "active note feedback summary activity_type_id",
    "mail.mail": "state email_cc reply_to auto_delete scheduled_date",
    "stock.scrap": "state scrap_qty company_id",
    "aftersales.refund": "state amount decision",
    "aftersales.effect": "state quantity kind is_cancelled",
    "aftersales.event": "code user_id",
}


@tagged("post_install", "-at_install")
class TestContextDefaults(AftersalesCommon):
    """Two cases of the same; one by a program that proposes values for everything (I7, R13.1).

    Odoo drops ``default_*`` where rights are raised (``sudo()``): what our verbs make after their
    checks must never be made before that.
    """

    def setUp(self):
        super().setUp()
        other = self.env["res.partner"].create({"name": "Somebody Else"})
        company = self.env["res.company"].create({"name": "Another House"})
        self.poison = {
            **POISON,
            "default_company_id": company.id,
            "default_partner_id": other.id,
            "default_partner_bank_id": self.env["res.partner.bank"]
            .create({"acc_number": "6222 0000 1111", "partner_id": other.id})
            .id,
        }

    def _as(self, records, user):
        """Return the records as the user calls verbs on them."""
        return records.with_user(user).with_context(**self.context)

    def _work(self, context, disposition="quarantine"):
        """Let a case with a refund and an exchange go its way; return it."""
        self.context = context
        order = self._sell({self.run_1: 2})
        ticket = self._case(order, {self.run_1: 2})
        line = self._as(ticket.line_ids, self.agent)
        resolutions = line.action_propose("return_refund", 1) | line.action_propose("exchange", 1)
        self._as(resolutions, self.agent).action_agree("phone")
        self._as(resolutions, self.agent).action_execute()
        self._receive(resolutions)
        inspections = resolutions.sudo().inspection_ids.with_user(self.warehouse)
        inspections.write({"grade": "defective", "disposition": disposition})
        self._as(inspections, self.warehouse).action_done()
        self._end_of_request()
        if disposition == "pulp":
            pulp_list = inspections.sudo().pulp_list_id
            self._as(pulp_list, self.manager).action_approve()
            self._as(pulp_list, self.warehouse).action_done()
        self._ship(resolutions)
        refund = ticket.sudo().refund_ids
        refund.invalidate_recordset()
        if refund.state == "to_approve":
            self._as(refund, self.finance).action_approve()
        self._as(refund, self.finance).action_post()
        self._as(refund, self.finance).action_pay()
        self._end_of_request()
        return ticket.sudo()

    def _tell(self, ticket):
        """Return ``{model: rows of the documents of the case}``."""
        moves = ticket.effect_ids.move_ids
        refunds = ticket.refund_ids
        activities = self.env["mail.activity"].with_context(active_test=False)
        documents = {
            "stock.picking": moves.picking_id,
            "stock.move": moves,
            "account.move": refunds.credit_note_id,
            "account.payment": refunds.payment_ids,
            "mail.activity": activities.search(
                [("res_model", "=", ticket._name), ("res_id", "=", ticket.id)]
            ),
            "mail.mail": self.env["mail.mail"].search(
                [("model", "=", ticket._name), ("res_id", "=", ticket.id)]
            ),
            "stock.scrap": ticket.inspection_ids.scrap_id,
            "aftersales.refund": refunds,
            "aftersales.effect": ticket.effect_ids,
            "aftersales.event": ticket.event_ids,
        }
        return {
            model: [
                [str(record[name]) for name in SAME[model].split()]
                for record in records.sorted("id")
            ]
            for model, records in documents.items()
        }

    def assertSame(self, disposition="quarantine"):
        clean = self._tell(self._work({}, disposition))
        poisoned = self._tell(self._work(self.poison, disposition))
        for model, rows in clean.items():
            self.assertEqual(poisoned[model], rows, model)

    def test_from_the_claim_to_the_payment(self):
        self.assertSame()

    def test_pulped(self):
        self.assertSame("pulp")

    def test_refused_and_asked_for_proof(self):
        """Mails to the reader go to nobody else."""
        mails = {}
        for name, context in (("clean", {}), ("poisoned", self.poison)):
            ticket = self._case(self._sell({self.run_1: 1}), {self.run_1: 1})
            ticket.proof_ids.received = False
            case = ticket.with_user(self.agent).with_context(**context)
            case.action_request_proof()
            case.action_refuse("worn")
            mails[name] = self._tell(ticket.sudo())["mail.mail"]
        self.assertEqual(mails["poisoned"], mails["clean"])

    def test_register(self):
        """The acknowledgement, and the task of whoever acts next."""
        told = []
        for context in ({}, self.poison):
            order = self._sell({self.run_1: 1})
            values = {
                "name": "Loose leaves",
                "is_aftersales": True,
                "partner_id": self.reader.id,
                "case_type_id": self._case_type("damaged_copy").id,
                "line_ids": [(0, 0, {"product_id": self.novel.id})],
                "sale_order_id": order.id,
                "user_id": self.agent.id,
            }
            ticket = self.env["helpdesk.ticket"].with_user(self.agent).create(values)
            ticket.with_context(**context).action_register()
            self._end_of_request()
            told.append(self._tell(ticket.sudo()))
            self.assertEqual(ticket.proof_ids.mapped("received"), [False] * len(ticket.proof_ids))
        self.assertEqual(told[0], told[1])
