"""What changes a membership's cost: pauses, discounts, and days billed elsewhere. ``until`` is the first day after."""

from datetime import date

from django.db import transaction

from flexspace.core.actors import Actor
from flexspace.core.cards import refuse_card_number
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.money import Money, step
from members.explain import day_words
from members.models import Membership, MembershipDiscount, MembershipPause
from members.services.entitlements import people_of, tell_changed
from members.services.memberships import check_running, elsewhere, lock, record


@transaction.atomic
def pause(
    *, by: Actor, membership: Membership, from_date: date, until: date | None, reason: str, today: date
) -> MembershipPause:
    """Let the days from ``from_date``, today or later, to before ``until`` (None: until resumed) cost and give nothing.

    Raises DomainError for days out of reach, and Conflict when it is paused then already or over.
    """
    row = lock(membership)
    check_running(row, today)
    if from_date < max(today, row.starts_on):
        raise DomainError("A pause begins today or later, while the membership holds.", code="date_out_of_reach")
    if row.ends_on and from_date > row.ends_on:
        raise DomainError(f"{row.plan} ends on {day_words(row.ends_on)}, before the pause.", code="date_out_of_reach")
    if until and until <= from_date:
        raise DomainError("A pause ends after its first day.", code="pause_empty")
    for other in row.pauses.all():
        if (other.until is None or other.until > from_date) and (until is None or other.from_date < until):
            raise Conflict(f"It is paused from {day_words(other.from_date)} already.", code="paused_already")
    made = row.pauses.create(from_date=from_date, until=until, reason=refuse_card_number(reason.strip()))
    after = {"from_date": from_date.isoformat(), "until": until.isoformat() if until else None}
    record("paused", by, row, after=after, reason=made.reason)
    tell_changed(people_of(row))
    return made


@transaction.atomic
def resume(*, by: Actor, membership: Membership, on: date, today: date) -> None:
    """Let the membership count again from ``on``, today or later; a pause that has not begun by then is dropped.

    Conflict when nothing is paused then.
    """
    row = lock(membership)
    if on < today:
        raise DomainError("It counts again from today or later.", code="date_in_past")
    open_ones = [each for each in row.pauses.all() if each.until is None or each.until > on]
    if not open_ones:
        raise Conflict("It is not paused then.", code="not_paused")
    found = min(open_ones, key=lambda each: each.from_date)
    before = {"from_date": found.from_date.isoformat(), "until": found.until.isoformat() if found.until else None}
    if found.from_date >= on:
        found.delete()
    else:
        found.until = on
        found.save(update_fields=["until"])
    record("resumed", by, row, before=before, after={"on": on.isoformat()})
    tell_changed(people_of(row))


@transaction.atomic
def bill_elsewhere(
    *, by: Actor, membership: Membership, billed_until: date | None, reason: str, today: date
) -> Membership:
    """Say anew what the last day is that another system has billed; None: it billed nothing.

    Days that are free by it are the next run's; what is on a bill here stays there until that is drafted again or
    void. Raises DomainError for a day that is none of the membership's, or without a reason.
    """
    row = lock(membership)
    if not reason.strip():
        raise DomainError("Say why; it is kept with the membership.", code="reason_missing")
    before, row.billed_until = row.billed_until, elsewhere(row, billed_until, today)
    if row.billed_until != before:
        row.save(update_fields=["billed_until"])
        was, becomes = ({"billed_until": day.isoformat() if day else None} for day in (before, row.billed_until))
        record("billed_elsewhere", by, row, before=was, after=becomes, reason=refuse_card_number(reason.strip()))
    return row


@transaction.atomic
def give_discount(
    *,
    by: Actor,
    membership: Membership,
    from_date: date,
    until: date | None,
    reason: str,
    today: date,
    basis_points: int | None = None,
    amount: Money | None = None,
) -> MembershipDiscount:
    """Take a share of the price (1000 is 10 %) or an amount a period off, from ``from_date`` to before ``until``.

    It may reach back to the start of the running period; a bill that is written stays. Raises DomainError for
    anything else, without a reason, and for a share and an amount at once; Conflict when the membership is over.
    """
    row = lock(membership)
    check_running(row, today)
    if (basis_points is None) == (amount is None):
        raise DomainError("Give a share or an amount.", code="discount_one")
    if not reason.strip():
        raise DomainError("Say why; it is kept with the membership.", code="reason_missing")
    earliest = max(row.starts_on, row.terms().cycle.period_containing(max(today, row.starts_on)).start)
    if from_date < earliest or (row.ends_on and from_date > row.ends_on):
        raise DomainError(f"A discount begins on {day_words(earliest)} or later.", code="date_out_of_reach")
    if until and until <= from_date:
        raise DomainError("A discount ends after its first day.", code="discount_empty")
    made = row.discounts.create(
        from_date=from_date,
        until=until,
        basis_points=_share(basis_points),
        amount=_amount(row, amount),
        reason=refuse_card_number(reason.strip()),
    )
    record("discounted", by, row, after=_facts(made), reason=made.reason)
    return made


@transaction.atomic
def end_discount(*, by: Actor, discount: MembershipDiscount, on: date, today: date) -> None:
    """Let a discount count to before ``on``, today or later; one that has not begun by then is dropped.

    Conflict when it ends by then anyway.
    """
    row = lock(discount.membership)
    found = row.discounts.filter(pk=discount.pk).first()
    if on < today:
        raise DomainError("A discount ends today or later; what is over stays as it was.", code="date_in_past")
    if not found or (found.until and found.until <= on):
        raise Conflict("That discount is over already.", code="discount_over")
    before = _facts(found)
    if found.from_date >= on:
        found.delete()
    else:
        found.until = on
        found.save(update_fields=["until"])
    record("discount_ended", by, row, before=before, after={**before, "until": on.isoformat()})


def _share(basis_points: int | None) -> int | None:
    if basis_points is not None and not 0 < basis_points <= 10_000:
        raise DomainError("A share is more than 0 and at most 100 %.", code="discount_share")
    return basis_points


def _amount(row: Membership, amount: Money | None) -> int | None:
    if amount is None:
        return None
    currency = row.location.currency
    if amount.currency != currency or amount.amount <= 0 or amount.amount % step(currency):
        raise DomainError(f"{amount} is not a discount in {currency}.", code="currency_mismatch")
    return amount.amount


def _facts(row: MembershipDiscount) -> dict[str, object]:
    return {
        "from_date": row.from_date.isoformat(),
        "until": row.until.isoformat() if row.until else None,
        "basis_points": row.basis_points,
        "amount": row.amount,
    }
