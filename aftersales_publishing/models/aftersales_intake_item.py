"""What a channel sent, checked and resolved to records: no model, no writing.

:class:`IntakeBatch` looks everything up for all items together (one query per kind
of record); :class:`IntakeItem` turns one item into the values of a case.
"""

import base64
import binascii
from collections import defaultdict

from odoo import Command
from odoo.fields import Domain
from odoo.tools import email_normalize, plaintext2html
from odoo.tools.mimetypes import guess_mimetype

from ..tools.isbn import normalize_isbn

MAX_FILES = 10
MAX_FILE_SIZE = 10 * 1024 * 1024  # bytes
FILE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp", "application/pdf")


class IntakeItem:
    """One complaint: its values, what is wrong with it, and its result."""

    def __init__(self, batch, vals):
        self.batch = batch
        self.env = batch.env
        self.vals = vals if isinstance(vals, dict) else {}
        self.errors = []
        self.refusals = []
        self.result = None
        self.same_as = None
        self.line_vals = []

    # -- identity ------------------------------------------------------
    @property
    def company_id(self):
        return self.vals.get("company_id") or self.env.company.id

    @property
    def external_ref(self):
        return self.vals.get("external_ref") or False

    @property
    def channel(self):
        return self.batch.channels.get(self.vals.get("channel"), self.batch.no_channel)

    @property
    def key(self):
        return self.company_id, self.channel.id, self.external_ref

    @property
    def order_ref(self):
        return self.vals.get("order_ref") or self.vals.get("platform_order_ref")

    @property
    def order(self):
        return self.batch.orders.get((self.company_id, self.order_ref), self.batch.no_order)

    @property
    def case_type(self):
        return self.batch.case_types.get(self.vals.get("case_type"), self.batch.no_type)

    @property
    def lines(self):
        return [line for line in self.vals.get("lines") or [] if isinstance(line, dict)]

    # -- results -------------------------------------------------------
    def reject(self, code, field, message):
        """Note why nothing is created for the item."""
        self.errors.append({"code": code, "field": field, "message": message})
        self.result = self._get_result("rejected", self.env["helpdesk.ticket"])

    def refuse(self, code, field, message):
        """Note why the case is refused as soon as it is created."""
        self.refusals.append({"code": code, "field": field, "message": message})

    def accept(self, ticket):
        self.errors = self.refusals
        self.result = self._get_result("created", ticket)

    def point_to(self, ticket):
        """Give the case that exists already; a refused one says again why."""
        if ticket.phase == "refused":
            self.refuse("refused", None, ticket.closing_reason or "")
            self.errors = self.refusals
        self.result = self._get_result("existing", ticket)

    def repeat(self):
        """Give the result of the first item with the same reference."""
        self.result = {**self.same_as.result}
        if self.result["status"] == "created":
            self.result["status"] = "existing"

    def _get_result(self, status, ticket):
        return {
            "external_ref": self.external_ref,
            "ticket_id": ticket.id,
            "number": ticket.number,
            "status": status,
            "errors": self.errors,
        }

    # -- shape ---------------------------------------------------------
    def check_shape(self):
        """Reject what is malformed."""
        if not self.vals:
            self.reject("malformed", None, self.env._("The item is not a dictionary of values."))
        if self.vals.get("channel") and not self.external_ref:
            self.reject(
                "missing_reference",
                "external_ref",
                self.env._("An item of a channel needs the channel's own reference."),
            )
        for name, kind in (("reader", dict), ("lines", list), ("proofs", list)):
            if not isinstance(self.vals.get(name) or kind(), kind):
                message = self.env._("“%s” has the wrong form: see the description.", name)
                self.reject("malformed", name, message)
                return
        for line in self.lines:
            self._check_line(line)
        self._check_files()

    def _check_line(self, line):
        if not normalize_isbn(str(line.get("isbn") or "")):
            self.reject(
                "bad_isbn",
                "lines.isbn",
                self.env._(
                    "“%s” is not a valid ISBN: compare it with the copyright page.",
                    line.get("isbn"),
                ),
            )
        quantity = line.get("quantity", 1)
        if not isinstance(quantity, int | float) or isinstance(quantity, bool) or quantity <= 0:
            self.reject(
                "bad_quantity",
                "lines.quantity",
                self.env._("“%s” is not a number of copies above zero.", quantity),
            )

    def _check_files(self):
        files = self.vals.get("proofs") or []
        if len(files) > MAX_FILES:
            self.reject(
                "too_many_files", "proofs", self.env._("At most %s files are taken.", MAX_FILES)
            )
            return
        for file in files:
            self._check_file(file)

    def _check_file(self, file):
        name = file.get("name") or "?"
        try:
            content = base64.b64decode(file.get("datas") or "", validate=True)
        except (binascii.Error, ValueError, TypeError):
            self.reject("bad_file", "proofs", self.env._("File %s is not base64.", name))
            return
        if len(content) > MAX_FILE_SIZE:
            self.reject(
                "file_too_large",
                "proofs",
                self.env._(
                    "File %(name)s is larger than %(limit)s MB.",
                    name=name,
                    limit=MAX_FILE_SIZE >> 20,
                ),
            )
        elif guess_mimetype(content) not in FILE_TYPES:
            self.reject(
                "bad_file_type",
                "proofs",
                self.env._("File %s is neither a picture nor a PDF.", name),
            )

    # -- references ----------------------------------------------------
    def check_references(self):
        """Reject unknown codes; refuse what is well-formed but cannot be helped."""
        if self.vals.get("channel") and not self.channel:
            self.reject(
                "unknown_channel",
                "channel",
                self.env._("Channel “%s” is unknown.", self.vals["channel"]),
            )
        if not self.case_type:
            self.reject(
                "unknown_case_type",
                "case_type",
                self.env._("Case type “%s” is unknown.", self.vals.get("case_type")),
            )
        if self.order_ref and not self.order:
            self.refuse(
                "unknown_order",
                "order_ref",
                self.env._("Order %s is not known here.", self.order_ref),
            )
        self.line_vals = [vals for line in self.lines for vals in self._resolve_line(line)]

    def _resolve_line(self, line):
        """Return the values of one or more case lines: one per delivery and lot."""
        isbn = normalize_isbn(str(line.get("isbn")))
        product = self.batch.products.get(isbn)
        if not product:
            self.refuse(
                "unknown_title",
                "lines.isbn",
                self.env._("No title with ISBN %s is sold here.", isbn),
            )
            return []
        quantity = float(line.get("quantity", 1))
        if line.get("volume") and not self.batch.get_volume(product, line):
            self.refuse(
                "unknown_volume",
                "lines.volume",
                self.env._(
                    "“%(title)s” has no volume “%(volume)s”.",
                    title=product.display_name,
                    volume=line["volume"],
                ),
            )
        common = self._get_common_line_vals(line, product)
        if not self.order:
            return [{**common, "quantity": quantity}]
        if undelivered := self._find_undelivered(product, quantity):
            return [{**common, "sale_line_id": undelivered.id, "quantity": quantity}]
        pairs = self._get_pairs(line, product)
        if not pairs:
            self.refuse(
                "not_delivered",
                "lines.isbn",
                self.env._(
                    "“%(title)s” was not delivered with order %(order)s.",
                    title=product.display_name,
                    order=self.order.name,
                ),
            )
            return [{**common, "quantity": quantity}]
        return self._spread(common, quantity, pairs, product)

    def _get_common_line_vals(self, line, product):
        defects = [
            self.batch.defects[c] for c in line.get("defects") or [] if c in self.batch.defects
        ]
        return {
            "product_id": product.id,
            "volume_id": self.batch.get_volume(product, line).id,
            "note": line.get("note"),
            "edition": line.get("edition"),
            "impression": line.get("impression"),
            "print_date": line.get("print_date"),
            "bought_elsewhere": bool(line.get("bought_elsewhere")) and not self.order_ref,
            "bought_at": line.get("bought_at"),
            "signed_on": line.get("signed_on"),
            "defect_ids": [Command.set([defect.id for defect in defects])],
        }

    def _find_undelivered(self, product, quantity):
        """Return the order line that waits to be sent, where the case type is about that."""
        if not any(self.case_type.remedy_ids.mapped("concerns_undelivered")):
            return None
        for sale_line in self.order.sudo().order_line.filtered(lambda ln: ln.product_id == product):
            open_copies = sale_line._get_undelivered_copies()
            if product.uom_id.compare(open_copies, quantity) >= 0:
                return sale_line
        return None

    def _get_pairs(self, line, product):
        """Deliveries and lots of the title, the lot that the reader names first."""
        pairs = []
        for move in self.batch.deliveries[self.order]:
            if move.product_id == product:
                pairs += [(move, lot) for lot in self.batch.lots_of[move]]

        def rank(pair):
            lot = pair[1]
            named = bool(line.get("lot")) and lot.name == line["lot"]
            same_impression = bool(line.get("impression")) and lot.impression == line["impression"]
            return (-named, -same_impression, pair[0].date, lot.id)

        return sorted(pairs, key=rank)

    def _spread(self, common, quantity, pairs, product):
        vals_list, rest = [], quantity
        for move, lot in pairs:
            claimable = self.batch.claimable[move, lot, common["volume_id"]]
            taken = min(rest, claimable)
            if product.uom_id.compare(taken, 0.0) > 0:
                vals_list.append(self._get_line_vals(common, move, lot, taken))
                rest -= taken
        if product.uom_id.compare(rest, 0.0) > 0:
            self._refuse_over_claim(product, quantity, quantity - rest)
            return [self._get_line_vals(common, *pairs[0], quantity)]
        return vals_list

    def _refuse_over_claim(self, product, quantity, claimable):
        self.refuse(
            "over_claimed",
            "lines.quantity",
            self.env._(
                "%(quantity)g copies of “%(title)s” are claimed, order %(order)s has "
                "%(claimable)g that can still be.",
                quantity=quantity,
                title=product.display_name,
                order=self.order.name,
                claimable=claimable,
            ),
        )

    def _get_line_vals(self, common, move, lot, quantity):
        return {
            **common,
            "delivery_move_id": move.id,
            "sale_line_id": move.sale_line_id.id,
            "lot_id": lot.id,
            "quantity": quantity,
        }

    # -- values --------------------------------------------------------
    def prepare_ticket_vals(self):
        """Return the values of the case with its lines."""
        vals = self.vals
        reader = vals.get("reader") or {}
        partner = self.batch.get_partner(self)
        return {
            "is_aftersales": True,
            "company_id": self.company_id,
            "name": vals.get("subject") or self.case_type.name,
            "description": plaintext2html(vals.get("description") or ""),
            "case_type_id": self.case_type.id,
            "channel_id": self.channel.id,
            "external_ref": self.external_ref,
            "platform_order_ref": vals.get("platform_order_ref"),
            "partner_id": partner.id,
            "partner_name": reader.get("name") or partner.name or self.order_ref,
            "partner_email": email_normalize(reader.get("email") or "") or partner.email,
            "sale_order_id": self.order.id,
            "wish_id": self.batch.remedies.get(vals.get("wish"), self.batch.no_remedy).id,
            "line_ids": [Command.create(line) for line in self.line_vals],
        }

    def get_proofs(self):
        """Return ``{kind of proof: [attachment values, …]}``; checked by ``check_shape``."""
        files = defaultdict(list)
        for file in self.vals.get("proofs") or []:
            proof = self.batch.proofs.get(file.get("kind")) or self.batch.any_proof
            files[proof].append({"name": file.get("name") or "proof", "datas": file["datas"]})
        return files


