"""What a change of a membership means in days and money, said before it is made."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from flexspace.core.money import Money
from members.calendars import ONE_DAY, Period
from members.explain.costs import day_words, days_words, every, why_words
from members.models import Plan
from members.proration import Discount, Pause
from members.terms import Bill, Billed, Terms, ending, next_bill, part_cost

_NEVER = "It never begins, and nothing is billed for it."
_SHOWN = 2  # periods a preview tells one by one


def price_words(plan: Plan, amount: int) -> str:
    """Return a price of ``plan``: "€300.00 a month", with "plus tax" where the location types prices without."""
    return f"{_money(plan, amount)} {every(plan.interval_months)}{_tax(plan)}"


def bill_words(plan: Plan, bill: Bill) -> str:
    """Return what one period costs and why: "€110.00: 11 of 30 days (20–30 Nov) at €300.00 a month"."""
    return f"{_money(plan, bill.cost.amount)}{_tax(plan)}: {_why(plan, bill)}"


def next_bill_words(plan: Plan, terms: Terms, today: date, billed: Billed) -> str:
    """Return the sentence of the next bill with all that is not billed yet, or why there is none."""
    bills = next_bill(terms, billed)
    if len(bills) == 1:
        return f"Next bill {bill_words(plan, bills[0])}"
    if bills:
        total = f"Next bill {_money(plan, sum(bill.cost.amount for bill in bills))}{_tax(plan)}"
        if len(bills) > _SHOWN:
            return f"{total}: {len(bills)} periods from {day_words(bills[0].period.start)}"
        return f"{total}: " + ", and ".join(_why(plan, bill) for bill in bills)
    if terms.ends_on:
        return "No further bill"
    return "No bill until it is resumed" if terms.paused(today) else "Nothing is billed"


def start_preview(plan: Plan, terms: Terms, billed_until: date | None = None) -> list[str]:
    """Return what starting a membership costs first and then; another system has billed it to ``billed_until``."""
    start = max(terms.starts_on, billed_until + ONE_DAY) if billed_until else terms.starts_on
    period = terms.cycle.period_containing(start)
    part = period.within(start, terms.end)
    said = [f"Billed elsewhere until {day_words(billed_until)}."] if billed_until else []
    if part is None:
        return [*said, "Nothing is billed."]
    first = Bill(part, part_cost(terms, period, part))
    then = terms.cycle.next_period(period)
    said.append(f"First bill {bill_words(plan, first)}.")
    if first.cost.days < period.days:
        said.append(f"Then {price_words(plan, terms.cost(then).amount)} from {day_words(then.start)}.")
    return said


def sale_preview(plan: Plan, terms: Terms) -> list[str]:
    """Return what is paid now when somebody signs up at the counter, and the first bill of a whole period."""
    period = terms.cycle.period_containing(terms.starts_on)
    then = terms.cycle.next_period(period)
    full = f"{price_words(plan, terms.cost(then).amount)}, from {day_words(then.start)} on"
    return [f"To pay now {bill_words(plan, Bill(period, terms.cost(period)))}.", f"First full bill {full}."]


def end_preview(plan: Plan, terms: Terms, ends_on: date, billed: Sequence[Period] = ()) -> list[str]:
    """Return what ending a membership on ``ends_on`` means; nothing is paid back by itself, and that is said.

    ``billed`` are the days that are on bills already.
    """
    if ends_on < terms.starts_on:
        done, _start = _done(billed, terms.starts_on, None)
        return ["It never begins, and nothing more is billed for it." if done else _NEVER, *done]
    end = ending(terms, ends_on)
    done, _start = _done(billed, end.unused.period.end if end.unused else ends_on + ONE_DAY, None)
    said = [f"The last day is {day_words(ends_on)}. Nothing {'more ' if done else ''}is billed for later days."]
    if end.unused:
        cost = end.unused.cost
        days = Period(cost.segments[0].start, cost.segments[-1].end)
        said.append(
            f"{days.days} of {end.unused.period.days} days ({days_words(days.start, days.last)}) are not used, worth"
            f" {_money(plan, cost.amount)}{_tax(plan)}. Where they are billed already, nothing is paid back by itself."
        )
    return [*said, *done]


def change_preview(old: tuple[Plan, Terms], new: tuple[Plan, Terms], billed: Sequence[Period] = ()) -> list[str]:
    """Return what moving from one plan to another means; ``billed`` are the days of the old one on bills already."""
    (old_plan, old_terms), (new_plan, new_terms) = old, new
    last = new_terms.starts_on - ONE_DAY
    ends = end_preview(old_plan, old_terms, last, billed)
    return [
        f"{old_plan}: {ends[0]}",
        *ends[1:],
        *(f"{new_plan}: {each}" for each in start_preview(new_plan, new_terms)),
    ]


def pause_preview(plan: Plan, terms: Terms, pause: Pause, billed: Sequence[Period] = ()) -> list[str]:
    """Return from when to when it is paused, what is billed less for it, and what is not: days in ``billed``."""
    after = replace(terms, pauses=(*terms.pauses, pause))
    done, start = _done(billed, pause.from_date, pause.until)
    said = [_paused_words(plan, pause), *done]
    if pause.until is None or start < pause.until:
        said += _compared(plan, terms, after, start, pause.until)
    if pause.until is None:
        return [*said, "Nothing is billed after that until it is resumed."]
    return [*said, f"It counts again from {day_words(pause.until)}."]


def elsewhere_preview(
    plan: Plan, terms: Terms, until: date | None, billed: Billed, here: Sequence[Period], *, today: date
) -> list[str]:
    """Return what it means on ``today`` that another system has billed to ``until`` (None: nothing).

    ``billed`` is what the bills say then; ``here`` are the days that are on bills of this system.
    """
    said = [f"Billed elsewhere until {day_words(until)}." if until else "Billed here from its first day."]
    twice = [part for each in sorted(here) if until and (part := each.within(terms.starts_on, until + ONE_DAY))]
    said += [
        f"{days_words(part.start, part.last)} is on a bill here too: draft that again, or void it when it went out."
        for part in twice
    ]
    return [*said, f"{next_bill_words(plan, terms, today, billed)}."]


def _paused_words(plan: Plan, pause: Pause) -> str:
    what = "costs nothing and lets nobody in" if plan.lets_in else "costs nothing"
    if pause.until is None:
        return f"Paused from {day_words(pause.from_date)} until somebody resumes it: it {what}."
    days = Period(pause.from_date, pause.until)
    count = "1 day" if days.days == 1 else f"{days.days} days"
    return f"Paused {days_words(days.start, days.last)}, {count}: it {what}."


def _done(billed: Sequence[Period], start: date, until: date | None) -> tuple[list[str], date]:
    """Return a sentence for each part of ``start`` to ``until`` that is on a bill, and the first day after them."""
    parts = [part for each in sorted(billed) if (part := each.within(start, until))]
    said = [
        f"{days_words(part.start, part.last)} is billed already: nothing is credited for it by itself."
        for part in parts
    ]
    return said, max((part.end for part in parts), default=start)


def discount_preview(plan: Plan, terms: Terms, discount: Discount, billed: Sequence[Period] = ()) -> list[str]:
    """Return what the first periods cost that a discount touches, with and without it, and what is billed already."""
    after = replace(terms, discounts=(*terms.discounts, discount))
    done, start = _done(billed, discount.from_date, discount.until)
    return [*done, *_compared(plan, terms, after, start, discount.until)]


def _compared(plan: Plan, before: Terms, after: Terms, start: date, until: date | None) -> list[str]:
    period = before.cycle.period_containing(max(start, before.starts_on))
    said: list[str] = []
    while len(said) < _SHOWN and (until is None or period.start < until):
        was, becomes = before.cost(period).amount, after.cost(period).amount
        days = days_words(period.start, period.last)
        less = f": {_money(plan, was - becomes)} less" if becomes < was else ""
        said.append(f"{days} costs {_money(plan, becomes)}{_tax(plan)} instead of {_money(plan, was)}{less}.")
        period = before.cycle.next_period(period)
    return said


def _why(plan: Plan, bill: Bill) -> str:
    return why_words(bill.cost, currency=plan.location.currency, interval_months=plan.interval_months)


def _money(plan: Plan, amount: int) -> str:
    return str(Money(amount, plan.location.currency))


def _tax(plan: Plan) -> str:
    return " plus tax" if plan.tax_rate and not plan.location.tax_included else ""
