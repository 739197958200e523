from odoo import Command, api, fields, models
from odoo.exceptions import AccessError

from .aftersales_case_phase import CLOSED_PHASES
from .aftersales_decision import without_defaults


class HelpdeskTicket(models.Model):
    """Possible piracy: the warning on the case, and the evidence for the rights department (R3.2)."""

    _inherit = "helpdesk.ticket"

    piracy_note = fields.Char(
        compute="_compute_piracy_note", help="Books whose copyright page no print run has."
    )
    evidence_of_id = fields.Many2one(
        "helpdesk.ticket",
        "Reader's Case",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The case of the reader that this evidence comes from.",
    )
    rights_case_ids = fields.One2many(
        "helpdesk.ticket", "evidence_of_id", "Cases of the Rights Dept."
    )
    rights_case_count = fields.Integer(compute="_compute_rights_case_count")

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_evidence(vals)
        clean = without_defaults(self, {"evidence_of_id"})
        return super(HelpdeskTicket, clean).create(vals_list)

    def write(self, vals):
        self._check_evidence(vals)
        return super().write(vals)

    @api.model
    def _check_evidence(self, vals):
        """A case is the evidence of another by a verdict, whatever an import or API says."""
        if "evidence_of_id" in vals and not self.env.su:
            raise AccessError(
                self.env._("%s is set by the verdict on the copy, not by hand.", "evidence_of_id")
            )

    @api.depends("line_ids.page_unknown", "line_ids.verdict_id", "phase")
    def _compute_piracy_note(self):
        for ticket in self:
            warned = ticket.line_ids.filtered(
                lambda line: (line.page_unknown and not line.verdict_id) or line.is_pirated
            )
            shown = ticket.phase not in CLOSED_PHASES and not ticket.evidence_of_id
            ticket.piracy_note = shown and ", ".join(line._get_title() for line in warned)

    @api.depends("rights_case_ids", "evidence_of_id")
    def _compute_rights_case_count(self):
        for ticket in self:
            ticket.rights_case_count = len(ticket.rights_case_ids | ticket.evidence_of_id)

    def action_view_rights_cases(self):
        """Open the case of the rights department, or from there the reader's."""
        return self._get_cases_action(self.rights_case_ids | self.evidence_of_id)

    def _get_rights_case(self):
        """Return the case of the rights department that is open about this one."""
        self.ensure_one()
        return self.rights_case_ids.filtered(lambda case: case.phase not in CLOSED_PHASES)[:1]

    def _prepare_rights_vals(self, lines):
        """Return the values of a case for the rights department.

        :param lines: the pirated copies
        """
        self.ensure_one()
        case_type = self.env.ref("aftersales_publishing.aftersales_case_type_piracy")
        titles = ", ".join(dict.fromkeys(line._get_title() for line in lines))
        return {
            "name": self.env._("Piracy: %s", titles),
            "is_aftersales": True,
            "case_type_id": case_type.id,
            "company_id": self.company_id.id,
            # by name only: the reader's portal shows the cases of a contact
            "partner_name": self.reader_name or self.number,
            "channel_id": self.channel_id.id,
            "evidence_of_id": self.id,
        }

    def _copy_evidence(self, case):
        """Give the other case the proof that was seen, with copies of its files."""
        for proof in self.proof_ids.filtered("received"):
            files = proof.attachment_ids.copy({"res_model": case._name, "res_id": case.id})
            case.proof_ids = [
                Command.create(
                    {
                        "proof_id": proof.proof_id.id,
                        "received": True,
                        "attachment_ids": [Command.set(files.ids)],
                    }
                )
            ]
