"""Whether a reader can take a card for a location now, and the sentence why not."""

from flexspace.core.errors import Conflict, DomainError
from terminal import explain
from terminal.data import TERMINAL_CURRENCIES
from terminal.models import Attempt, Reader
from terminal.queries import reader_holder


class ReaderInUse(Conflict):
    """The reader belongs to another attempt: ``holder``."""

    def __init__(self, holder: Attempt) -> None:
        super().__init__(explain.busy_sentence(holder), code="reader_in_use")
        self.holder = holder


def check_reader(reader: Reader, *, location_id: int, currency: str) -> None:
    """Raise DomainError with what to do when ``reader`` cannot work for a location and currency, else nothing.

    Raises ReaderInUse while it belongs to another attempt.
    """
    place = reader.stripe_location
    if reader.gone_at:
        raise DomainError(explain.READER_GONE.format(reader=reader), code="reader_gone")
    if place is None or place.gone_at:
        raise DomainError(explain.STRIPE_LOCATION_GONE.format(reader=reader), code="stripe_location_gone")
    if place.location_id is None:
        raise DomainError(explain.STRIPE_LOCATION_UNMAPPED.format(place=place), code="stripe_location_unmapped")
    if place.location_id != location_id:
        raise DomainError(explain.READER_ELSEWHERE.format(reader=reader, place=place.location), code="reader_elsewhere")
    if TERMINAL_CURRENCIES.get(place.country) != currency:
        raise DomainError(
            explain.WRONG_CURRENCY.format(
                reader=reader, country=place.country, currency=currency,
                local=TERMINAL_CURRENCIES.get(place.country, "no currency"),
            ),
            code="currency_not_local",
        )  # fmt: skip
    holder = reader_holder(reader)
    if holder:
        raise ReaderInUse(holder)
