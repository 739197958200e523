from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.isbn import normalize_isbn
from .aftersales_inspection import GRADES, PROPOSED_DISPOSITIONS

MAX_HITS = 9  # a digit key picks one
MAX_RUNS = 9
MAX_FOUND = 40
MIN_PHONE_DIGITS = 4
MAX_PHONE_DIGITS = 15
EXPECTED = ("confirmed", "waiting", "assigned")
ROLES = ("warehouse", "manager")


class AftersalesReturnsTable(models.AbstractModel):
    """What the screen of the returns table asks, one call per scan (R6.5, R6.6).

    The methods take and return plain JSON, so that another client (a hand-held terminal, a
    script) can work with them. They check the role and read as the user; what they post goes
    through the verbs of the add-on and of Odoo, whose guards hold.

    A *parcel* is an announced return (``stock.picking``). Its lines are what is expected in it:
    the moves of a return that is still to be received, the open inspections of a received one.
    """

    _name = "aftersales.returns.table"
    _inherit = ["aftersales.verb.mixin"]
    _description = "Returns Table"

    # ------------------------------------------------------------------
    # Find
    # ------------------------------------------------------------------
    @api.model
    def find(self, code):
        """Find the parcel that a scanned or typed code stands for.

        :param code: number of the return or its slip (also of a slip that the reader got before
            the return was announced again), waybill, case number, order number of the
            platform, reference of the channel, or the last digits of the reader's phone (at
            least four)
        :return: ``{"kind": "one", "parcel": …}`` as :meth:`open_parcel` describes it,
            ``{"kind": "many", "parcels": [{"id", "name", "cases", "reader", "books"}], "more"}``,
            ``{"kind": "late", "id", "code", "message"}`` where its remedy has expired
            (:meth:`take_late` takes it in all the same), ``{"kind": "received", "message"}`` where
            it was received and inspected already, ``{"kind": "recorded", "message"}`` where it lies
            among the ownerless parcels, or ``{"kind": "none", "code", "message"}``
        :raises AccessError: for other roles than warehouse and manager
        """
        self._check_role(*ROLES)
        typed, code = (code or "").strip(), self.env["aftersales.waybill"]._normalize(code)
        pickings = self._find_pickings(code, typed)
        waiting = self._get_waiting(pickings)
        if len(waiting) == 1:
            return {"kind": "one", "parcel": self._describe_parcel(waiting)}
        if waiting:
            return {
                "kind": "many",
                "parcels": [self._describe_hit(picking) for picking in waiting[:MAX_HITS]],
                "more": len(waiting) > MAX_HITS,
            }
        if late := self._find_late(code, typed):
            return {"kind": "late", "id": late.id, "code": code, "message": self._tell_late(late)}
        if pickings:
            return {"kind": "received", "message": self._tell_received(pickings[0])}
        if stray := self._find_stray(code):
            return {"kind": "recorded", "message": self._tell_recorded(code, stray)}
        message = self.env._("No parcel is expected for %s.", code)
        return {"kind": "none", "code": code, "message": message}

    @api.model
    def open_parcel(self, picking_id):
        """Describe a parcel that was picked from several.

        :return: ``{"id", "name", "cases", "reader", "waybills", "received", "lines"}``; a line is
            ``{"id", "product_id", "title", "isbn", "quantity", "unit", "lot_id", "runs", "claim",
            "words", "case", "questions", "contradicting"}``
        :raises UserError: when nobody expects it any more
        """
        self._check_role(*ROLES)
        return self._describe_parcel(self._get_parcel(picking_id))

    @api.model
    def _find_pickings(self, code, typed):
        """Return the returns for a code: those to receive first, then the last received."""
        Picking = self.env["stock.picking"]
        if not code:
            return Picking
        ticket_ids = self._find_ticket_ids(code, typed)
        domain = [
            ("move_ids.aftersales_effect_id.kind", "=", "return"),
            ("state", "in", (*EXPECTED, "done")),
            ("company_id", "in", self.env.companies.ids),
        ]
        found = [("name", "=", code)]
        if ticket_ids:
            found = ["|", *found, ("move_ids.aftersales_effect_id.ticket_id", "in", ticket_ids)]
        if line_ids := self._find_announced_before(code):
            found = ["|", *found, ("move_ids.aftersales_effect_id.line_id", "in", line_ids)]
        # without a date come first: a reader who returned much still finds what is expected
        order = "date_done desc, scheduled_date, id"
        return Picking.search(domain + found, order=order, limit=MAX_FOUND)

    @api.model
    def _find_announced_before(self, code):
        """Return the ids of the case lines of a cancelled return: the reader may hold its slip."""
        cancelled = self.env["stock.picking"].sudo()
        cancelled = cancelled.search(
            [
                ("name", "=", code),
                ("state", "=", "cancel"),
                ("company_id", "in", self.env.companies.ids),
            ]
        )
        return cancelled.move_ids.aftersales_effect_id.line_id.ids

    @api.model
    def _find_ticket_ids(self, code, typed):
        """Return the ids of the cases that a code stands for: each search has its index.

        :param code: as waybills are kept; ``typed``: as other systems may have written it
        """
        tickets = self.env["helpdesk.ticket"]
        tickets.flush_model(["number", "platform_order_ref", "external_ref", "partner_id"])
        self.env["aftersales.waybill"].flush_model(["number", "ticket_id"])
        searches = [
            SQL(
                "SELECT id FROM helpdesk_ticket WHERE is_aftersales AND %s = ANY(%s)",
                SQL.identifier(name),
                [code, typed],
            )
            for name in ("number", "platform_order_ref", "external_ref")
        ]
        searches.append(SQL("SELECT ticket_id FROM aftersales_waybill WHERE number = %s", code))
        if code.isdigit() and MIN_PHONE_DIGITS <= len(code) <= MAX_PHONE_DIGITS:
            self.env["res.partner"].flush_model(["phone"])
            searches.append(
                SQL(
                    r"""SELECT ticket.id
                          FROM res_partner reader
                          JOIN helpdesk_ticket ticket ON ticket.partner_id = reader.id
                         WHERE reader.phone IS NOT NULL
                           AND reverse(regexp_replace(reader.phone, '\D', '', 'g')) LIKE %s
                           AND ticket.is_aftersales
                           AND ticket.phase NOT IN ('refused', 'cancelled')""",
                    f"{code[::-1]}%",
                )
            )
        return [row[0] for row in self.env.execute_query(SQL(" UNION ").join(searches))]

    @api.model
    def _get_waiting(self, pickings):
        """Return the returns that are to be received, or have copies to inspect."""
        received = self._get_open_inspections(pickings).move_line_id.picking_id
        return pickings.filtered(lambda p: p.state in EXPECTED or p.id in received.ids)

    @api.model
    def _get_open_inspections(self, pickings):
        """Return the inspections of received returns that are not done yet (sudo)."""
        inspections = self.env["aftersales.inspection"].sudo()
        done = pickings.filtered(lambda picking: picking.state == "done")
        if not done:
            return inspections
        return inspections.search(
            [("move_line_id.picking_id", "in", done.ids), ("state", "=", "draft")], order="id"
        )

    @api.model
    def _get_parcel(self, picking_id):
        """Return a return that is expected or has copies to inspect, as the user may read it.

        :raises UserError: when it is no announced return, or finished with
        """
        picking = self.env["stock.picking"].browse(picking_id).exists()
        picking.check_access("read")
        if "return" not in picking.sudo().move_ids.aftersales_effect_id.mapped("kind"):
            raise UserError(
                self.env._("This is no announced return. Scan the parcel to find what it is.")
            )
        if picking.company_id not in self.env.companies:
            raise UserError(
                self.env._(
                    "%(parcel)s belongs to %(company)s: switch to that company.",
                    parcel=picking.name,
                    company=picking.company_id.name,
                )
            )
        if not self._get_waiting(picking):
            raise UserError(self._tell_received(picking))
        return picking

    # ------------------------------------------------------------------
    # Select
    # ------------------------------------------------------------------
    @api.model
    def select(self, picking_id, code):
        """Tell which expected copy a scanned code is.

        :param code: ISBN with or without hyphens, of ten or thirteen digits, internal reference
            of the title, or the name of a print run
        :return: ``{"kind": "expected", "line_ids", "lot_id"}`` (a line per claim on that title),
            ``{"kind": "unexpected", "product_id", "title", "message"}`` for a title that this
            parcel should not hold, or ``{"kind": "unknown", "message"}``
        :raises UserError: when somebody else finished the parcel meanwhile
        """
        self._check_role(*ROLES)
        picking = self._get_parcel(picking_id)
        lines = self._get_lines(picking)
        code = (code or "").strip()
        isbn = normalize_isbn(code)
        matching = [line for line in lines if self._is_title(line.product_id, code, isbn)]
        lot = self.env["stock.lot"]
        if not matching:
            titles = lines.product_id
            lot = lot.sudo().search(
                [
                    *lot._check_company_domain(picking.company_id),
                    ("name", "=", code),
                    ("product_id", "in", titles.ids),
                ],
                limit=1,
            )
            matching = [line for line in lines if line.product_id == lot.product_id]
        if matching:
            line_ids = [line.id for line in matching]
            return {"kind": "expected", "line_ids": line_ids, "lot_id": lot.id}
        return self._identify(code, picking)

    @api.model
    def identify(self, code):
        """Tell which title a scanned code is, for a parcel that nobody announced.

        :return: ``{"kind": "unexpected", "product_id", "title", "message"}`` or ``{"kind":
            "unknown", "message"}``
        """
        self._check_role(*ROLES)
        return self._identify((code or "").strip())

    @api.model
    def _identify(self, code, picking=None):
        title = self._find_title(code, picking.company_id if picking else self.env.company)
        if not title:
            message = self.env._("No title has the code %s.", code)
            if picking:
                message = self.env._(
                    "%(code)s is no title. Finish parcel %(parcel)s, or leave it with Esc.",
                    code=code,
                    parcel=picking.name,
                )
            return {"kind": "unknown", "message": message}
        message = title.name
        if picking:
            message = self.env._("“%s” is not expected in this parcel.", title.name)
        return {
            "kind": "unexpected",
            "product_id": title.id,
            "title": title.name,
            "message": message,
        }

    @api.model
    def _find_title(self, code, company):
        """Return a company's title with a barcode, also where that is the ISBN written otherwise.

        Two companies may sell the same title, each as its own product.
        """
        titles = self.env["product.product"]
        if not code:
            return titles
        codes = {code, code.replace("-", ""), normalize_isbn(code) or code}
        domain = [*titles._check_company_domain(company), ("barcode", "in", list(codes))]
        return titles.search(domain, limit=1)

    @api.model
    def _is_title(self, title, code, isbn):
        if isbn and isbn == normalize_isbn(title.barcode):
            return True
        return code in (title.barcode, title.default_code) and bool(code)

    # ------------------------------------------------------------------
    # Describe
    # ------------------------------------------------------------------
    @api.model
    def _get_lines(self, picking):
        """Return what is expected: moves to receive, or received copies to inspect (sudo)."""
        if picking.state == "done":
            return self._get_open_inspections(picking)
        return picking.sudo().move_ids.filtered(
            lambda move: (
                move.aftersales_effect_id.kind == "return" and move.state not in ("done", "cancel")
            )
        )

    @api.model
    def _describe_parcel(self, picking):
        lines = self._get_lines(picking)
        tickets = self._get_effects(lines).ticket_id
        company = picking.company_id
        runs = self._get_runs(lines.product_id, company)
        categories = lines.product_id.categ_id
        questions = self.env["aftersales.checklist"]._get_questions(categories, company)
        return {
            "id": picking.id,
            "name": picking.name,
            "cases": ", ".join(tickets.mapped("number")),
            "reader": tickets.partner_id[:1].name or picking.sudo().partner_id.name or "",
            "waybills": ", ".join(tickets.waybill_ids.mapped("number")),
            "received": picking.state == "done",
            "dispositions": self._get_proposed_dispositions(lines),
            "repairs": self._are_for_repair(lines),
            "lines": [self._describe_line(line, runs, questions) for line in lines],
        }

    @api.model
    def _are_for_repair(self, lines):
        """Tell whether the parcel holds readers' own copies to be repaired (R6.1)."""
        return any(effect._is_for_repair() for effect in self._get_effects(lines))

    @api.model
    def _get_proposed_dispositions(self, lines):
        """Return ``{grade: where it goes}``; what is to be repaired stays, whatever its grade."""
        if self._are_for_repair(lines):
            return dict.fromkeys(dict(GRADES), "repair")
        return PROPOSED_DISPOSITIONS

    @api.model
    def _get_effects(self, lines):
        if lines._name == "aftersales.inspection":
            return lines.effect_id
        return lines.aftersales_effect_id

    @api.model
    def _describe_line(self, line, runs, questions):
        effect, title = self._get_effects(line), line.product_id
        case_line = effect.line_id
        received = line._name == "aftersales.inspection"
        claimed = line.lot_id if received else effect.lot_id
        if claimed.product_id != title:  # of a wrong title no run was claimed: the book tells it
            claimed = claimed.browse()
        choice = claimed if received else (claimed | runs.get(title, claimed))[:MAX_RUNS]
        case_type = effect.ticket_id.case_type_id
        defects = ", ".join(case_line.defect_ids.mapped("name"))
        return {
            "id": line.id,
            "product_id": title.id,
            "title": title.name,
            "isbn": title.barcode or "",
            "quantity": line.quantity if received else line.product_qty,
            "unit": title.uom_id.name,
            "tracked": title.tracking == "lot",
            "lot_id": claimed.id,
            "runs": [self._describe_run(run) for run in choice],
            "claim": defects or case_type.name or "",
            "words": case_line.note or "",
            "case": effect.ticket_id.number,
            "questions": [
                {"id": question.id, "name": question.name}
                for question in questions[title.categ_id][:MAX_HITS]
            ],
            "contradicting": self.env["aftersales.inspection"]._get_contradicting_grades(
                case_type, effect.resolution_id.returned_late
            ),
        }

    @api.model
    def _describe_run(self, run):
        parts = []
        if run.edition:
            parts.append(self.env._("edition %s", run.edition))
        if run.impression:
            parts.append(self.env._("impression %s", run.impression))
        return {"id": run.id, "name": run.name, "page": ", ".join(parts)}

    @api.model
    def _get_runs(self, titles, company):
        """Return ``{title: its print runs in a company}``, the latest impression first."""
        runs = self.env["stock.lot"].sudo()
        tracked = titles.filtered(lambda title: title.tracking == "lot")
        if not tracked:
            return {}
        runs = runs.search_fetch(
            [*runs._check_company_domain(company), ("product_id", "in", tracked.ids)],
            ["name", "edition", "impression", "product_id"],
            order="edition desc, impression desc, id desc",
        )
        return runs.grouped("product_id")

    @api.model
    def _describe_hit(self, picking):
        picking_sudo = picking.sudo()
        return {
            "id": picking.id,
            "name": picking.name,
            "cases": picking_sudo.aftersales_case_numbers or "",
            "reader": picking_sudo.partner_id.name or "",
            "books": picking_sudo.aftersales_books or "",
        }

    @api.model
    def _tell_received(self, picking):
        picking_sudo = picking.sudo()
        if picking_sudo.state == "cancel":
            return self.env._(
                "%s was cancelled: nobody expects it any more. Ask the agent of its case.",
                picking_sudo.name,
            )
        inspections = picking_sudo.move_ids.aftersales_effect_id.inspection_ids
        done = inspections.filtered(
            lambda i: i.move_line_id.picking_id == picking_sudo and i.state == "done"
        ).sorted("inspected_at")
        return self.env._(
            "%(parcel)s was received and inspected already, by %(user)s. Another copy that came "
            "is noted as an ownerless parcel.",
            parcel=picking_sudo.name,
            user=(done[-1:].inspected_by_id or picking_sudo.write_uid).name,
        )

    @api.model
    def _find_stray(self, code):
        """Return the open ownerless parcel with this waybill, if there is one."""
        parcels = self.env["aftersales.stray.parcel"]
        if not code:
            return parcels
        return parcels.search([("waybill", "=", code), ("state", "=", "open")], limit=1)

    @api.model
    def _tell_recorded(self, code, stray):
        return self.env._(
            "%(code)s is recorded already, as ownerless parcel %(parcel)s.",
            code=code,
            parcel=stray.name,
        )
