"""When a saved card is charged, and what follows a bank's no. Pure; days are calendar days of the invoice's location.

The plan counts from the first try, which is the due date unless the schedule stood still: a missed day is caught up
once, and what comes after keeps its distance. A bank is asked at most four times for an invoice, by whomever.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from billing.enums import DUE_STATES, HELD_UP, BankAdvice, CollectionReason, CollectionState, InvoiceMail

S, R = CollectionState, CollectionReason
ONE_DAY = timedelta(days=1)
MAX_TRIES = 4
MAX_SPAN = 21  # days from the first try to the last
MAIL_PATIENCE = timedelta(days=2)  # how long a charge waits for the invoice's mail before staff are asked

# Declines without advice that no later day will change. https://docs.stripe.com/declines/codes
HARD_DECLINES = frozenset(
    {
        "lost_card", "stolen_card", "pickup_card", "fraudulent", "merchant_blacklist", "restricted_card",
        "card_not_supported", "currency_not_supported", "revocation_of_authorization",
        "revocation_of_all_authorizations", "stop_payment_order", "transaction_not_allowed", "testmode_decline",
    }
)  # fmt: skip
WRONG_CARD_DATA = frozenset(
    {
        "expired_card", "incorrect_number", "invalid_number", "invalid_account", "invalid_expiry_month",
        "invalid_expiry_year", "new_account_information_available", "incorrect_cvc", "invalid_cvc",
    }
)  # fmt: skip
AUTHENTICATION = "authentication_required"
NOT_AT_STRIPE = "resource_missing"
CONDEMNS = (R.CARD_REFUSED, R.CARD_DATA, R.CARD_GONE)  # said of the card itself, so it holds for every invoice


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """The days of the tries, counted from the first one.

    Raises ValueError for a plan that does not start on day 0, does not go on, or asks a bank too often.
    """

    days: tuple[int, ...] = (0, 3, 7, 14)

    def __post_init__(self) -> None:
        grows = all(earlier < later for earlier, later in pairwise(self.days))
        if not self.days or self.days[0] != 0 or not grows or len(self.days) > MAX_TRIES or self.days[-1] > MAX_SPAN:
            raise ValueError(f"A plan starts on day 0, grows, and has at most {MAX_TRIES} tries in {MAX_SPAN} days.")

    @property
    def gap(self) -> timedelta:
        """Return the least distance between two tries that run by themselves."""
        gaps = [later - earlier for earlier, later in pairwise(self.days)]
        return timedelta(days=min(gaps, default=1))

    def next_try(self, *, first: date, tries: int, today: date) -> date | None:
        """Return the day of the next try after ``tries`` of them, the last one ``today``; None when that was all."""
        if tries >= len(self.days):
            return None
        day = max(first + timedelta(days=self.days[tries]), today + self.gap)
        return day if day <= first + timedelta(days=MAX_SPAN) else None


@dataclass(frozen=True, slots=True)
class Said:
    """What a bank, or Stripe, said last; all of it empty when nothing was said."""

    code: str = ""
    decline_code: str = ""
    advice: str = ""


NOTHING_SAID = Said()


@dataclass(frozen=True, slots=True)
class Card:
    """A saved card as far as it matters here. ``said`` is what was said of this card for this invoice.

    ``refused`` is why it pays no invoice at all any more, one of CONDEMNS, whichever invoice that was said for.
    ``tried`` says that a bank was asked for this invoice; ``begun`` that a charge was reserved, whatever came of it.
    """

    expired: bool = False
    tried: bool = False
    begun: bool = False
    said: Said = Said()
    refused: CollectionReason = R.NONE

    @property
    def forbidden(self) -> CollectionReason:
        """Return why it must not be asked; NONE when it may."""
        return self.refused if self.refused is not R.NONE else forbids(self.said)


@dataclass(frozen=True, slots=True)
class Case:
    """An invoice that a saved card should pay, on the day ``today``.

    ``card`` is the one that would be charged: its owner agreed and did not take that back. ``withdrawn`` says that
    there is none because its owner did. ``plan_ended`` says that it bills time after a membership's last day.
    ``mail`` is what became of the invoice's mail, which the consent promises before the charge; ``waived`` says that a
    person had it charged without. ``account`` says whether there is a Stripe account to charge through. ``reopened``
    says that what was paid went back, and nobody has asked for the money since.
    """

    today: date
    due_on: date
    state: CollectionState = S.SCHEDULED
    next_try_on: date | None = None
    first_try_on: date | None = None
    tries: int = 0
    void: bool = False
    paid: bool = False
    plan_ended: bool = False
    withdrawn: bool = False
    card: Card | None = None
    mail: InvoiceMail = InvoiceMail.SENT
    waived: bool = False
    account: bool = True
    reopened: bool = False


@dataclass(frozen=True, slots=True)
class Next:
    """Where a collection goes. ``counts`` says that a bank was asked; ``tell`` that its payer should hear of it."""

    state: CollectionState
    on: date | None = None
    reason: CollectionReason = R.NONE
    counts: bool = False
    at_desk: bool = False
    tell: bool = False


class Answer(StrEnum):
    """How a charge ended that did not bring the money."""

    DECLINED = "declined"  # the bank said no
    NOT_ACCEPTED = "not_accepted"  # Stripe refused the charge itself
    CARD_GONE = "card_gone"  # Stripe does not know the card or the customer
    NOT_ASKED = "not_asked"  # nobody was asked: a lock, a limit, a key, a person


def hindrance(case: Case) -> CollectionReason:
    """Return why the card must not be charged today; NONE when it may. Asked again right before every charge."""
    if case.void:
        return R.VOID
    if case.paid:
        return R.PAID
    if case.reopened:
        return R.REFUNDED
    if case.plan_ended:
        return R.PLAN_ENDED
    if case.today < case.due_on:
        return R.NOT_DUE
    if case.tries >= MAX_TRIES or _too_late(case):
        return R.TRIES_USED
    if not case.account:
        return R.NO_ACCOUNT
    if case.card is None:
        return R.CONSENT_WITHDRAWN if case.withdrawn else R.NO_CARD
    if case.card.expired:
        return R.CARD_EXPIRED
    why = case.card.forbidden
    return why if why is not R.NONE else _mail(case)


def _mail(case: Case) -> CollectionReason:
    """Return why the invoice's mail keeps its card from being charged: the consent says that it comes first."""
    if case.waived or case.mail is InvoiceMail.SENT:
        return R.NONE
    waits = case.mail is InvoiceMail.ON_ITS_WAY and case.today < case.due_on + MAIL_PATIENCE
    return R.MAIL_ON_ITS_WAY if waits else R.MAIL_NOT_SENT


