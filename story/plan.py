"""What will happen in each case: what the desks find, what readers answer, which parcels come.

The story needs no other memory: what was done already it reads from the database.
"""

from dataclasses import dataclass, field


@dataclass
class Plan:
    """One case, and what must have come of it in the end."""

    phase: str = "done"  # in the end
    refund: str = "0.00"  # paid out or set off in the end
    remedies: tuple = ()  # proposed one after the other
    party: str = "printer"
    reason: str = ""
    answer: str = ""  # of an enquiry
    sends_proof: bool = True  # when asked for what is missing
    advance: bool = False  # the replacement leaves first
    declines: int = 0  # proposals that the reader declines
    cancels: str = ""  # why the first remedy is cancelled after it was agreed
    parcels: tuple = ()  # copies in each parcel; empty: all in one
    grades: tuple = ("defective",)  # copy by copy, the last one for all others
    disposition: str = ""  # empty: as the grade suggests
    overruled: str = ""  # why the claim is accepted against the inspection
    upheld: str = ""  # why it is not
    refused: str = ""  # why finance refuses the first refund
    options: dict = field(default_factory=dict)  # of the proposal
    binder: str = ""  # partner who repairs the copies; empty: the house
    platform_paid: dict = field(default_factory=dict)  # what the platform paid back by itself


EXCHANGE, RETURN, REFUND = "exchange", "return_refund", "refund_only"
PLANS = {
    "TSSH-20137": Plan(
        remedies=(EXCHANGE,), reason="Signature 9 is missing; two file copies show the same."
    ),
    "TSSH-20274": Plan(
        remedies=(EXCHANGE,), reason="Ink smudged while the sheets were wet.", parcels=(2, 1)
    ),
    "TSSH-20411": Plan(
        remedies=(EXCHANGE,), advance=True, party="binder", reason="The glue did not hold."
    ),
    "TSSH-20548": Plan(
        remedies=(RETURN,),
        refund="39.15",
        party="warehouse",
        reason="Packed without padding.",
        grades=("hurt",),
    ),
    "TSSH-20685": Plan(
        remedies=(RETURN,),
        refund="396.00",
        reason="Torn at the fold, wrap whole: bound so.",
        disposition="pulp",
    ),
    "TSSH-20822": Plan(
        remedies=(REFUND,), refund="49.80", party="carrier", reason="No proof of delivery."
    ),
    "TSSH-20959": Plan(
        remedies=("guidance",),
        answer="Tap the globe at the top right of the page: it switches the map to English.",
    ),
    "TSSH-21096": Plan(
        remedies=(EXCHANGE,),
        reason="The photo shows a fold at page 56.",
        grades=("as_new",),
        overruled="Page 56 was opened and flattened; the photo of the reader shows the fold.",
    ),
    "TSSH-21233": Plan(
        remedies=(RETURN,),
        refund="42.00",
        party="carrier",
        reason="Water stains on the parcel.",
        grades=("defective", "reader_damage"),
        upheld="Red wine on the second copy; the reader was told and agrees.",
    ),
    "TSSH-21370": Plan(phase="refused"),  # five of two
    "TSSH-21507": Plan(phase="refused"),  # unknown order
    "TSSH-21918": Plan(
        remedies=(REFUND, RETURN),
        refund="196.00",
        party="carrier",
        reason="The carrier's own report names the crushed box.",
        refused="Above 100 without the copies: let them come back first.",
        cancels="finance wants the copies back",
    ),
    "TSSH-22055": Plan(
        remedies=((EXCHANGE, RETURN),), refund="42.00", reason="Signatures mixed up in gathering."
    ),
    "TSSH-22192": Plan(phase="waiting_proof", sends_proof=False),
    "TSSH-22329": Plan(
        remedies=(EXCHANGE, RETURN),
        refund="198.00",
        reason="Cyan too strong from page 40 on.",
        cancels="the reader saw the other run in a shop and does not want it either",
    ),
    "TSSH-22466": Plan(phase="refused"),  # that title was not in the order
    "TSSH-22603": Plan(
        remedies=(EXCHANGE, RETURN), refund="79.60", declines=1, reason="Covers put on askew."
    ),
    "TSSH-22740": Plan(
        remedies=(RETURN,),
        refund="78.30",
        party="warehouse",
        reason="The same parcel as before.",
        grades=("hurt",),
    ),
    "TSSH-22877": Plan(
        remedies=("compensation",),
        refund="9.96",
        party="warehouse",
        reason="Strapped too tightly.",
        options={"percent": 20.0, "reason": "crease in the cover, the reader keeps the book"},
    ),
    "TSSH-23014": Plan(
        remedies=("ebook",), party="binder", reason="Signature 7 is missing in gathering."
    ),
    "TSSH-23151": Plan(
        remedies=("repair",),
        party="binder",
        reason="Too little glue on the spine.",
        binder="binder_mingde",
    ),
    "QHSH-00412": Plan(
        remedies=("new_edition",),
        refund="76.00",  # set off against the new edition
        party="publisher",
        reason="The page of the shop did not name the edition.",
        grades=("as_new",),
    ),
    "TSSH-23425": Plan(
        remedies=(REFUND,),
        refund="42.00",
        party="carrier",
        reason="The box was crushed.",
        platform_paid={"number": "TK-4121-0186", "amount": 42.0, "platform_share": 0.0},
    ),
}