class IntakeBatch:
    """All items of one submission and what they refer to."""

    def __init__(self, env, vals_list):
        self.env = env
        self.no_channel = env["helpdesk.ticket.channel"]
        self.no_order = env["sale.order"]
        self.no_type = env["aftersales.case.type"]
        self.no_remedy = env["aftersales.remedy"]
        self.items = [IntakeItem(self, vals) for vals in vals_list]
        for item in self.items:
            item.check_shape()
        self._find_references()
        for item in self.sound_items:
            item.check_references()
        self._find_partners()

    @property
    def sound_items(self):
        return [item for item in self.items if not item.result]

    def _find_references(self):
        self.channels = self._by("helpdesk.ticket.channel", "name", "channel")
        self.channels.update({channel.id: channel for channel in self.channels.values()})
        self.case_types = self._by("aftersales.case.type", "code", "case_type")
        self.remedies = self._by("aftersales.remedy", "code", "wish")
        self.proofs = {p.code: p for p in self.env["aftersales.proof"].search([])}
        self.any_proof = next(iter(self.proofs.values()), self.env["aftersales.proof"])
        self.defects = {d.code: d for d in self.env["aftersales.defect"].search([])}
        self._find_existing()
        self._find_products()
        self._find_orders()
        self._find_deliveries()

    def _by(self, model, field, key):
        values = {item.vals.get(key) for item in self.items} - {None, False, ""}
        found = self.env[model].search([(field, "in", [v for v in values if isinstance(v, str)])])
        return {record[field]: record for record in found}

    def _find_existing(self):
        """The same reference again is the same case, also within one submission."""
        keyed = [item for item in self.sound_items if item.external_ref]
        existing = self.env["helpdesk.ticket"].search(
            [
                ("is_aftersales", "=", True),
                ("external_ref", "in", [item.external_ref for item in keyed]),
            ]
        )
        tickets = {(t.company_id.id, t.channel_id.id, t.external_ref): t for t in existing}
        first = {}
        for item in keyed:
            if item.key in tickets:
                item.point_to(tickets[item.key])
            else:
                item.same_as = first.setdefault(item.key, item)

    def _find_products(self):
        isbns = {
            normalize_isbn(str(line.get("isbn")))
            for item in self.sound_items
            for line in item.lines
        }
        products = (
            self.env["product.product"]
            .sudo()
            .with_context(active_test=False)  # out of print, still complained of
            .search(["|", ("barcode", "in", list(isbns)), ("default_code", "in", list(isbns))])
        )
        self.products = {}
        for product in products:
            self.products.setdefault(normalize_isbn(product.default_code), product)
            self.products[normalize_isbn(product.barcode)] = product

    def _find_orders(self):
        refs = list({item.order_ref for item in self.sound_items if item.order_ref})
        orders = self.env["sale.order"].search(
            [
                ("state", "=", "sale"),
                "|",
                ("name", "in", refs),
                ("client_order_ref", "in", refs),
            ]
        )
        self.orders = {}
        for order in orders:
            for ref in (order.client_order_ref, order.name):
                if ref in refs:
                    self.orders[order.company_id.id, ref] = order

    def _find_deliveries(self):
        """Done deliveries of the orders, their lots, and what is still claimable."""
        orders = self.env["sale.order"].union(*self.orders.values())
        Move = self.env["stock.move"].sudo()
        of_orders = Domain("sale_line_id.order_id", "in", orders.ids)
        moves = Move.search(of_orders & Move._get_delivered_domain())
        self.deliveries = defaultdict(list)
        self.lots_of = defaultdict(list)
        for move in moves:
            self.deliveries[move.sale_line_id.order_id].append(move)
            self.lots_of[move] = list(dict.fromkeys(ml.lot_id for ml in move.move_line_ids))
        titles = self.env["product.product"].union(*(move.product_id for move in moves))
        none = self.env["aftersales.set.volume"]
        volumes = {title: [none, *title.aftersales_volume_ids] for title in titles}
        claims = [
            (move, lot, volume)
            for move, lots in self.lots_of.items()
            for lot in lots
            for volume in volumes[move.product_id]
        ]
        claimable = self.env["aftersales.balance"]._get_claimable(claims)
        self.claimable = {
            (m, lot, volume.id): quantity for (m, lot, volume), quantity in claimable.items()
        }

    @staticmethod
    def get_volume(product, line):
        """Return the volume of a set that a line names, if any."""
        return product.aftersales_volume_ids.filtered(lambda v: v.name == line.get("volume"))

    # -- readers -------------------------------------------------------
    def _find_partners(self):
        emails = {
            email_normalize((item.vals.get("reader") or {}).get("email") or "")
            for item in self.sound_items
        } - {False}
        partners = (
            self.env["res.partner"]
            .sudo()
            .search([("email_normalized", "in", list(emails))], order="id desc")
        )
        self.partners = {partner.email_normalized: partner for partner in partners}
        self.named_partner_ids = [item.vals.get("partner_id") for item in self.sound_items]

    def get_partner(self, item):
        """The reader: named, found by mail, created, or of the order.

        A platform order never gives its partner: that is the platform, not the
        reader (R1.7).
        """
        partner_id = item.vals.get("partner_id")
        if partner_id:
            partner = self.env["res.partner"].browse(partner_id)
            return partner.with_prefetch(filter(None, self.named_partner_ids))
        reader = item.vals.get("reader") or {}
        email = email_normalize(reader.get("email") or "")
        if email:
            if email not in self.partners:
                self.partners[email] = (
                    self.env["res.partner"]
                    .sudo()
                    .create(
                        {
                            "name": reader.get("name") or email,
                            "email": email,
                            "phone": reader.get("phone"),
                        }
                    )
                )
            return self.partners[email]
        if item.vals.get("platform_order_ref"):
            return self.env["res.partner"]
        return item.order.partner_id
