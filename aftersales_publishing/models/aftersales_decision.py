from odoo import api, models


def without_defaults(records, names=None):
    """Return ``records`` in a context that proposes no values, or none of these fields.

    :param names: fields whose ``default_*`` keys are dropped; those of all fields if left out
    """
    context = {
        key: value
        for key, value in records.env.context.items()
        if not key.startswith("default_") or (names and key[len("default_") :] not in names)
    }
    if len(context) == len(records.env.context):
        return records
    return records.with_env(records.env(context=context))


class AftersalesDecision(models.AbstractModel):
    """A record that verbs alone make: the caller's context proposes nothing for it.

    Whoever calls a verb chooses its context. Odoo would take ``default_approved_by_id`` from it
    for a refund that is created under ``sudo()``, after everything else was checked.
    """

    _name = "aftersales.decision"
    _description = "Made by Verbs"

    @api.model_create_multi
    def create(self, vals_list):
        return super(AftersalesDecision, without_defaults(self)).create(vals_list)
