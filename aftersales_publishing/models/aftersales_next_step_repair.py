from odoo import models

from .aftersales_repair import HERE_STATES


class AftersalesNextStep(models.AbstractModel):
    """Who acts on a copy in repair: the warehouse, or the agent where it fails or is late."""

    _inherit = "aftersales.next.step"

    def _get_resolution_step(self, resolution):
        if resolution.progress == "repair_failed":
            return "repair_failed"
        if resolution.progress == "repairing":
            return self._get_repair_step(resolution)
        step = super()._get_resolution_step(resolution)
        gives = resolution.effect_ids.filtered(lambda e: e.kind == "giveback")
        if step != "receive":
            return step
        if any(effect.state == "open" or effect._get_going_home() for effect in gives):
            return "give_back"
        return step

    def _get_repair_step(self, resolution):
        """The least advanced repair counts; what is overdue is the agent's first."""
        repairs = resolution.repair_ids
        states = set(repairs.mapped("state"))
        if any(repair.is_overdue for repair in repairs):
            return "repair_overdue"
        if states & set(HERE_STATES):
            return "repair"
        return "send_binder" if "sending" in states else "await_binder"
