"""What staff see of an attempt that is paid on a page of Stripe's."""

from terminal.enums import AttemptState
from terminal.explain.picture import CANCEL, CASH, LINK, NEW, OTHER, Picture
from terminal.models import Attempt

S = AttemptState


def payment_page(attempt: Attempt, state: AttemptState) -> Picture:
    """Return the picture of a payment page that is being opened, is open, is being closed or was closed."""
    if state is S.RESERVED:
        return Picture(
            "preparing", "live", "Opening the payment page", "The customer has followed a link.", "", (CANCEL,)
        )
    if state is S.CANCELING:
        text = "Closing the payment page at Stripe. If a card was just typed there, it may still be paid."
        return Picture("canceling", "warn", "Closing the page", text, "", ())
    if state is S.CANCELED:
        text = "The payment page is closed. Nothing was charged."
        return Picture("canceled", "quiet", "Not paid", text, "", (NEW, LINK, CASH))
    text = f"The customer has opened a payment page for {attempt.money}. Nothing has been charged so far."
    if attempt.card_at:
        text = f"A card was typed on the payment page for {attempt.money}. Stripe is asked what became of it."
    return Picture("link_open", "live", "Paying by link", text, "", (OTHER, CASH, CANCEL))
