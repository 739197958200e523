from odoo import fields, models
from odoo.exceptions import UserError

from .stock_lot_alarm import READERS_OF_RUNS


class StockLot(models.Model):
    """A print run of which the printer is asked to print no more (R4.4)."""

    _inherit = "stock.lot"

    stop_print_ids = fields.One2many(
        "aftersales.stop.print", "lot_id", "Stop-Print Notices", groups=READERS_OF_RUNS
    )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------
    def action_open_stop_print(self):
        """Ask what is wrong, and how the printer is told."""
        self.ensure_one()
        return self.env["helpdesk.ticket"]._open_dialog(
            "aftersales.stop.print.wizard", self.env._("Stop Printing"), lot_id=self.id
        )

    def action_view_stop_prints(self):
        """Show the stop-print notices of the runs."""
        return self._open_run("aftersales_publishing.aftersales_stop_print_action_run")

    def action_stop_print(self, reason, by_mail=True):
        """Ask the printers of the runs to print no more of them (R4.4).

        The letter carries the figures of the run as they are now, and nothing about readers.

        :param reason: what is wrong; the printer reads it
        :param by_mail: send it by mail, else it is printed and sent on paper
        :return: the notices
        :raises AccessError: for users who may not judge print quality
        :raises UserError: without a reason, and naming runs without a printer, printers without an
            address, and runs of which a notice stands
        """
        Notice = self.env["aftersales.stop.print"]
        Notice._check_role("print_quality", "manager")
        self.check_access("read")
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say what is wrong: the printer reads it."))
        lots_sudo = self.sudo()
        lots_sudo._check_stop_print(by_mail)
        Notice.flush_model(["state"])  # of one that was lifted just now
        vals_list = []
        for company, lots in lots_sudo.grouped(lambda lot: lot._get_stop_print_company()).items():
            figures = lots._get_run_figures(company, ["defect_id"])
            for lot in lots:
                evidence = lot._prepare_stop_print_vals(figures.get(lot.id, {}))
                vals_list.append({**evidence, "reason": reason, "by_mail": by_mail})
        notices = Notice.sudo().create(vals_list)
        if by_mail:
            notices._mail()
        return notices.sudo(self.env.su)

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------
    def _get_stop_print_company(self):
        """Return who writes: the company of the run, for a shared one that of the user."""
        return self.company_id or self.env.company

    def _get_standing_notice(self):
        """Return the notice of the run that is not lifted, if any."""
        company = self._get_stop_print_company()
        return self.stop_print_ids.filtered(
            lambda notice: notice.state != "lifted" and notice.company_id == company
        )

    def _check_stop_print(self, by_mail):
        problems = []
        for lot in self:
            if not lot.printer_id:
                problems.append(
                    self.env._("Print run %s has no printer. Note who prints it.", lot.name)
                )
            elif by_mail and not lot.printer_id.email:
                problems.append(
                    self.env._(
                        "%(printer)s has no e-mail address. Note one, or send the letter on paper.",
                        printer=lot.printer_id.display_name,
                    )
                )
            if lot._get_standing_notice():
                problems.append(
                    self.env._(
                        "Print run %s: a stop-print notice stands already. Lift it before you send "
                        "another.",
                        lot.name,
                    )
                )
        if problems:
            raise UserError("\n".join(problems))

    def _prepare_stop_print_vals(self, by_defect):
        """Return the values of a notice.

        :param by_defect: ``{defect: figures}``, as from ``_get_run_figures``
        """
        self.ensure_one()
        total = {
            name: sum(row[name] for row in by_defect.values()) for name in ("sold", "confirmed")
        }
        return {
            "lot_id": self.id,
            "company_id": self._get_stop_print_company().id,
            "partner_id": self.printer_id.id,
            "sold": total["sold"],
            "confirmed": total["confirmed"],
            "defect_rate": total["confirmed"] / total["sold"] if total["sold"] else 0.0,
            "evidence": [
                [defect.id, row["complained"], row["confirmed"]]
                for defect, row in by_defect.items()
                if defect.concerns_run
                and defect.group != "text"  # the others are not the printer's
            ],
            "sent_by_id": self.env.uid,
            "sent_at": fields.Datetime.now(),
        }