def _too_late(case: Case) -> bool:
    """Return whether the weeks are over in which the same card is tried again."""
    tried = case.card is not None and case.card.tried and case.first_try_on is not None
    return tried and case.today > (case.first_try_on or case.today) + timedelta(days=MAX_SPAN)


def due(case: Case) -> bool:
    """Return whether the schedule should look at it today: its day has come, or a card came that was not tried.

    A charge of that card that was begun and asked nobody set a day, and that day holds. A card that has expired
    or was refused for good is no news.
    """
    planned = case.state in (S.SCHEDULED, S.RETRY) and case.next_try_on is not None
    if planned and max(case.next_try_on or case.due_on, case.due_on) <= case.today:
        return True
    card = case.card
    if card is None or card.tried or card.expired or card.forbidden is not R.NONE or case.today < case.due_on:
        return False
    waits = case.state in (S.NEEDS_CARD, S.NEEDS_AUTHENTICATION)
    return waits or (case.state is S.RETRY and case.tries > 0 and not card.begun)


def without_a_charge(case: Case, why: CollectionReason) -> Next:
    """Return what becomes of a due invoice whose card must not be charged, because of ``why``."""
    if why is R.NOT_DUE:
        return Next(case.state, max(case.due_on, case.next_try_on or case.due_on))
    if why is R.PAID:
        return Next(S.COLLECTED, reason=why)
    if why in (R.MAIL_ON_ITS_WAY, *HELD_UP):  # it stays due, and goes on by itself once that is put right
        planned = case.state in DUE_STATES
        state = case.state if planned else S.RETRY if case.tries else S.SCHEDULED
        return Next(state, (case.next_try_on if planned else None) or case.today, reason=why)
    if why is R.AUTHENTICATION:
        return Next(S.NEEDS_AUTHENTICATION, reason=why)
    if why in (R.NO_CARD, R.CARD_EXPIRED, *CONDEMNS):
        return Next(S.NEEDS_CARD, reason=why, tell=case.state is not S.NEEDS_CARD)
    return Next(S.STOPPED, reason=why, at_desk=why in (R.TRIES_USED, R.CONSENT_WITHDRAWN))


def after(case: Case, answer: Answer, said: Said = Said(), *, plan: RetryPlan = RetryPlan()) -> Next:
    """Return what follows a charge that brought no money; ``case`` is as it was before that charge."""
    if answer is Answer.NOT_ACCEPTED:
        return Next(S.STOPPED, reason=R.NOT_ACCEPTED, at_desk=True)
    if answer is Answer.CARD_GONE:
        return Next(S.NEEDS_CARD, reason=R.CARD_GONE, tell=True)
    if answer is Answer.NOT_ASKED:
        return Next(S.RETRY, case.today + ONE_DAY)
    why = forbids(said)
    if why is R.AUTHENTICATION:
        return Next(S.NEEDS_AUTHENTICATION, reason=why, counts=True, tell=True)
    if why is not R.NONE:
        return Next(S.NEEDS_CARD, reason=why, counts=True, tell=True)
    day = plan.next_try(first=case.first_try_on or case.today, tries=case.tries + 1, today=case.today)
    if day is None:
        return Next(S.STOPPED, reason=R.TRIES_USED, counts=True, at_desk=True, tell=True)
    return Next(S.RETRY, day, counts=True, tell=True)


def forbids(said: Said) -> CollectionReason:
    """Return why the same card must not be asked again; NONE where a later day may bring another answer.

    The bank's advice counts before what the code suggests.
    """
    codes = {said.code, said.decline_code}
    if AUTHENTICATION in codes:
        return R.AUTHENTICATION
    if NOT_AT_STRIPE in codes:
        return R.CARD_GONE
    if said.advice == BankAdvice.DO_NOT_TRY_AGAIN:
        return R.CARD_REFUSED
    if said.advice == BankAdvice.CONFIRM_CARD_DATA:
        return R.CARD_DATA
    if said.advice == BankAdvice.TRY_AGAIN_LATER:
        return R.NONE
    if said.decline_code in HARD_DECLINES:
        return R.CARD_REFUSED
    return R.CARD_DATA if WRONG_CARD_DATA & codes else R.NONE
