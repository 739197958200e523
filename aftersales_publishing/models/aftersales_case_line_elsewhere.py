from odoo import api, fields, models
from odoo.exceptions import ValidationError

PAGE = ("edition", "impression", "print_date")  # what the copyright page tells of the print run


class AftersalesCaseLine(models.Model):
    """A copy that the reader bought elsewhere: no order of ours knows it (R1.2).

    It is identified by its ISBN, its copyright page and a photo of that page.
    """

    _inherit = "aftersales.case.line"

    bought_elsewhere = fields.Boolean(
        help="The reader bought the copy in a bookshop or got it as a gift: there is no order of "
        "ours. It is exchanged; money needs a manager, a proof of purchase and an empty shelf.",
    )
    bought_at = fields.Char("Where", help="The bookshop, fair or website that sold the copy.")
    printed_price = fields.Monetary(
        "List Price",
        currency_field="company_currency_id",
        help="As printed on the copyright page, tax included. Empty: the list price of the title.",
    )
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    run_note = fields.Char(
        compute="_compute_run_note",
        help="Why the print run of a copy bought elsewhere is not known.",
    )

    _printed_price_positive = models.Constraint(
        "CHECK(printed_price >= 0)", "The list price is an amount from zero upwards."
    )

    # ------------------------------------------------------------------
    # The print run, by the copyright page
    # ------------------------------------------------------------------
    @api.depends("bought_elsewhere", "product_id", "lot_id", *PAGE)
    def _compute_run_note(self):
        unknown = self.filtered(
            lambda line: line.bought_elsewhere and line._has_page() and not line.lot_id
        )
        fitting = unknown._get_fitting_runs()
        for line in self:
            line.run_note = line in unknown and line._tell_runs(fitting[line])

    def _tell_runs(self, runs):
        """Say what to do where the page does not tell one print run."""
        if runs:
            return self.env._(
                "%(count)s print runs fit: %(runs)s. Choose the one of the printer on the page.",
                count=len(runs),
                runs=", ".join(runs.mapped("name")),
            )
        if self.product_id.tracking == "none":
            return False
        return self.env._(
            "No print run of this title fits the page. Compare it with the photo: such a copy may "
            "be pirated."
        )

    def _has_page(self):
        """Whether anything of the copyright page is noted."""
        self.ensure_one()
        return any(self[name] for name in PAGE)

    def _get_fitting_runs(self):
        """Return ``{line: print runs}`` that agree with the copyright page, in one query."""
        runs = (
            self.env["stock.lot"]
            .sudo()
            .search(
                [
                    ("product_id", "in", self.product_id.ids),
                    ("company_id", "in", [False, *self.company_id.ids]),
                ]
            )
            .grouped("product_id")
        )
        return {
            line: runs.get(line.product_id, self.env["stock.lot"])
            .filtered(
                lambda run, line=line: (
                    run.company_id in (run.company_id.browse(), line.company_id)
                    and all(not line[name] or run[name] == line[name] for name in PAGE)
                )
            )
            .with_env(self.env)
            for line in self
        }

    def _identify_run(self):
        """Set the print run where the copyright page tells one, clear it where it tells another."""
        lines = self.filtered(lambda line: line.bought_elsewhere and line._has_page())
        for line, runs in lines._get_fitting_runs().items():
            if line.lot_id not in runs or not line.lot_id:
                line.lot_id = runs if len(runs) == 1 else False

    @api.onchange("bought_elsewhere", "product_id", *PAGE)
    def _onchange_page(self):
        self._identify_run()

    # ------------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------------
    @api.constrains("bought_elsewhere", "sale_line_id", "delivery_move_id", "product_id")
    def _check_bought_elsewhere(self):
        for line in self.filtered("bought_elsewhere"):
            names = {"case": line.ticket_id.number, "title": line.product_id.display_name}
            if line.sale_line_id or line.delivery_move_id:
                raise ValidationError(
                    self.env._(
                        "Case %(case)s: “%(title)s” was delivered by order %(order)s, so it was not "
                        "bought elsewhere. Remove that mark.",
                        order=line.sale_line_id.sudo().order_id.name or "—",
                        **names,
                    )
                )
            if line.product_id.type == "service":
                raise ValidationError(
                    self.env._(
                        "Case %(case)s: “%(title)s” is a service: there is no copy that was bought "
                        "elsewhere. Remove that mark.",
                        **names,
                    )
                )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.filtered(lambda line: not line.lot_id)._identify_run()
        lines._want_page()
        return lines

    def write(self, vals):
        if {"bought_elsewhere", "printed_price"} & vals.keys():
            self._check_no_live_resolution()
        result = super().write(vals)
        if {"bought_elsewhere", "product_id", *PAGE} & vals.keys() and "lot_id" not in vals:
            self.filtered(lambda line: not line._get_live_resolutions())._identify_run()
        if vals.get("bought_elsewhere"):
            self._want_page()
        return result

    # ------------------------------------------------------------------
    # Proof
    # ------------------------------------------------------------------
    def _get_page_proof(self):
        """Return the photo of the copyright page as a kind of proof, where it identifies a copy."""
        return self._get_elsewhere_proof("copyright_page")

    def _get_elsewhere_proof(self, code):
        proof = self.env["aftersales.proof"]
        if any(self.mapped("bought_elsewhere")):
            xmlid = f"aftersales_publishing.aftersales_proof_{code}"
            return self.env.ref(xmlid, raise_if_not_found=False) or proof
        return proof

    def _want_page(self):
        """List the photo of the copyright page on cases that are registered already (R1.3)."""
        lines = self.filtered(lambda line: line.bought_elsewhere and line.ticket_id.registered_at)
        self.env["aftersales.case.proof"].create(
            [
                {"ticket_id": ticket.id, "proof_id": proof.id}
                for ticket in lines.ticket_id
                for proof in lines._get_page_proof() - ticket.proof_ids.proof_id
            ]
        )

    def _has_proof(self, proof):
        """Whether the proof was seen; a kind that was removed cannot be asked for."""
        self.ensure_one()
        return not proof or proof in self.ticket_id.proof_ids.filtered("received").proof_id

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------
    def _fits_copy(self, remedy):
        """Whether the dialog offers the remedy, by where the copies come from and who is asking."""
        if remedy._has_kind("refusal"):
            return False  # has a dialog of its own
        elsewhere = self.filtered("bought_elsewhere")
        if not elsewhere:
            return True
        is_manager = self.env.user.has_group("aftersales_publishing.group_manager")
        gives_money = remedy._gives_money()
        has_money = gives_money and is_manager and not remedy.asks_amount
        return (remedy.takes_back or not remedy.ships) and (has_money or not gives_money)

    def _get_list_price(self):
        """Return the price of a copy or volume in the company's currency, tax included.

        As printed on the copyright page, else the list price of the title with its taxes.
        """
        self.ensure_one()
        currency, title = self.company_currency_id, self.product_id
        price = self.printed_price
        if not price:
            title = title.with_company(self.company_id)
            taxes = title.taxes_id._filter_taxes_by_company(self.company_id)
            price = title.currency_id._convert(title.lst_price, currency, self.company_id)
            price = taxes.compute_all(price, currency, product=title)["total_included"]
        return currency.round(price * self.volume_id.share / 100.0 if self.volume_id else price)

    def _get_excluded_lot(self):
        """Where the copyright page did not tell the print run, the one that came back is avoided."""
        lot = super()._get_excluded_lot()
        if self.bought_elsewhere and not lot and not self.lot_id and self._is_run_suspect():
            return self.resolution_ids.inspection_ids.lot_id[:1]
        return lot

    def _get_facts(self):
        facts = super()._get_facts()
        if self.bought_elsewhere:
            facts.insert(0, ("elsewhere", self.env._("Bought elsewhere"), self.bought_at or "—"))
        return facts
