"""Codes are given once, whoever gives them at the same time, whatever is killed (R6.1, R13.2)."""

import base64
from itertools import count

import pytest

from odoo import Command

from . import steps
from .test_kills import killer  # noqa: F401 - a fixture

numbers = count(1)


@pytest.fixture
def pool(house):
    """Return a maker of pools: the e-book of the delivered title with so many free codes."""

    def fill(delivery_id, codes):
        def make(env):
            title = env["stock.move"].browse(delivery_id).product_id.product_tmpl_id
            env["aftersales.digital.code"].search([("state", "=", "free")]).unlink()
            digital = env["aftersales.digital"].search([("product_tmpl_id", "=", title.id)])
            digital = digital or digital.create({"product_tmpl_id": title.id, "low_limit": 2})
            env["aftersales.digital.code"].create(
                [
                    {"digital_id": digital.id, "code": f"CODE-{next(numbers)}"}
                    for _code in range(codes)
                ]
            )
            remedy = env.ref("aftersales_publishing.aftersales_remedy_ebook")
            case_type = env.ref("aftersales_publishing.aftersales_case_type_damaged_copy")
            case_type.remedy_ids = [Command.link(remedy.id)]
            partner = env["stock.move"].browse(delivery_id).sale_line_id.order_id.partner_id
            partner.email = "reader@parallel.example"
            return digital.id

        return house.work(None, make)

    return fill


def agree_on_ebook(house, delivery_id, quantity):
    def set_address(env):
        order = env["stock.move"].browse(delivery_id).sale_line_id.order_id
        order.partner_id.email = "reader@parallel.example"

    house.work(None, set_address)
    return steps.agree_on(house, "ebook", quantity, delivery_id=delivery_id)


def find_free(env, digital_id):
    codes = env["aftersales.digital"].browse(digital_id).code_ids
    return codes.filtered(lambda code: code.state == "free")


def given(house, *cases):
    """Return the codes of each case, and how many mails it got."""

    def read(env):
        effects = [
            env["aftersales.resolution"].browse(case.resolution_id).effect_ids for case in cases
        ]
        return [(e.digital_code_ids.mapped("code"), len(e.mail_ids)) for e in effects]

    return house.look(read)


def test_two_cases_take_the_last_code(house, race, pool):
    """One reader gets it, the other agent reads that the pool is empty."""
    deliveries = [house.take_delivery() for _case in range(2)]
    digital_id = pool(deliveries[0], 2)
    cases = [agree_on_ebook(house, delivery_id, 1) for delivery_id in deliveries]
    house.work(None, lambda env: find_free(env, digital_id)[-1].unlink())
    outcomes = race(("agent", steps.execute(cases[0])), ("colleague", steps.execute(cases[1])))
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    assert "codes of" in "".join(outcomes)
    codes = [code for code, _mails in given(house, *cases)]
    assert sorted(map(len, codes)) == [0, 1]


def test_two_cases_take_different_codes(house, race, pool):
    """And whoever orders codes gets one task, not two."""
    deliveries = [house.take_delivery() for _case in range(2)]
    digital_id = pool(deliveries[0], 3)
    cases = [agree_on_ebook(house, delivery_id, 1) for delivery_id in deliveries]
    outcomes = race(("agent", steps.execute(cases[0])), ("colleague", steps.execute(cases[1])))
    assert outcomes == ("", "")
    [(first, _mails), (second, _more)] = given(house, *cases)
    assert len(first) == len(second) == 1
    assert first != second
    tasks = house.look(lambda env: len(env["aftersales.digital"].browse(digital_id).activity_ids))
    assert tasks == 1


def test_one_remedy_is_executed_twice(house, race, pool):
    delivery_id = house.take_delivery()
    pool(delivery_id, 5)
    case = agree_on_ebook(house, delivery_id, 2)
    assert race(("agent", steps.execute(case)), ("colleague", steps.execute(case))) == ("", "")
    [(codes, mails)] = given(house, case)
    assert (len(codes), mails) == (2, 1)


def test_two_cases_of_one_copy(house, race, pool):
    """The same three copies get two codes here and two there: one is refused."""
    delivery_id = house.take_delivery()
    pool(delivery_id, 9)
    cases = [agree_on_ebook(house, delivery_id, 2) for _case in range(2)]
    outcomes = race(("agent", steps.execute(cases[0])), ("colleague", steps.execute(cases[1])))
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    assert "have not got it yet" in "".join(outcomes)


def test_whose_worker_is_killed(house, killer, sound, pool):  # noqa: F811
    """Killed on the way and before the commit, then done: one code for each copy, one mail."""
    delivery_id = house.take_delivery()
    pool(delivery_id, 9)
    case = agree_on_ebook(house, delivery_id, 2)
    killer.torment("agent", "execute", case)
    [(codes, mails)] = given(house, case)
    assert (len(codes), mails) == (2, 1)
    killer.torment("agent", "cancel", case)
    assert given(house, case) == [([], 1)]


# ----------------------------------------------------------------------
# A file: the reader downloads it by a link
# ----------------------------------------------------------------------
@pytest.fixture
def linked(house, pool):
    """Return a case whose reader got a link for one download."""
    delivery_id = house.take_delivery()
    codes_id = pool(delivery_id, 1)

    def give_as_file(env):
        codes = env["aftersales.digital"].browse(codes_id)
        codes.active = False
        env.flush_all()
        vals = {"way": "file", "file": base64.b64encode(b"PK\x03\x04"), "file_name": "novel.epub"}
        return codes.create(
            {"product_tmpl_id": codes.product_tmpl_id.id, "link_downloads": 1, **vals}
        ).id

    file_id = house.work(None, give_as_file)
    case = agree_on_ebook(house, delivery_id, 1)
    house.work("agent", steps.execute(case))
    yield case

    def give_codes_again(env):
        env["aftersales.digital"].browse(file_id).active = False
        env.flush_all()
        env["aftersales.digital"].browse(codes_id).active = True

    house.work(None, give_codes_again)


def download(case, numbers):
    """Download by the link as the reader does; the number of the download comes to a list."""

    def step(env):
        link = find_link(env, case)
        valid = link._find_valid(link.token)
        numbers.append(valid._count_download() if valid else 0)

    return step


def find_link(env, case):
    resolution = env["aftersales.resolution"].sudo().browse(case.resolution_id)
    return resolution.effect_ids.digital_link_ids


def downloads(house, case):
    return house.look(lambda env: find_link(env, case).mapped("downloads"))


def test_the_last_download_twice(house, race, linked):
    """Whoever else has the link: it is good for one download."""
    first, second = [], []
    outcomes = race((None, download(linked, first)), (None, download(linked, second)))
    assert outcomes == ("", "")
    assert sorted((first[-1], second[-1])) == [0, 1]
    assert downloads(house, linked) == [1]


def test_voided_while_the_reader_downloads(house, race_either_way, linked):
    """Voided first, nothing is downloaded any more; voided after, it says what was."""
    numbers = []
    voided, _downloaded = race_either_way(
        ("agent", steps.void_digital(linked)), (None, download(linked, numbers))
    )
    assert voided == ""
    assert downloads(house, linked) == [numbers[-1]]
    if race_either_way.mode == "late":
        assert numbers[-1] == 0


def test_a_link_whose_workers_are_killed(house, killer, sound, linked):  # noqa: F811
    killer.torment("agent", "void_digital", linked)
    state = house.look(lambda env: find_link(env, linked).mapped("is_void"))
    assert state == [True]
