"""Which lines are paid, what a pass takes off a membership; when a mail goes out by itself, and again. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from billing.enums import NoticeKind, PaymentMethod
from billing.tax import BASE, Item, tax_lines
from flexspace.core.roles import Role

# Money that is written down later than this is book-keeping: its payer has gone home and expects no mail. After a
# database was restored from a backup, old payments and old mails must not go out a second time either.
TOO_OLD = timedelta(hours=24)
# A transfer's receipt is the bank statement; who wants one on paper is mailed one by hand.
WITH_RECEIPT = frozenset(
    {PaymentMethod.CARD_READER, PaymentMethod.SAVED_CARD, PaymentMethod.CARD_LINK, PaymentMethod.CASH}
)
# What Stripe can mail a receipt for; and the money that somebody brought who is still there, so that they may yet say
# where the receipt goes, or that they want none.
WITH_STRIPE = frozenset({PaymentMethod.CARD_READER, PaymentMethod.SAVED_CARD, PaymentMethod.CARD_LINK})
IN_PERSON = frozenset({PaymentMethod.CARD_READER, PaymentMethod.CASH})
TO_CHOOSE = timedelta(seconds=20)
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 20, 60, 240))
# A mail server answers in seconds. Who has not reported for this long was killed while it handed the mail over.
UNSURE_AFTER = timedelta(minutes=10)


def paid_in_full(grosses: Sequence[int], paid: int) -> list[bool]:
    """Return for each line (what it costs with tax, in minor units) whether ``paid`` pays all of it.

    Money goes to the lines in order, so a part payment pays the first ones. What lines take off the invoice (less
    than nothing) counts once the rest of it is paid: before that it would give what nobody has paid a cent for. A line
    that costs nothing is always paid.
    """
    left = paid - sum(gross for gross in grosses if gross < 0) if paid >= sum(grosses) else paid
    found = []
    for gross in grosses:
        found.append(gross <= 0 or gross <= left)
        left -= max(0, gross)
    return found


def percent_paid(paid: int, billed: int) -> int | None:
    """Return how many whole per cent of what was billed are paid, both in minor units; None when nothing was billed.

    Every page that says how far a month is paid goes by this: money that came, however it came, of what was asked for.
    """
    return min(100, 100 * paid // billed) if billed else None


def credit(paid: Item, first: Item, *, included: bool, step: int) -> int:
    """Return how much a line taxed like ``paid`` takes off ``first``, as its price is typed (``included``: with tax).

    It is what was paid, and never more than ``first`` costs with tax: together they come to nothing or more.
    """
    if included:
        return min(paid.amount, first.amount)
    [alone] = tax_lines([first], included=False, step=step)
    without_tax = alone.gross * BASE // (BASE + paid.basis_points) // step * step
    off = min(paid.amount, without_tax + step)
    while off > 0 and _together(first, paid, off, step) < 0:  # two steps at most: rounding
        off -= step
    return off


def _together(first: Item, paid: Item, off: int, step: int) -> int:
    items = [first, Item(-off, paid.tax_name, paid.basis_points)]
    return sum(part.gross for part in tax_lines(items, included=False, step=step))


def receipts_by_itself(
    *, method: PaymentMethod, received_at: datetime, now: datetime, ours: bool, stripes: bool, allocated: bool
) -> tuple[NoticeKind, ...]:
    """Return the receipts of a payment that are mailed without anybody asking: ours, Stripe's, both or none.

    ``ours`` and ``stripes`` are the location's switches. Money that paid nothing is a manager's.
    """
    if not allocated or method not in WITH_RECEIPT or now - received_at >= TOO_OLD:
        return ()
    wanted = {NoticeKind.RECEIPT: ours, NoticeKind.STRIPE_RECEIPT: stripes and method in WITH_STRIPE}
    return tuple(kind for kind, on in wanted.items() if on)


def receipt_leaves_at(method: PaymentMethod, now: datetime) -> datetime:
    """Return when the receipt of a payment that is booked ``now`` goes out: not before its payer could say where to."""
    return now + TO_CHOOSE if method in IN_PERSON else now


class RefundRight(StrEnum):
    """Whether somebody may let money go back."""

    OK = "ok"
    NEVER = "never"  # the role does not refund
    NOT_TODAY = "not_today"  # the front desk gives back what came the same day
    ABOVE = "above"  # above the role's limit
    PASSWORD = "password"  # noqa: S105  (above the managers' limit: an admin types the password again)


def refund_right(
    role: str, amount: int, *, desk_limit: int, manager_limit: int, same_day: bool, confirmed: bool
) -> RefundRight:
    """Return whether ``role`` may let ``amount`` (minor units) of a payment go back, with what went back before.

    ``same_day``: it came today. ``confirmed``: the person typed the password a moment ago; a program never does.
    """
    if role == Role.ADMIN:
        return RefundRight.OK if confirmed or amount <= manager_limit else RefundRight.PASSWORD
    if role == Role.MANAGER:
        return RefundRight.OK if amount <= manager_limit else RefundRight.ABOVE
    if role != Role.FRONT_DESK:
        return RefundRight.NEVER
    if amount > min(desk_limit, manager_limit):
        return RefundRight.ABOVE
    return RefundRight.OK if same_day else RefundRight.NOT_TODAY


def next_try(tries: int, now: datetime) -> datetime | None:
    """Return when a mail that the server did not take is tried again after ``tries`` tries; None: never by itself."""
    return now + PAUSES[tries - 1] if 0 < tries <= len(PAUSES) else None


def is_stale(due_at: datetime, now: datetime) -> bool:
    """Return whether a mail that was due at ``due_at`` lay so long that only a person may still send it."""
    return now - due_at >= TOO_OLD
