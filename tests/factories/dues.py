"""Facts of payers for the pure rules of a billing run: no rows."""

from datetime import date

from billing.dues.facts import Held, Payer, Tax, Used
from members.calendars import Cycle
from members.proration import Price
from members.terms import Terms

LONG_AGO = date(2020, 1, 1)
VAT = (Tax("VAT 19 %", 1900),)


def day(text):
    """Return the date "2026-11-20"."""
    return date.fromisoformat(text)


def terms(starts_on="2026-01-01", ends_on=None, *, price=30000, prices=None, cycle=None, pauses=(), discounts=()):
    """Return terms: 300.00 a calendar month unless said otherwise."""
    return Terms(
        starts_on=day(starts_on),
        ends_on=day(ends_on) if ends_on else None,
        cycle=cycle or Cycle.calendar(1),
        prices=tuple(prices or [Price(LONG_AGO, price)]),
        step=1,
        pauses=tuple(pauses),
        discounts=tuple(discounts),
    )


def held(pk=1, plan="Hot desk", *, billed=(), taxes=VAT, interval=1, previous=None, **agreed):
    """Return a membership; ``agreed`` are its terms."""
    return Held(
        membership_id=pk,
        plan=plan,
        terms=terms(**agreed),
        interval_months=interval,
        taxes=taxes,
        billed=tuple(billed),
        previous_id=previous,
    )


def used(pk=1, product="Printing", *, on="2026-11-20", quantity=1, unit=100):
    """Return something put on the next bill."""
    return Used(usage_id=pk, product=product, quantity=quantity, unit=unit, on_date=day(on), taxes=VAT)


def payer(*memberships, name="Lena Fischer", email="lena@example.com", **facts):
    """Return a payer who holds ``memberships``."""
    return Payer(name=name, email=email, held=tuple(memberships), **facts)
