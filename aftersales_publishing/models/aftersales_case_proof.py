from odoo import api, fields, models


class AftersalesCaseProof(models.Model):
    """A piece of evidence that a case needs or has (R1.3)."""

    _name = "aftersales.case.proof"
    _description = "Proof of a Case"
    _order = "received, id"
    _rec_name = "proof_id"

    ticket_id = fields.Many2one(
        "helpdesk.ticket", "Case", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="ticket_id.company_id", store=True, precompute=True)
    proof_id = fields.Many2one(
        "aftersales.proof", "Kind of Proof", required=True, ondelete="restrict"
    )
    description = fields.Text(related="proof_id.description")
    attachment_ids = fields.Many2many("ir.attachment", string="Files")
    received = fields.Boolean(help="Tick it when the proof was seen, even if it came on paper.")
    received_at = fields.Datetime(readonly=True)

    _kind_once = models.UniqueIndex(
        "(ticket_id, proof_id)", "This kind of proof is already listed on the case."
    )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals.update(self._with_received(vals))
        proofs = super().create(vals_list)
        proofs._adopt_attachments()
        proofs._after_received(proofs.filtered("received"))
        return proofs

    def write(self, vals):
        before = self.filtered("received")
        result = super().write(self._with_received(vals))
        if "attachment_ids" in vals:
            self._adopt_attachments()
        self._after_received(self.filtered("received") - before)
        return result

    @api.model
    def _with_received(self, vals):
        """A file that arrives is a proof received."""
        vals = dict(vals)
        if vals.get("attachment_ids") and "received" not in vals:
            vals["received"] = True
        if vals.get("received"):
            vals.setdefault("received_at", fields.Datetime.now())
        return vals

    def _adopt_attachments(self):
        """Let whoever sees the proof see the files uploaded before it was saved."""
        for proof in self:
            orphans = proof.sudo().attachment_ids.filtered(
                lambda a: not a.res_id and a.create_uid == self.env.user
            )
            orphans.write({"res_model": self._name, "res_id": proof.id})

    def _after_received(self, proofs):
        if proofs:
            self.env["aftersales.event"]._log("proof_received", proofs)
            proofs.ticket_id._sync_phase()
