from odoo import api, models

KEY = "aftersales.changes"


class AftersalesChangeHook(models.AbstractModel):
    """Let the case follow its documents, whoever changes them.

    A model names the computed field it follows (``_followed_field``) and what it does
    about a change (``_on_changed``). Changes are collected while Odoo recomputes and
    handled before the commit (or by the verb itself, through ``_sync_phase``), never
    inside a compute: reading a field there that depends on the one being computed
    would store its old value for good.
    """

    _name = "aftersales.change.hook"
    _description = "After-sales Change Hook"

    _followed_field = None

    def _compute_field_value(self, field):
        group = {f.name for f in self.pool.field_computed[field]}
        if self._followed_field not in group:
            return super()._compute_field_value(field)
        stored = self.filtered("id")
        before = {record.id: record[self._followed_field] for record in stored}
        super()._compute_field_value(field)
        changed = stored.filtered(lambda r: r[self._followed_field] != before[r.id])
        if changed:
            changed._remember_changes(before)
        return None

    def _remember_changes(self, before):
        changes, _ticket_ids = self._get_pending()
        for record in self:
            changes.setdefault((self._name, record.id), before[record.id])

    @api.model
    def _follow_tickets(self, tickets):
        """Bring these cases up to date with the next changes that are followed."""
        _changes, ticket_ids = self._get_pending()
        ticket_ids.update(tickets.ids)

    @api.model
    def _get_pending(self):
        """Return what waits for the commit: ``{(model, id): value before}``, and case ids."""
        precommit = self.env.cr.precommit
        if KEY not in precommit.data:
            precommit.data[KEY] = {}, set()
            precommit.add(self.env(su=True)["aftersales.change.hook"]._follow_changes)
        return precommit.data[KEY]

    @api.model
    def _follow_changes(self):
        """Handle what changed since the last call, model by model."""
        with self.env["aftersales.event"]._together():
            self._handle_changes(*self.env.cr.precommit.data.pop(KEY, ({}, set())))

    @api.model
    def _handle_changes(self, changes, ticket_ids):
        by_model = {}
        for (model, record_id), before in changes.items():
            by_model.setdefault(model, {})[record_id] = before
        tickets = self._get_standing(self.env["helpdesk.ticket"].browse(sorted(ticket_ids)))
        for model, before in by_model.items():
            records = self.env[model].browse(before)
            # deleted or rolled back since, they have left the cache; not while modules are loaded
            cached = records.filtered(lambda r: self.pool.ready and r._followed_field in r._cache)
            records = cached | (records - cached).exists()
            changed = records.filtered(lambda r, b=before: r[r._followed_field] != b[r.id])
            changed._on_changed(before)
            tickets |= changed.ticket_id
        tickets._sync_phase()

    @api.model
    def _get_standing(self, tickets):
        """Leave out cases that were rolled back while modules are loaded.

        Odoo takes demo data back that fail to load and keeps what waits for the commit: an error
        about a case that is no more would hide why they failed.
        """
        return tickets if self.pool.ready else tickets.exists()

    def _on_changed(self, before):
        """React to changed facts.

        :param before: ``{id: value of the followed field before the change}``
        """
