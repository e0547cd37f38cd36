"""What can be sold at the counter now: price with tax, key, and the seats that are left."""

from dataclasses import dataclass
from datetime import date, datetime

from billing.tax import Item, tax_lines
from flexspace.core.models import Location
from flexspace.core.money import Money, step
from members.enums import DayPart, ProductKind
from members.explain.passes import left_words
from members.models import Plan, Product
from members.passes import COUNTER_KEYS, Seats, part_at
from members.queries.passes import next_free_day, seats_on

KINDS = list(ProductKind)  # what people come for stands first


@dataclass(frozen=True, slots=True)
class Offer:
    """A product on the shelf. ``day`` is the day it would be sold for; ``full``: that day has no seat any more.

    ``next_free`` is the day to offer instead.
    """

    product: Product
    price: Money | None
    key: str
    part: DayPart
    day: date | None
    left: str = ""
    full: bool = False
    next_free: date | None = None

    @property
    def is_dated(self) -> bool:
        """Return whether it is a pass for one day."""
        return self.product.kind in (ProductKind.DAY_PASS, ProductKind.HALF_DAY)


def shelf(place: Location, *, now: datetime) -> list[Offer]:
    """Return what is sold at ``place``, in its order. The number of queries does not grow with the products."""
    today = place.today(now)
    rows = Product.objects.active().filter(location=place)
    products = list(rows.select_related("location", "tax_rate__successor").prefetch_related("prices"))
    if not products:
        return []
    seats = seats_on(place, today, now=now)
    half = part_at(now.astimezone(place.zone))
    free = {
        part: next_free_day(place, after=today, part=part, now=now) if seats.is_full(part) else None
        for part in {DayPart.FULL, half}
    }
    products.sort(key=lambda product: (product.position, KINDS.index(ProductKind(product.kind)), product.name))
    return [_offer(product, today, half if product.is_half else DayPart.FULL, seats, free) for product in products]


def _offer(product: Product, today: date, part: DayPart, seats: Seats, free: dict[DayPart, date | None]) -> Offer:
    price, key = price_with_tax(product, today), product.shortcut.upper()
    key = "" if key in COUNTER_KEYS else key
    if product.kind == ProductKind.SERVICE:
        return Offer(product, price, key, DayPart.FULL, None)
    full = seats.is_full(part)
    if product.kind == ProductKind.PACK:  # good for any day; its buyer comes in with it when there is room
        return Offer(product, price, key, part, None if full else today)
    return Offer(product, price, key, part, today, left_words(seats, part), full, free.get(part))


def price_with_tax(item: Product | Plan, day: date) -> Money | None:
    """Return what a buyer pays for one product, or for a whole period of a plan; None when it has no price yet."""
    price, place = item.price_on(day), item.location
    if price is None or place.tax_included or not item.tax_rate:
        return price
    rate = item.tax_rate.on(day)
    [taxed] = tax_lines([Item(price.amount, rate.name, rate.basis_points)], included=False, step=step(price.currency))
    return Money(taxed.gross, price.currency)
