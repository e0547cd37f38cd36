"""What customers read who follow a link, and staff who watch one."""

from terminal.enums import CardPage, PayPage

P, C = PayPage, CardPage

# Page: title, sentence. {amount}, {place} and {until} are filled in.
PAY: dict[PayPage, tuple[str, str]] = {
    P.READY: ("Pay by card", "Your payment goes straight to {place}."),
    P.OPENING: ("One moment", "The payment page is being opened."),
    P.OPEN: ("Almost there", "The payment page is open. It asks for your card and then brings you back here."),
    P.CLOSING: ("One moment", "{place} has just chosen another way to take this payment."),
    P.ELSEWHERE: (
        "Being paid right now",
        "This invoice is being paid another way at this moment, so it cannot be paid here too.",
    ),
    P.CHECKING: ("Checking", "We are asking Stripe what became of the payment. Do not pay again."),
    P.PAID: ("Paid, thank you", "There is nothing left to pay."),
    P.VOID: ("Nothing to pay", "{place} has withdrawn this invoice."),
    P.NO_CARDS: ("Not by card", "This invoice cannot be paid by card online. Please ask {place}."),
    P.NOT_OPENED: ("Not opened", "The payment page could not be opened, so nothing was charged. Please ask {place}."),
    P.TOO_OLD: ("This link is too old", "Please ask {place} for a new one."),
}  # fmt: skip
CARD: dict[CardPage, tuple[str, str]] = {
    C.READY: ("Add your card", "Read what you agree to, then add your card on the next page."),
    C.OPEN: ("Almost there", "The card page is open. It asks for your card and then brings you back here."),
    C.CHECKING: ("Checking", "We are asking Stripe whether your card was added."),
    C.DONE: ("Your card is added", "{card} is kept at Stripe for {place}. Nothing was charged."),
    C.WITHDRAWN: ("This link was withdrawn", "Please ask {place} for a new one."),
    C.NOT_OPENED: ("Not opened", "The card page could not be opened. Please ask {place}."),
    C.TOO_OLD: ("This link is too old", "Please ask {place} for a new one."),
}
WAITING = frozenset({P.OPENING, P.CLOSING, P.CHECKING, C.CHECKING})
AGAIN = WAITING | {P.ELSEWHERE, P.NOT_OPENED, C.NOT_OPENED}


def pay_words(page: PayPage, *, place: str) -> tuple[str, str]:
    """Return title and sentence of a pay link's page."""
    title, sentence = PAY[page]
    return title, sentence.format(place=place)


def card_words(page: CardPage, *, place: str, card: str = "") -> tuple[str, str]:
    """Return title and sentence of a card link's page."""
    title, sentence = CARD[page]
    return title, sentence.format(place=place, card=card or "Your card")
