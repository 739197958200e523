import base64

from odoo import Command

from .common import ISBNS, AftersalesCommon


class WalkHouse(AftersalesCommon):
    """The house in which random walks take place: few copies, many kinds of order.

    ``cls.orders`` holds them all; ``cls.runs`` the print runs. Of the atlas there are too few
    copies for everybody.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_remedies()
        cls.atlas.invoice_policy = "order"
        cls.atlas_1 = cls._print(cls.atlas, "ATLAS-1-1", 1, 9, 31.7, cls.printer)
        cls.atlas_2 = cls._print(cls.atlas, "ATLAS-1-2", 2, 2, 29.9, cls.other_printer)
        cls.poems = cls._create_title("Three Hundred Poems", ISBNS[2], 9.99)
        cls.poems_1 = cls._print(cls.poems, "POEMS-1-1", 1, 40, 3.33, cls.printer)
        cls.poems_2 = cls._print(cls.poems, "POEMS-1-2", 2, 40, 3.1, cls.other_printer)
        cls._create_edition()
        cls._create_parts()
        cls._create_codes()
        cls._create_platform()
        cls.runs = cls.run_1 | cls.run_2 | cls.atlas_1 | cls.atlas_2 | cls.poems_1 | cls.poems_2
        cls.runs |= cls.verses_1 | cls.verses_2
        dozen = cls.env.ref("uom.product_uom_dozen")
        cls.two_runs = cls._order({cls.run_1: 3, cls.run_2: 2})
        cls.discounted = cls._order({cls.poems_1: 7}, discount=33.0)
        cls.dozen = cls._order({cls.poems_1: 12}, pay=False, product_uom_id=dozen.id, price_unit=94)
        cls.two_lines = cls._order({cls.atlas_1: 2}, {cls.atlas_1: 1}, price_unit=119.9)
        cls.unpaid = cls._order({cls.atlas_1: 2}, {cls.run_1: 1}, pay=False)
        cls.free = cls._order({cls.run_1: 2}, price_unit=0.0, pay=False)
        cls.uninvoiced = cls._order({cls.poems_1: 2}, invoice=False)
        cls.orders = cls.env["sale.order"].search([], order="id")

    @classmethod
    def _create_remedies(cls):
        """Two remedies that a house may add: part of the price, and money before the copy."""
        effects = {"allowance": ["credit"], "refund_at_once": ["return", "credit"]}
        cls.env["aftersales.remedy"].create(
            [
                {
                    "name": code,
                    "code": code,
                    "credit_share": 30.0 if code == "allowance" else 100.0,
                    "credit_after_inspection": False,
                    "effect_ids": [Command.create({"kind": kind}) for kind in kinds],
                }
                for code, kinds in effects.items()
            ]
        )
        # and every remedy for every problem
        cls.env["aftersales.case.type"].search([]).remedy_ids = False

    @classmethod
    def _create_edition(cls):
        """The poems came out anew, a little dearer: fewer copies than the old edition has."""
        cls.verses = cls._create_title("Three Hundred Poems, 2nd ed.", "9787302275800", 11.5)
        cls.verses_1 = cls._print(cls.verses, "VERSES-2-1", 1, 8, 4.1, cls.printer)
        cls.verses_2 = cls._print(cls.verses, "VERSES-2-2", 2, 3, 4.3, cls.other_printer)
        cls.env["aftersales.next.edition"].create(
            {"product_id": cls.poems.id, "next_product_id": cls.verses.id}
        )
        cls.bank = cls.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", cls.company.id)], limit=1
        )

    @classmethod
    def _create_parts(cls):
        """Pages of the novel that are printed anew, three sheets of them, and its errata."""
        pages = cls._create_title("Pages 33 to 64", ISBNS[3], 0.0)
        cls._print(pages, "PAGES-1", 1, 3, 0.8, cls.printer)
        document = base64.b64encode(b"%PDF-1.4\n%%EOF\n")
        title = {"product_tmpl_id": cls.novel.product_tmpl_id.id}
        cls.parts = cls.env["aftersales.title.part"].create(
            [
                {**title, "kind": "pages", "name": "Pages", "part_product_id": pages.id},
                {**title, "kind": "errata", "name": "Errata", "document": document},
            ]
        )

    @classmethod
    def _create_codes(cls):
        """The e-book of the novel and the access to its audio: fewer codes than readers."""
        title = {"product_tmpl_id": cls.novel.product_tmpl_id.id, "low_limit": 2}
        cls.digitals = cls.env["aftersales.digital"].create(
            [{**title, "kind": "ebook"}, {**title, "kind": "access"}]
        )
        cls.env["aftersales.digital.code"].create(
            [
                {"digital_id": digital.id, "code": f"{digital.kind}-{number}"}
                for digital in cls.digitals
                for number in range(4)
            ]
        )

    @classmethod
    def _create_platform(cls):
        """A sales platform that pays readers back by itself."""
        journal = cls.env["account.journal"].create(
            {"name": "Clearing", "type": "bank", "code": "WLK", "company_id": cls.company.id}
        )
        cls.platform = cls.env["aftersales.platform"].create(
            {"name": "Platform", "journal_id": journal.id, "company_id": cls.company.id}
        )

    @classmethod
    def _order(cls, *lines, invoice=True, pay=True, **line_vals):
        """Sell print runs, delivered, invoiced and paid unless told otherwise.

        :param lines: per order line ``{print run: copies}``
        """
        unit = cls.env["uom.uom"].browse(line_vals.get("product_uom_id")) or cls.env.ref(
            "uom.product_uom_unit"
        )
        order = cls.env["sale.order"].create(
            {
                "partner_id": cls.reader.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": next(iter(lots)).product_id.id,
                            "product_uom_qty": sum(lots.values()) * 1.0 / unit.factor,
                            **line_vals,
                        }
                    )
                    for lots in lines
                ],
            }
        )
        order.action_confirm()
        for move in order.picking_ids.move_ids:
            lots = lines[list(order.order_line).index(move.sale_line_id)]
            move._do_unreserve()
            move.move_line_ids = [cls._line_vals(move, lot, count) for lot, count in lots.items()]
        cls._validate(order.picking_ids)
        if invoice:
            cls._invoice(order, pay=pay)
        return order
