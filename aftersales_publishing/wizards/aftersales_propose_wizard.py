from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.aftersales_case_line_money import FREIGHT_PAYERS
from ..models.aftersales_resolution_return import RETURN_WAYS


class AftersalesProposeWizard(models.TransientModel):
    """Pick the remedy for lines of a case; note the agreement in the same dialog."""

    _name = "aftersales.propose.wizard"
    _description = "Propose a Remedy"

    ticket_id = fields.Many2one("helpdesk.ticket", "Case", required=True)
    case_type_id = fields.Many2one(related="ticket_id.case_type_id")
    line_ids = fields.Many2many("aftersales.case.line", string="Lines", required=True)
    line_count = fields.Integer(compute="_compute_line_count")
    offered_ids = fields.Many2many("aftersales.remedy", compute="_compute_offered_ids")
    remedy_id = fields.Many2one(
        "aftersales.remedy",
        compute="_compute_remedy_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', offered_ids)]",
    )
    description = fields.Text(related="remedy_id.description")
    may_advance = fields.Boolean(related="remedy_id.may_advance")
    needs_agreement = fields.Boolean(related="remedy_id.needs_agreement")
    quantity = fields.Float(
        digits="Product Unit",
        compute="_compute_quantity",
        store=True,
        readonly=False,
        help="Copies, where the case has one line; else each line gets it for all its copies.",
    )
    advance = fields.Boolean(
        "In Advance", help="The replacement leaves before the reader's copy is back."
    )
    takes_back = fields.Boolean(related="remedy_id.takes_back")
    return_way = fields.Selection(RETURN_WAYS, "How It Comes Back", default="drop_off")
    # A part of the title
    sends_part = fields.Boolean(related="remedy_id.sends_part")
    available_part_ids = fields.Many2many(
        "aftersales.title.part", compute="_compute_available_part_ids"
    )
    part_id = fields.Many2one(
        "aftersales.title.part",
        compute="_compute_part_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', available_part_ids)]",
    )
    part_note = fields.Char("How It Is Sent", compute="_compute_part_note")
    # An amount of its own
    asks_amount = fields.Boolean(related="remedy_id.asks_amount")
    reimburses_freight = fields.Boolean(related="remedy_id.reimburses_freight")
    credit_by = fields.Selection(
        [("percent", "Percent of the price"), ("amount", "Amount")],
        "Agreed As",
        default="percent",
        required=True,
    )
    percent = fields.Float(digits=(5, 2))
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    amount = fields.Monetary(help="With tax, in the currency of the invoice.")
    freight_payer = fields.Selection(FREIGHT_PAYERS, "Postage Paid By", default="reader")
    reason = fields.Char()
    amount_note = fields.Text("In Money", compute="_compute_amount_note")
    amount_problem = fields.Text(compute="_compute_amount_note")
    dead_codes_missing = fields.Boolean(
        compute="_compute_dead_codes_missing",
        help="Else the same dead code could be replaced in another case once more.",
    )
    stock_note = fields.Char(compute="_compute_stock_note", string="Safe Copies")
    defects_missing = fields.Boolean(
        compute="_compute_stock_note",
        help="A replacement may then come from the print run that is complained of.",
    )
    agreed = fields.Boolean("Agreed Already", help="The reader agrees, for example on the phone.")
    agree_note = fields.Char("Note")

    @api.depends("line_ids")
    def _compute_line_count(self):
        for wizard in self:
            wizard.line_count = len(wizard.line_ids)

    @api.depends("ticket_id", "line_ids")
    def _compute_offered_ids(self):
        """Offer what the case type allows and what fits: sent copies, or those that wait."""
        for wizard in self:
            offered = wizard.case_type_id._get_offered(wizard.ticket_id.company_id)
            undelivered = wizard.line_ids._origin._get_undelivered()
            wizard.offered_ids = offered.filtered(
                lambda remedy, lines=undelivered: (
                    remedy.concerns_undelivered == bool(lines) or remedy._has_kind("guidance")
                )
            ).filtered(
                lambda r, me=wizard: (
                    me._has_parts(r)
                    and me._has_digital(r)
                    and me._has_copies_or_parcel(r)
                    and me.line_ids._origin._fits_copy(r)
                )
            )

    def _has_parts(self, remedy):
        """Whether the remedy has what it sends for every line; those that send nothing do."""
        lines = self.line_ids._origin
        return not remedy.sends_part or all(line._get_parts(remedy) for line in lines)

    def _has_copies_or_parcel(self, remedy):
        """Whether copies have no remedy yet; of postage, whether a parcel comes back.

        One book stands for the parcel.
        """
        lines = self.line_ids._origin
        if remedy.reimburses_freight:
            return len(lines) == 1 and bool(lines.sudo()._get_taking_back())
        return not lines or any(line._get_unresolved_quantity() for line in lines)

    @api.depends("line_ids")
    def _compute_currency_id(self):
        for wizard in self:
            lines = wizard.line_ids._origin
            currencies = [line._get_last_invoice_line().currency_id for line in lines]
            wizard.currency_id = currencies[0] if currencies else wizard.env.company.currency_id

    @api.depends(
        "remedy_id",
        "line_ids",
        "quantity",
        "credit_by",
        "percent",
        "amount",
        "freight_payer",
    )
    def _compute_amount_note(self):
        """Show what is agreed in money, before the reader agrees."""
        for wizard in self:
            wizard.amount_note = wizard.amount_problem = False
            if not wizard.asks_amount or not (wizard._get_amount() or wizard._get_percent()):
                continue
            lines = wizard.line_ids._origin
            Resolution = self.env["aftersales.resolution"].sudo()
            proposals = Resolution.concat(*map(wizard._draft_proposal, lines))
            if wizard.reimburses_freight:
                wizard.amount_note = proposals[:1]._get_freight_note()
                continue
            allocation = proposals._allocate_credit()
            problems = proposals._get_credit_problems(allocation)
            wizard.amount_problem = "\n".join(problems)
            if not problems:
                wizard.amount_note = "\n".join(
                    proposal._get_amount_note(shares)
                    for proposal, (shares, _missing) in zip(proposals, allocation, strict=True)
                )

    def _draft_proposal(self, line):
        """Return the proposal for a line as it would be made, not saved."""
        return (
            self.env["aftersales.resolution"]
            .sudo()
            .new(
                {
                    "ticket_id": line.ticket_id.id,
                    "line_id": line.id,
                    "remedy_id": self.remedy_id.id,
                    "quantity": line._get_quantity_to_resolve(self.remedy_id, self._get_quantity()),
                    "amount": self._get_amount(),
                    "credit_percent": self._get_percent(),
                }
            )
        )

    def _get_quantity(self):
        return self.quantity if self.line_count == 1 else None

    def _get_amount(self):
        """Return the amount that was agreed; of several books only a percentage is."""
        if self.reimburses_freight:
            return self.amount if self.freight_payer == "reader" else 0.0
        by_amount = self.credit_by == "amount" and self.line_count == 1
        return self.amount if self.asks_amount and by_amount else 0.0

    def _get_percent(self):
        by_percent = self.credit_by == "percent" or self.line_count != 1
        compensates = self.asks_amount and not self.reimburses_freight
        return self.percent if compensates and by_percent else 0.0

    def _has_digital(self, remedy):
        """Whether every line can get the e-book or code it sends: no pool is empty."""
        lines = self.line_ids._origin
        return not remedy.sends_digital or (
            bool(lines) and all(line._can_send_digital(remedy) for line in lines)
        )

    @api.depends("remedy_id", "line_ids")
    def _compute_available_part_ids(self):
        """Let the agent choose for copies of one title; of several, each has its only part."""
        for wizard in self:
            lines, remedy = wizard.line_ids._origin, wizard.remedy_id
            one_title = remedy.sends_part and len(lines.product_id.product_tmpl_id) == 1
            wizard.available_part_ids = one_title and lines[0]._get_parts(remedy)

    @api.depends("available_part_ids")
    def _compute_part_id(self):
        for wizard in self:
            parts = wizard.available_part_ids
            wizard.part_id = parts if len(parts) == 1 else False

    @api.depends("part_id", "remedy_id", "line_ids")
    def _compute_part_note(self):
        for wizard in self:
            if wizard.remedy_id.sends_digital:
                wizard.part_note = wizard._get_digital_note()
            else:
                wizard.part_note = wizard._get_part_note() if wizard.part_id else False

    def _get_digital_note(self):
        lines = self.line_ids._origin
        pools = {line._get_digital(self.remedy_id) for line in lines}
        if len(pools) == 1 and (pool := pools.pop()).way == "codes":
            return self.env._(
                "%(way)s: one code for each copy, %(free)s free",
                way=self._get_mail_note(),
                free=pool.free_count,
            )
        return self._get_mail_note()

    def _get_mail_note(self):
        address = self.ticket_id._get_reader_address()
        return self.env._("By mail to %s", address or self.env._("(no address known)"))

    def _get_part_note(self):
        product = self.part_id.part_product_id
        if not product:
            return self._get_mail_note()
        line = self.line_ids[:1]._origin
        resolution = self.env["aftersales.resolution"].sudo().new({"line_id": line.id})
        free = self.env["stock.quant"]._get_safe_quantity(
            product, resolution._get_warehouse().lot_stock_id, self.env["stock.lot"]
        )
        return self.env._("From stock, %g free", free)

    @api.depends("remedy_id", "line_ids")
    def _compute_dead_codes_missing(self):
        for wizard in self:
            remedy, lines = wizard.remedy_id, wizard.line_ids._origin
            replaces = remedy.sends_digital and remedy.digital_kind == "access"
            wizard.dead_codes_missing = replaces and not all(
                line._get_dead_codes() for line in lines
            )

    @api.depends("offered_ids")
    def _compute_remedy_id(self):
        for wizard in self:
            wish = wizard.ticket_id.wish_id
            offered = wizard.offered_ids
            wizard.remedy_id = wish if wish in offered else offered[:1]

    @api.depends("line_ids")
    def _compute_quantity(self):
        for wizard in self:
            line = wizard.line_ids[:1]
            single = len(wizard.line_ids) == 1
            wizard.quantity = line._get_unresolved_quantity() if single else 0.0

    @api.depends("remedy_id", "line_ids")
    def _compute_stock_note(self):
        for wizard in self:
            ships = wizard.remedy_id.ships
            wizard.stock_note = wizard._get_stock_note() if ships else False
            wizard.defects_missing = (
                ships
                and wizard.case_type_id.family == "product"
                and not all(line.defect_ids for line in wizard.line_ids)
            )

    def _get_stock_note(self):
        quantities = list(self._get_safe_quantities())
        if len(quantities) == 1:
            return f"{quantities[0][1]:g}"
        return ", ".join(
            f"{line.product_id.display_name}: {quantity:g}" for line, quantity in quantities
        )

    def _get_safe_quantities(self):
        for line in self.line_ids.filtered(lambda ln: ln.product_id.is_storable):
            if not (line.delivery_move_id or line.bought_elsewhere):
                continue
            resolution = self.env["aftersales.resolution"].sudo().new({"line_id": line._origin.id})
            yield line, resolution._get_safe_quantity()

    def action_propose(self):
        """Propose; where the reader agrees already, note that and execute."""
        self.ensure_one()
        if not self.remedy_id:
            raise UserError(self.env._("Choose a remedy first."))
        quantity = self._get_quantity()
        options = self._prepare_options()
        if self.agreed or not self.remedy_id.needs_agreement:
            result = self.line_ids.action_settle(
                self.remedy_id, quantity, note=self.agree_note, **options
            )
        else:
            result = self.line_ids.action_propose(self.remedy_id, quantity, **options)
        return result if isinstance(result, dict) else {"type": "ir.actions.act_window_close"}

    def _prepare_options(self):
        """Return the options of ``aftersales.case.line.action_propose``."""
        self.ensure_one()
        return {
            "advance": self.advance and self.may_advance,
            "part": self.part_id,
            "amount": self._get_amount(),
            "percent": self._get_percent(),
            "reason": self.reason,
            "freight_payer": self.freight_payer,
            "return_way": self.takes_back and self.return_way,
        }
