"""What an attempt becomes, given what Stripe shows: total and pure.

Webhook, poll, button and sweep all read Stripe and call ``decide``; none of them has an opinion of its own.
"""

from dataclasses import dataclass, field

from terminal.enums import LIVE, AttemptState, FlagKind, IntentStatus, ReaderPicture

S, I, R = AttemptState, IntentStatus, ReaderPicture  # noqa: E741
CONNECTION_ERROR = "connection_error"
AUTHENTICATION_REQUIRED = "authentication_required"
FAILED_AT_READER = "failed_at_reader"  # a cause: a card was presented, or cancel pressed, and nothing came of it


@dataclass(frozen=True, slots=True)
class AttemptView:
    """What ``decide`` needs of our row. ``amount`` is minor units of ``currency`` (upper case), None to keep a card.

    ``nobody_there`` says that a saved card is charged: a no is the end, because no other card can be presented.
    """

    state: AttemptState
    unanswered: int
    holds_reader: bool
    amount: int | None
    currency: str
    livemode: bool
    flags: frozenset[FlagKind] = frozenset()
    nobody_there: bool = False


@dataclass(frozen=True, slots=True)
class IntentView:
    """A PaymentIntent, or a SetupIntent without amounts, as read from Stripe: minor units, ``currency`` upper case.

    ``generated_card`` is the PaymentMethod that may be charged later, never the one that was presented; empty when
    the card gave none. ``wallet`` says that a phone or watch was presented. ``receipt`` is what card networks want on
    a receipt, in pairs of Stripe's name and value.
    """

    id: str
    status: IntentStatus
    amount: int
    amount_received: int
    currency: str
    livemode: bool
    payment_method_types: tuple[str, ...] = ()
    charge_id: str = ""
    charge_created: int = 0  # Unix seconds, Stripe's clock
    card_brand: str = ""
    card_last4: str = ""
    error_code: str = ""
    decline_code: str = ""
    advice_code: str = ""
    generated_card: str = ""
    wallet: str = ""
    receipt: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ReaderView:
    """A reader's action slot, seen from one attempt."""

    picture: ReaderPicture
    failure_code: str = ""
    api_code: str = ""
    decline_code: str = ""


UNREADABLE = ReaderView(R.UNREADABLE)


@dataclass(frozen=True, slots=True)
class Transition:
    """Where the attempt goes. ``absorbs`` marks what is final at Stripe and applies to any version of the row."""

    to: AttemptState
    cause: str
    holds_reader: bool = False
    absorbs: bool = False
    code: str = ""
    decline_code: str = ""
    flags: tuple[FlagKind, ...] = field(default=())


def decide(attempt: AttemptView, intent: IntentView, reader: ReaderView) -> Transition | None:
    """Return the transition that the two snapshots call for, or None when nothing changes.

    ``reader`` must have been read before ``intent``, so that the intent is never older than the picture.
    """
    if intent.status is I.SUCCEEDED:
        return _success(attempt, intent)
    if intent.status is I.CANCELED:
        return _canceled(attempt, intent)
    if intent.status is I.REQUIRES_CAPTURE:
        return _authorised_only(attempt)
    if attempt.nobody_there and attempt.state is S.CREATED:
        return _refused_by_bank(intent)
    if attempt.state in (S.DISPATCHING, S.UNKNOWN):
        return _seen(attempt, reader)
    if attempt.state is S.WAITING:
        return _waiting(attempt, intent, reader)
    return None


def _success(attempt: AttemptView, intent: IntentView) -> Transition | None:
    """Book from every state: money that came is never turned away, only flagged when it was not expected."""
    keeps_only = attempt.amount is None
    if attempt.state is S.SUCCEEDED or (intent.amount_received <= 0 and not keeps_only):
        return None
    flags = []
    if attempt.state not in LIVE:
        flags.append(FlagKind.LATE_SUCCESS)
    if keeps_only:
        pass
    elif intent.currency != attempt.currency:
        flags.append(FlagKind.CURRENCY_DIFFERS)
    elif intent.amount_received != attempt.amount:
        flags.append(FlagKind.AMOUNT_DIFFERS)
    if intent.livemode != attempt.livemode:
        flags.append(FlagKind.LIVEMODE_DIFFERS)
    return Transition(S.SUCCEEDED, "intent_succeeded", absorbs=True, flags=tuple(flags))


def _canceled(attempt: AttemptView, intent: IntentView) -> Transition | None:
    if attempt.state not in LIVE:
        return None
    # Whoever cancelled: what a bank said before that counts as its answer.
    said = (intent.error_code, intent.decline_code) if attempt.nobody_there else ("", "")
    return Transition(S.CANCELED, "intent_canceled", absorbs=True, code=said[0], decline_code=said[1])


def _authorised_only(attempt: AttemptView) -> Transition | None:
    """An authorisation without capture is an anomaly: nothing was received, so nothing is booked; a manager looks."""
    if FlagKind.REQUIRES_CAPTURE in attempt.flags or attempt.state is S.SUCCEEDED:
        return None
    to = S.UNKNOWN if attempt.state in (S.DISPATCHING, S.WAITING) else attempt.state
    return Transition(
        to,
        "intent_requires_capture",
        holds_reader=attempt.holds_reader or to is S.UNKNOWN,
        flags=(FlagKind.REQUIRES_CAPTURE,),
    )


def _refused_by_bank(intent: IntentView) -> Transition | None:
    """The bank said no, or wants the cardholder: the intent is cancelled before anything else may be tried."""
    if intent.status is I.PROCESSING:
        return None
    code = intent.error_code
    if intent.status is I.REQUIRES_ACTION:
        code = AUTHENTICATION_REQUIRED
    return Transition(S.CANCELING, "refused_by_bank", code=code or str(intent.status), decline_code=intent.decline_code)


def _seen(attempt: AttemptView, reader: ReaderView) -> Transition | None:
    """Only being seen in progress clears the doubt; a failed action may be an older command's."""
    if reader.picture is R.OURS_IN_PROGRESS:
        return Transition(S.WAITING, "seen_on_reader", holds_reader=True)
    return None


def _waiting(attempt: AttemptView, intent: IntentView, reader: ReaderView) -> Transition | None:
    if reader.picture in (R.OURS_IN_PROGRESS, R.OURS_SUCCEEDED, R.UNREADABLE):
        return None
    if reader.picture is R.OURS_FAILED:
        return _failed_at_reader(attempt, intent, reader)
    # The prompt has left the reader (replaced, restarted at midnight) and the intent is not final.
    return Transition(S.UNKNOWN, "vanished_from_reader", holds_reader=True, code="vanished_from_reader")


def _failed_at_reader(attempt: AttemptView, intent: IntentView, reader: ReaderView) -> Transition | None:
    code = reader.api_code or reader.failure_code or intent.error_code
    if reader.failure_code == CONNECTION_ERROR:
        # The reader lost its network while the bank was asked: the charge may have gone through.
        return Transition(S.UNKNOWN, "reader_connection_error", holds_reader=True, code=CONNECTION_ERROR)
    if intent.status is not I.REQUIRES_PAYMENT_METHOD:
        return None
    return Transition(
        S.DECLINED,
        FAILED_AT_READER,
        holds_reader=attempt.unanswered > 0,  # an unanswered command may still light the reader
        code=code,
        decline_code=reader.decline_code or intent.decline_code,
    )
