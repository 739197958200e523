from odoo import api, fields, models


class StockWarehouse(models.Model):
    _inherit = "stock.warehouse"

    aftersales_quarantine_location_id = fields.Many2one(
        "stock.location",
        string="After-sales quarantine",
        domain="[('usage', '=', 'internal'), ('company_id', '=', company_id)]",
        check_company=True,
        copy=False,
        ondelete="restrict",
        help="The part of the company's quarantine that lies in this house. It is not counted as "
        "stock of the warehouse.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        warehouses = super().create(vals_list)
        warehouses.company_id.sudo()._create_aftersales_settings()
        return warehouses

    def _create_aftersales_quarantine(self):
        """Create the quarantine of each warehouse below its company's, where it is missing."""
        company_model = self.env["res.company"]
        for warehouse in self:
            parent = warehouse.company_id.aftersales_quarantine_location_id
            if not parent or warehouse.aftersales_quarantine_location_id:
                continue
            warehouse.aftersales_quarantine_location_id = company_model._get_or_create_with_xmlid(
                f"aftersales_publishing.warehouse_{warehouse.id}_quarantine_location",
                "stock.location",
                {
                    "name": warehouse.code,
                    "usage": "internal",
                    "location_id": parent.id,
                    "company_id": warehouse.company_id.id,
                },
            )
