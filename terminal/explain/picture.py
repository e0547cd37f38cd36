"""What a picture of the charge screen is made of, and how the reader beside it is drawn."""

from typing import NamedTuple

DRAWINGS = {
    "waiting": ("waiting", ""),  # what its reader invites to do, by what it is for
    "card": ("read", "Please wait"),
    "frozen": ("checking", "Not certain"),
    "paid": ("paid", "Thank you"),
    "paid_not_kept": ("paid", "Thank you"),
    "paid_late": ("paid", "Thank you"),
    "kept": ("paid", "Thank you"),
    "given_back": ("paid", "Thank you"),
    "not_kept": ("declined", "Cannot be kept"),
    "declined": ("declined", "Declined"),
    "bank_declined": ("declined", "Declined"),
    "customer_canceled": ("idle", "Cancelled"),
    "checking": ("checking", "Not certain"),
    "canceling": ("checking", "Cancelling"),
    "not_shown": ("off", "Not shown"),
    "refused": ("off", "Not reached"),
}
# The keys that a screen may offer. KEEP asks for a card on the same reader, under the consent that was given.
RETRY, SEND, OTHER, CANCEL, CASH, NEW = "retry", "send_again", "other_reader", "cancel", "cash", "new"
LINK, KEEP, CARD_LINK = "link", "keep", "card_link"


class Picture(NamedTuple):
    """``name`` chooses the drawing, ``tone`` its colour (live, quiet, warn, bad, good); ``actions`` are keys.

    ``warning`` is what must be said besides, although all went well.
    """

    name: str
    tone: str
    title: str
    sentence: str
    say: str
    actions: tuple[str, ...]
    warning: str = ""
