"""Refunds on the statement of a sales platform, as it is downloaded: a CSV file (R6.9)."""

import csv
import io
import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

ENCODINGS = ("utf-8-sig", "gb18030")
DELIMITERS = (",", "\t", ";")
AROUND = " \t\r\n\u3000\ufeff'`\""  # what platforms and spreadsheets put around a value
SIGNS = str.maketrans("－＋．，", "-+.,", "¥￥元 \u3000\xa0")
ORDERS = {"ymd": (0, 1, 2), "dmy": (2, 1, 0), "mdy": (2, 0, 1)}


@dataclass(frozen=True)
class Columns:
    """The titles of the columns, how a date is written and whether refunds are negative."""

    number: str
    date: str
    amount: str
    date_order: str = "ymd"
    negative: bool = False


@dataclass
class Parsed:
    """What a file says: ``(number, date, amount)`` per refund; what could not be read."""

    rows: list = field(default_factory=list)
    problems: list = field(default_factory=list)  # (row in the file, what, text)
    skipped: int = 0  # rows about something else: no refund number


def parse(content, columns):
    """Read the refunds of a statement; amounts are positive where money went to the reader.

    >>> columns = Columns("退款单号", "日期", "金额", negative=True)
    >>> text = "账单,2026-11\\n退款单号,日期,金额\\n\\t88001,2026/11/2 10:30,\\"-1,065.18\\"\\n,2026/11/2,9\\n"
    >>> parsed = parse(text.encode("gb18030"), columns)
    >>> parsed.rows, parsed.skipped
    ([('88001', datetime.date(2026, 11, 2), 1065.18)], 1)
    >>> parse(b"a,b\\n1,2\\n", columns).problems
    [(0, 'header', '退款单号, 日期, 金额')]
    >>> parse(("退款单号,日期,金额\\n1.2E+17,2026-11-02,5\\n").encode(), columns).problems
    [(2, 'number', '1.2E+17')]
    """
    parsed = Parsed()
    text = decode(content)
    if text is None:
        parsed.problems.append((0, "encoding", ""))
        return parsed
    lines, places = _find_table(text, columns)
    if not places:
        titles = ", ".join((columns.number, columns.date, columns.amount))
        parsed.problems.append((0, "header", titles))
        return parsed
    for line, cells in lines:
        _read_row(parsed, line, [_get(cells, place) for place in places], columns)
    return parsed


def decode(content):
    """Return the text of a file, or None when it is no text in an encoding that is used.

    >>> decode("退款".encode("utf-8-sig")), decode("退款".encode("gb18030"))
    ('退款', '退款')
    >>> decode(bytes([0x50, 0x4B, 3, 4, 0xFF, 0xFF])) is None
    True
    """
    for encoding in ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\0" in text else text
    return None


def _find_table(text, columns):
    """Return the rows below the titles, with their place in the file; and where the columns are."""
    wanted = [columns.number, columns.date, columns.amount]
    for delimiter in DELIMITERS:
        rows = enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 1)
        for _line, cells in rows:
            titles = [_clean(cell) for cell in cells]
            if all(title in titles for title in wanted):
                return list(rows), [titles.index(title) for title in wanted]
    return [], []


def _read_row(parsed, line, values, columns):
    number, day, amount = values
    if not any(character.isdigit() for character in number):
        parsed.skipped += any(values)
        return
    if re.fullmatch(r"\d+(\.\d+)?[eE]\+?\d+", number):
        parsed.problems.append((line, "number", number))
        return
    read_day, read_amount = read_date(day, columns.date_order), read_amount_of(amount)
    if read_day is None:
        parsed.problems.append((line, "date", day))
    if read_amount is None:
        parsed.problems.append((line, "amount", amount))
    if read_day is not None and read_amount is not None:
        sign = -1 if columns.negative and read_amount else 1
        parsed.rows.append((number, read_day, sign * read_amount))


def read_date(text, order="ymd"):
    """Return the day of a date, with or without a time; None when it is none.

    >>> read_date("2026年11月2日"), read_date("20261102 08:00:00")
    (datetime.date(2026, 11, 2), datetime.date(2026, 11, 2))
    >>> read_date("02/11/2026", "dmy"), read_date("2026-13-02")
    (datetime.date(2026, 11, 2), None)
    >>> read_date("26-11-02") is None
    True
    """
    if compact := re.match(r"(\d{4})(\d{2})(\d{2})(?!\d)", text):
        parts = compact.groups()
    else:
        parts = re.findall(r"\d+", text)[:3]
        if len(parts) < 3:
            return None
        if len(parts[0]) != 4:
            parts = [parts[place] for place in ORDERS[order]]
    try:
        day = date(*map(int, parts))
    except ValueError:
        return None
    return day if day.year >= 1990 else None


def read_amount_of(text):
    """Return the amount that a text says, with thousands separators or a currency sign.

    >>> read_amount_of("¥1,234.50"), read_amount_of("（65.18）"), read_amount_of("12,5")
    (1234.5, -65.18, None)
    """
    text = text.translate(SIGNS)
    if bracketed := re.fullmatch(r"[(（](.+)[)）]", text):
        text = f"-{bracketed[1]}"
    if not re.fullmatch(r"[-+]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?", text):
        return None
    try:
        return float(Decimal(text.replace(",", "")))
    except InvalidOperation:
        return None


def _clean(cell):
    """Return a value without what spreadsheets put around it: ="88001" """
    return cell.strip(AROUND).removeprefix("=").strip(AROUND)


def _get(cells, place):
    return _clean(cells[place]) if place < len(cells) else ""
