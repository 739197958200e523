from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from .aftersales_resolution_digital import SEEN_BY

UNSENT = {"outgoing", "cancel"}


class AftersalesEffect(models.Model):
    """Give an e-book or a code: one code for each copy, or a link to the file, by mail (R6.1).

    Codes and links are the facts, and the mail that brings them. The copy itself is not consumed:
    it can still be exchanged (I1).
    """

    _inherit = "aftersales.effect"

    kind = fields.Selection(
        selection_add=[("digital", "Send an e-book or code")], ondelete={"digital": "cascade"}
    )
    digital_code_ids = fields.One2many("aftersales.digital.code", "effect_id", groups=SEEN_BY)
    dead_code_ids = fields.One2many("aftersales.digital.code", "dead_effect_id", groups=SEEN_BY)
    digital_link_ids = fields.One2many("aftersales.digital.link", "effect_id", groups=SEEN_BY)

    @api.depends(
        "digital_code_ids.state",
        "digital_code_ids.dead_effect_id",
        "digital_link_ids.is_void",
        "digital_link_ids.quantity",
    )
    def _compute_progress(self):
        return super()._compute_progress()

    # ------------------------------------------------------------------
    # Give
    # ------------------------------------------------------------------
    def _post_digital(self):
        """Give what is missing and mail it; what a reader has is not given once more.

        :raises UserError: when not enough codes are free, or no mail address is known
        """
        resolutions = self.resolution_id
        problems = resolutions._get_digital_address_problems()
        if problems := problems + resolutions._get_archived_problems():
            raise UserError("\n".join(problems))
        self._record_dead_codes()  # first: the reader must not get that very code
        missing = {e: round(e.quantity_released - e._get_digital_given()) for e in self}
        by_way = self.grouped(lambda e: e.resolution_id.digital_id.way)
        by_way.get("codes", self.browse())._give_codes(missing)
        by_way.get("file", self.browse())._give_links(missing)
        self._mail_digital()

    def _give_codes(self, missing):
        wanted = {}
        for effect in self:
            digital = effect.resolution_id.digital_id
            wanted[digital] = wanted.get(digital, 0) + max(0, missing[effect])
        if not any(wanted.values()):
            return
        Digital = self.env["aftersales.digital"]
        taken = Digital._take_codes(wanted)
        short = [digital for digital, number in wanted.items() if len(taken[digital]) < number]
        if short:
            raise UserError(
                "\n".join(
                    self.resolution_id.filtered(
                        lambda r, d=digital: r.digital_id == d
                    )._get_pool_message(digital, len(taken[digital]), wanted[digital])
                    for digital in short
                )
            )
        for effect in self:
            digital = effect.resolution_id.digital_id
            number = max(0, missing[effect])
            codes, taken[digital] = taken[digital][:number], taken[digital][number:]
            codes._do_give(effect)
        Digital.concat(*wanted)._follow_pool()

    def _give_links(self, missing):
        """Make a link for each reader; one that is there already is for more copies, and downloads."""
        Link = self.env["aftersales.digital.link"]
        for effect in self:
            added = max(0, missing[effect])
            for link in effect._get_live_links():
                link.quantity += added
                link.download_limit += link.digital_id.link_downloads * added
        new = self.filtered(lambda e: not e._get_live_links())
        Link.create(
            [
                {
                    "effect_id": effect.id,
                    "digital_id": effect.resolution_id.digital_id.id,
                    "quantity": missing[effect],
                    "expires_at": fields.Datetime.now()
                    + timedelta(days=effect.resolution_id.digital_id.link_days),
                    "download_limit": effect.resolution_id.digital_id.link_downloads
                    * missing[effect],
                }
                for effect in new
            ]
        )

    def _get_live_links(self):
        return self.digital_link_ids.filtered(lambda link: not link.is_void)

    def _record_dead_codes(self):
        """Void the codes complained of, also those that came with the printed copy (R2.2)."""
        replacing = self.filtered(lambda e: e.resolution_id.digital_id.kind == "access")
        known = replacing.resolution_id._find_dead_codes()
        vals_list = []
        for effect in replacing:
            digital = effect.resolution_id.digital_id
            dead = effect.line_id._get_dead_codes()
            given = effect.digital_code_ids.filtered(lambda c: c.state == "given")
            if given.filtered(lambda c, dead=dead: c.code in dead):
                effect._check_void_again()
            for text in dead:
                code = known.get(digital, {}).get(text)
                if not code:
                    vals_list.append(
                        {
                            "digital_id": digital.id,
                            "code": text,
                            "state": "void",
                            "dead_effect_id": effect.id,
                            "void_reason": self.env._("Dead, says the reader"),
                        }
                    )
                elif not code.dead_effect_id:
                    code._do_void(self.env._("Dead, says the reader"))
                    if code.effect_id != effect:  # else it was no help, and counts no more
                        code.dead_effect_id = effect
        self.env["aftersales.digital.code"].create(vals_list)

    # ------------------------------------------------------------------
    # Mail: the code stands in the mail alone, the case only says that it was sent
    # ------------------------------------------------------------------
    def _mail_digital(self):
        template = self.env.ref("aftersales_publishing.mail_template_digital").sudo()
        rendered = template._generate_template(
            self.ids,
            (
                "auto_delete",
                "body_html",
                "email_cc",
                "email_from",
                "email_to",
                "mail_server_id",
                "partner_to",
                "subject",
            ),
        )
        mails = (
            self.env["mail.mail"]
            .sudo()
            .create([effect._prepare_digital_mail(rendered[effect.id]) for effect in self])
        )
        for effect, mail in zip(self, mails, strict=True):
            effect.mail_ids = [Command.link(mail.id)]
        self.posted_at = fields.Datetime.now()
        self.env["aftersales.event"]._log(
            "digital_sent", self, {e: e.resolution_id.digital_id.display_name for e in self}
        )

    def _prepare_digital_mail(self, values):
        """Values of a mail that is read and answered on the case, where nobody sees the code."""
        self.ensure_one()
        ticket = self.ticket_id
        digital = self.resolution_id.digital_id
        partner_ids = values.pop("partner_ids", None) or []
        return {
            **{name: value for name, value in values.items() if value},
            "model": ticket._name,
            "res_id": ticket.id,
            "body": self.env._(
                "“%s” was mailed to the reader. Codes and links stand in the mail alone.",
                digital.display_name,
            ),
            "recipient_ids": [Command.link(partner_id) for partner_id in partner_ids],
        }

    def _mail_again(self):
        """Mail the same code once more; a link is valid as long as at first again."""
        digital = self.filtered(lambda e: e.kind == "digital")
        digital._check_mails_left()
        digital._get_live_links()._do_renew()
        if digital:
            digital._mail_digital()
        documents = self - digital
        return super(AftersalesEffect, documents)._mail_again() if documents else None

    # ------------------------------------------------------------------
    # Figures
    # ------------------------------------------------------------------
    def _get_digital_given(self):
        """Copies for which the reader has a code or a link."""
        effects = self.sudo()
        return len(effects.digital_code_ids._was_given()) + sum(
            effects._get_live_links().mapped("quantity")
        )

    def _get_digital_planned(self):
        return self._get_digital_done()

    def _get_digital_done(self):
        """What the reader has, once a mail waits or has left; none where every mail failed."""
        states = set(self.mail_ids.mapped("state"))
        failed = states and states <= {"exception", "cancel"}
        return 0.0 if failed else float(self._get_digital_given())

    # ------------------------------------------------------------------
    # Undo, and what did not arrive
    # ------------------------------------------------------------------
    def _has_posted_document(self):
        if self.kind == "digital":
            return bool(self._get_digital_given()) and not self._was_never_mailed()
        return super()._has_posted_document()

    def _was_never_mailed(self):
        return set(self.mail_ids.mapped("state")) <= UNSENT

    def _was_sent_in_vain(self):
        return super()._was_sent_in_vain() or (self.kind == "digital" and bool(self.posted_at))

    def _do_void_digital(self, reason):
        """Void what the readers have; where the mail has not left, nobody has anything yet."""
        given = self.filtered(lambda e: e.kind == "digital" and e._get_digital_given())
        given._check_void_again()
        given._take_back_unseen()
        given.digital_code_ids._was_given()._do_void(reason)
        self.env["aftersales.event"]._log("digital_voided", given, reason)

    def _check_void_again(self):
        """A void code works on until its platform is told: agents replace codes once.

        :raises UserError: when the reader had other codes that are void, unless a manager asks
        """
        again = self.filtered(
            lambda e: e.digital_code_ids.filtered(
                lambda c: c.state == "void" and not c.dead_effect_id
            )
        )
        if again and not self.env.user.has_group("aftersales_publishing.group_manager"):
            raise UserError(
                self.env._(
                    "Case %s: a code of this remedy was voided before. Mail the new one again, or "
                    "let a manager void it.",
                    ", ".join(again.ticket_id.mapped("number")),
                )
            )

    def _do_cancel(self):
        digital = self.filtered(lambda e: e.kind == "digital")
        digital._take_back_unseen()
        digital._restore_dead_codes()
        return super()._do_cancel()

    def _take_back_unseen(self):
        """Stop the mails that wait, void the links and put codes back that were never mailed."""
        unseen = self.filtered(lambda e: e._was_never_mailed())
        self._stop_mails()
        unseen.digital_code_ids.filtered(lambda c: c.state == "given")._do_free()
        self._get_live_links().is_void = True
        unseen.resolution_id.digital_id._follow_pool()

    def _stop_mails(self):
        """Cancel the mails that wait.

        :raises UserError: when one is leaving at this moment
        """
        waiting = self.mail_ids.filtered(lambda mail: mail.state == "outgoing")
        leaving = waiting - waiting.try_lock_for_update()
        if leaving:
            raise UserError(
                self.env._(
                    "Case %s: the mail with the code is leaving at this moment. Try again in a "
                    "minute.",
                    ", ".join(self.ticket_id.mapped("number")),
                )
            )
        waiting.state = "cancel"

    def _restore_dead_codes(self):
        """Let codes be replaced by another remedy; those of printed copies stay void."""
        dead = self.dead_code_ids
        given = dead.filtered("effect_id")
        given.write({"state": "given", "void_reason": False})
        dead.dead_effect_id = False
