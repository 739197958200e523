"""ISBN as it is written on books, in mails and by scanners."""

from stdnum import isbn
from stdnum.exceptions import ValidationError


def normalize_isbn(text: str | None) -> str | None:
    """Return the ISBN-13 without separators, or None when it is not an ISBN.

    Ten-digit numbers are converted; the check digit is verified (ISO 2108).

    >>> normalize_isbn("978-7-02-000220-7")
    '9787020002207'
    >>> normalize_isbn(" 0-306-40615-2 ")
    '9780306406157'
    >>> normalize_isbn("978-7-02-000220-8") is None
    True
    >>> normalize_isbn("") is None and normalize_isbn(None) is None
    True
    """
    try:
        return isbn.compact(text or "", convert=True) if isbn.validate(text or "") else None
    except ValidationError:
        return None
