"""What finance does for the matrix where customers paid online (R6.8)."""

from unittest.mock import patch

from odoo import Command


class MatrixProvider:
    """Mixed into the matrix: a payment provider that gives money back, Odoo's own Demo."""

    def _pay_online(self, amounts):
        """Let customers pay ``{invoice: amount}`` by the provider."""
        if not amounts:
            return
        provider = self.env["payment.provider"].search(
            [("code", "=", "demo"), ("company_id", "=", self.company.id)], limit=1
        )
        transactions = self.env["payment.transaction"].create(
            [
                {
                    "provider_id": provider.id,
                    "payment_method_id": self.env.ref("payment_demo.payment_method_demo").id,
                    "amount": amount,
                    "currency_id": invoice.currency_id.id,
                    "partner_id": invoice.partner_id.id,
                    "reference": f"MATRIX-{invoice.id}",
                    "operation": "online_direct",
                    "invoice_ids": [Command.set(invoice.ids)],
                }
                for invoice, amount in amounts.items()
            ]
        )
        for transaction in transactions:
            transaction._set_done()
            transaction._post_process()

    def _ask_providers(self, refunds):
        """Let the job ask the provider for the refunds that wait for it."""
        if not refunds:
            return
        self.assertEqual(set(refunds.mapped("provider_state")), {"waiting"})

        def commit(_cron, *_arguments, **_options):
            self._end_of_request()
            return 60

        with patch.object(type(self.env["ir.cron"]), "_commit_progress", commit):
            self.env["payment.transaction"].sudo()._cron_ask_providers()
