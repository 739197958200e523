"""Two agents send the same missing part for the same copies (R6.1, R6.4)."""

import base64
from itertools import count

from odoo import Command

from . import steps

numbers = count(1)
PDF = base64.b64encode(b"%PDF-1.4\n%%EOF\n")


def offer_pages(house, delivery_id):
    """Give the delivered title pages to mail, and let every case about it offer them."""

    def offer(env):
        move = env["stock.move"].browse(delivery_id)
        part = env["aftersales.title.part"].create(
            {
                "product_tmpl_id": move.product_id.product_tmpl_id.id,
                "name": f"Pages {next(numbers)}",
                "document": PDF,
            }
        )
        move.sale_line_id.order_id.partner_id.email = "reader@parallel.example"
        remedy = env.ref("aftersales_publishing.aftersales_remedy_send_pages")
        case_type = env.ref("aftersales_publishing.aftersales_case_type_damaged_copy")
        case_type.remedy_ids = [Command.link(remedy.id)]
        return part.id

    return house.work(None, offer)


def agree_to_send(house, delivery_id, part_id, quantity):
    part = house.look(lambda env: env["aftersales.title.part"].browse(part_id))
    return steps.agree_on(house, "send_pages", quantity, delivery_id=delivery_id, part=part)


def count_mails(house, *cases):
    return house.look(
        lambda env: len(
            env["aftersales.resolution"]
            .browse([case.resolution_id for case in cases])
            .effect_ids.mail_ids
        )
    )


def test_two_cases_send_the_same_part(house, race):
    """Of three copies one agent sends the pages for two, the other for two: one is refused."""
    delivery_id = house.take_delivery()
    part_id = offer_pages(house, delivery_id)
    first, second = (agree_to_send(house, delivery_id, part_id, 2) for _case in range(2))
    outcomes = race(("agent", steps.execute(first)), ("colleague", steps.execute(second)))
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    assert "1 copies of delivery" in "".join(outcomes)
    assert count_mails(house, first, second) == 1


def test_one_part_is_sent_twice(house, race):
    delivery_id = house.take_delivery()
    case = agree_to_send(house, delivery_id, offer_pages(house, delivery_id), 1)
    assert race(("agent", steps.execute(case)), ("colleague", steps.execute(case))) == ("", "")
    assert count_mails(house, case) == 1
