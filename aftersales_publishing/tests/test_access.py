from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged

from .common import AftersalesCommon


@tagged("post_install", "-at_install")
class TestRoles(AftersalesCommon):
    """Nobody sees or changes what the role does not allow (I7)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._sell({cls.run_1: 3})
        cls.ticket = cls._case(cls.order, {cls.run_1: 2})

    def setUp(self):
        super().setUp()
        self.resolution = self._agree(self.ticket, "return_refund")

    def _as(self, user, record):
        return record.with_user(user)

    def test_agent_posts_nothing_natively(self):
        """Deliveries, invoices, payments and orders are read, never written."""
        returns = self.resolution.sudo().effect_ids.move_ids.picking_id
        invoice = self.order.invoice_ids
        with self.assertRaises(AccessError):
            self._as(self.agent, returns).button_validate()
        with self.assertRaises(AccessError):
            self._as(self.agent, invoice).button_draft()
        with self.assertRaises(AccessError):
            self._as(self.agent, self.env["account.move"]).create({"move_type": "out_refund"})
        with self.assertRaises(AccessError):
            self._as(self.agent, self.env["account.payment"]).create({"amount": 1})
        with self.assertRaises(AccessError):
            self._as(self.agent, self.order).note = "changed"
        self.assertTrue(self._as(self.agent, self.order).name)
        self.assertTrue(self._as(self.agent, invoice).amount_total)

    def test_order_without_buttons_that_are_refused(self):
        """Who only reads orders is not offered to bill, send or cancel them; sellers still are."""
        arch = etree.fromstring(self.env["sale.order"].get_view(view_type="form")["arch"])
        for name in ("create_invoice", "create_invoice_percentage", "quotation_send"):
            [button] = arch.xpath(f"//button[@id='{name}']")
            self.assertRegex(button.get("invisible"), r"^\(?.+ or \(?aftersales_reads_only\)?$")
        seller = new_test_user(
            self.env,
            "selling_agent",
            "aftersales_publishing.group_agent,sales_team.group_sale_salesman",
        )
        accountant = new_test_user(self.env, "accountant", "account.group_account_invoice")
        for user, reads_only in (
            (self.agent, True),
            (self.finance, not self.order.with_user(self.finance).has_access("write")),
            (self.auditor, True),
            (seller, False),
            (accountant, False),
        ):
            order = self.order.with_user(user)
            self.assertEqual(order.sudo(False).aftersales_reads_only, reads_only, user.login)

    def test_print_buttons_for_those_who_may_press_them(self):
        """Finance reads the case, whoever works in the stock reads the parcel: neither prints."""
        packer = new_test_user(self.env, "packer", "stock.group_stock_user")
        slip = "action_print_return_slip"
        parcel = ("action_print_aftersales_slip", "action_print_aftersales_acceptance")
        for model, names, users, others in (
            ("helpdesk.ticket", [slip], (self.agent, self.warehouse, self.auditor), self.finance),
            ("aftersales.resolution", [slip], (self.agent, self.manager), self.finance),
            ("stock.picking", parcel, (self.warehouse, self.auditor), packer),
        ):
            Model, view = self.env[model], False
            if model == "helpdesk.ticket":
                view = self.env.ref("aftersales_publishing.helpdesk_ticket_view_form_case").id
            for name in names:
                for user in users:
                    self.assertIn(name, Model.with_user(user).get_view(view, "form")["arch"])
                self.assertNotIn(name, Model.with_user(others).get_view(view, "form")["arch"])

    def test_decisions_are_written_by_verbs_alone(self):
        """No role, the manager included, types a state or an amount."""
        self._receive(self.resolution)
        self._inspect(self.resolution)
        effect = self.resolution.sudo().effect_ids[:1]
        refund = self.ticket.refund_ids
        for user in (self.agent, self.warehouse, self.finance, self.manager, self.quality):
            for record, vals in (
                (self.resolution, {"state": "cancelled"}),
                (effect, {"is_cancelled": True}),
                (refund, {"decision": "approved"}),
                (refund.line_ids, {"amount": 9999}),
                (self.ticket.event_ids[:1], {"code": "closed"}),
            ):
                with self.assertRaises(AccessError, msg=f"{user.login} {record}"):
                    self._as(user, record).write(vals)
        for user in (self.agent, self.manager):
            with self.assertRaises(AccessError):
                self._as(user, self.ticket).phase = "done"

    def test_event_log_is_append_only_for_everybody(self):
        event = self.ticket.event_ids[:1]
        with self.assertRaises(AccessError):
            event.sudo().note = "nothing happened"
        with self.assertRaises(AccessError):
            event.sudo().unlink()

    def test_verbs_ask_for_the_role(self):
        self._receive(self.resolution)
        inspection = self.resolution.sudo().inspection_ids
        refused = (
            (self.warehouse, self.ticket.line_ids, "action_propose", ["exchange"]),
            (self.finance, self.resolution, "action_cancel", []),
            (self.agent, inspection, "action_done", []),
            (self.finance, inspection, "action_overrule", ["x"]),
            (self.quality, self.ticket, "action_refuse", ["x"]),
            (self.auditor, self.ticket, "action_close", []),
        )
        for user, record, verb, args in refused:
            with self.assertRaisesRegex(AccessError, "takes one of these roles"):
                getattr(self._as(user, record), verb)(*args)
        self._inspect(self.resolution)
        for user in (self.agent, self.manager, self.warehouse, self.auditor):
            with self.assertRaises(AccessError):
                self._as(user, self.ticket.refund_ids).action_approve()
        for user in (self.agent, self.warehouse, self.auditor):
            with self.assertRaises(AccessError):
                self._as(user, self.ticket.refund_ids).action_pay()

    def test_warehouse_sees_the_case_but_no_amounts(self):
        ticket = self._as(self.warehouse, self.ticket)
        self.assertTrue(ticket.line_ids.display_name)
        self.assertTrue(self._as(self.warehouse, self.resolution).progress)
        for record, field in (
            (self.ticket, "refund_ids"),
            (self.ticket, "credit_note_ids"),
            (self.resolution, "amount"),
        ):
            with self.assertRaises(AccessError):
                self._as(self.warehouse, record).read([field])
        with self.assertRaises(AccessError):
            self.env["aftersales.refund"].with_user(self.warehouse).search([])

    def test_warehouse_types_grades_only(self):
        self._receive(self.resolution)
        inspection = self._as(self.warehouse, self.resolution.sudo().inspection_ids)
        inspection.grade = "hurt"
        for vals in ({"state": "done"}, {"contradiction": "overruled"}, {"lot_id": self.run_2.id}):
            with self.assertRaisesRegex(UserError, "cannot be changed"):
                inspection.write(vals)

    def test_auditor_reads_everything_and_writes_nothing(self):
        self._receive(self.resolution)
        self._inspect(self.resolution)
        ticket = self._as(self.auditor, self.ticket)
        records = [
            ticket,
            ticket.line_ids,
            ticket.resolution_ids,
            ticket.effect_ids,
            ticket.inspection_ids,
            ticket.refund_ids,
            ticket.refund_ids.line_ids,
            ticket.event_ids,
            ticket.refund_ids.invoice_id,
            ticket.aftersales_order_ids,
            ticket.picking_ids,
            ticket.line_ids.lot_id,
        ]
        for record in records:
            self.assertTrue(record, "the auditor sees it")
            record.mapped("display_name")
            self.assertFalse(record.has_access("write"), record)
            self.assertFalse(record.has_access("create"), record)
            self.assertFalse(record.has_access("unlink"), record)

    def test_reasons_go_to_listed_verbs_only(self):
        """The dialog for reasons is no way around the roles, nor to other methods."""
        wizard = self.env["aftersales.reason.wizard"].with_user(self.agent)
        vals = {"res_model": "helpdesk.ticket", "res_ids": str(self.ticket.id), "reason": "x"}
        with self.assertRaisesRegex(UserError, "takes no reason"):
            wizard.create({**vals, "verb": "message_post"}).action_confirm()
        refund = {"res_model": "aftersales.refund", "res_ids": "1", "verb": "action_refuse"}
        with self.assertRaises(AccessError):
            wizard.create({**vals, **refund}).action_confirm()

    def test_no_way_around_the_guards(self):
        """What a colleague with some rights and the API might try."""
        clerk = new_test_user(
            self.env, login="clerk", groups="helpdesk_mgmt.group_helpdesk_user", lang="en_US"
        )
        other = self._case(self.order, {self.run_1: 1})
        with self.assertRaisesRegex(AccessError, "takes one of these roles"):
            self._as(clerk, self.ticket).duplicate_id = other
        with self.assertRaisesRegex(UserError, "nor stop being one"):
            self._as(self.agent, self.ticket).is_aftersales = False
        plain = self.env["helpdesk.ticket"].create({"name": "plain", "description": "x"})
        with self.assertRaises(AccessError):
            self._as(self.agent, plain).write({"is_aftersales": True, "phase": "triage"})
        share = (
            self.env["aftersales.verdict"]
            .with_user(self.agent)
            .create(
                {
                    "line_id": self.ticket.line_ids.id,
                    "reason": "glue",
                    "share_ids": [Command.create({"party": "printer"})],
                }
            )
            .share_ids
        )
        with self.assertRaisesRegex(UserError, "new shares only"):
            self.env["aftersales.verdict"].with_user(self.agent).create(
                {
                    "line_id": other.line_ids.id,
                    "reason": "x",
                    "share_ids": [Command.create({"party": "reader"}), Command.delete(share.id)],
                }
            )
        self.assertTrue(share.exists())
        returned = self._receive(self.resolution).move_ids
        with self.assertRaisesRegex(UserError, "did not bring the book"):
            self._as(self.agent, other.line_ids).delivery_move_id = returned

    def test_registered_cases_are_not_deleted(self):
        with self.assertRaisesRegex(UserError, "cancel it instead"):
            self._as(self.manager, self.ticket).unlink()


@tagged("post_install", "-at_install")
class TestCompanies(AftersalesCommon):
    """Two houses in one database."""

    def test_other_company_sees_and_claims_nothing(self):
        ticket = self._case(self._sell({self.run_1: 1}), {self.run_1: 1})
        other = self.env["res.company"].create({"name": "Other House"})
        stranger = new_test_user(
            self.env,
            login="stranger",
            groups="aftersales_publishing.group_agent,aftersales_publishing.group_finance",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        Ticket = self.env["helpdesk.ticket"].with_user(stranger)
        self.assertFalse(Ticket.search([("id", "=", ticket.id)]))
        for record in (ticket, ticket.line_ids, ticket.event_ids[:1]):
            with self.assertRaises(AccessError):
                record.with_user(stranger).read(["display_name"])
        with self.assertRaises(AccessError):
            ticket.line_ids.with_user(stranger).action_propose("exchange")

    def test_new_company_gets_settings_of_its_own(self):
        other = self.env["res.company"].create({"name": "Other House"})
        for name in ("quarantine", "hurt", "pulp", "customer"):
            location = other[f"aftersales_{name}_location_id"]
            self.assertEqual(location.company_id, other)
        self.assertTrue(other.aftersales_return_type_id)


@tagged("post_install", "-at_install")
class TestHelpdeskHoles(HttpCase):
    """What the helpdesk leaves open is closed (R13.1)."""

    def setUp(self):
        super().setUp()
        self.stage = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        self.portal = new_test_user(
            self.env, login="portal_reader", password="portal_reader", groups="base.group_portal"
        )
        Ticket = self.env["helpdesk.ticket"]
        self.own = Ticket.create(
            {"name": "mine", "description": "x", "partner_id": self.portal.partner_id.id}
        )
        self.foreign = Ticket.create({"name": "not mine", "description": "x"})
        self.case = Ticket.create(
            {
                "name": "case",
                "is_aftersales": True,
                "partner_id": self.portal.partner_id.id,
            }
        )

    def _close(self, ticket):
        self.authenticate("portal_reader", "portal_reader")
        self.url_open(f"/ticket/close?ticket_id={ticket.id}&stage_id={self.stage.id}")
        ticket.invalidate_recordset()
        return ticket.stage_id == self.stage

    def test_readers_close_their_own_tickets_alone(self):
        self.assertTrue(self._close(self.own))
        self.assertFalse(self._close(self.foreign))

    def test_a_case_is_not_closed_from_outside(self):
        self.assertFalse(self._close(self.case))

    def test_nonsense_is_harmless(self):
        self.authenticate("portal_reader", "portal_reader")
        for query in ("", "?ticket_id=x&stage_id=y", "?ticket_id=999999&stage_id=1"):
            self.assertEqual(self.url_open(f"/ticket/close{query}").status_code, 200)

    def test_the_public_writes_no_stage(self):
        public = self.env.ref("base.public_user")
        with self.assertRaises(AccessError):
            self.stage.with_user(public).name = "hacked"
