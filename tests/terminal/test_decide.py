"""The whole table of the machine's judgement: 10 states × 7 intent statuses × 6 reader pictures, written by hand.

It holds for a charge and for the keeping of a card alike; only what is received, and so flagged, differs.
"""

import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.decide import AttemptView, IntentView, ReaderView, decide
from terminal.enums import AttemptState, FlagKind, IntentStatus, ReaderPicture

# One letter per reader picture, in this order.
PICTURES = ("none", "ours_in_progress", "ours_succeeded", "ours_failed", "others", "unreadable")
LETTERS = {
    ".": None,
    "P": ("succeeded", ()),  # paid
    "L": ("succeeded", ("late_success",)),
    "X": ("canceled", ()),
    "W": ("waiting", ()),
    "D": ("declined", ()),
    "U": ("unknown", ()),
    "A": ("unknown", ("requires_capture",)),  # authorised only, in doubt
    "F": ("same", ("requires_capture",)),  # authorised only, state kept
}
# state: requires_payment_method, requires_confirmation, requires_action, processing,
#        requires_capture, succeeded, canceled
TABLE = {
    "reserved":    "...... ...... ...... ...... FFFFFF PPPPPP XXXXXX",
    "created":     "...... ...... ...... ...... FFFFFF PPPPPP XXXXXX",
    "dispatching": ".W.... .W.... .W.... .W.... AAAAAA PPPPPP XXXXXX",
    "waiting":     "U..DU. U...U. U...U. U...U. AAAAAA PPPPPP XXXXXX",
    "declined":    "...... ...... ...... ...... FFFFFF PPPPPP XXXXXX",
    "unknown":     ".W.... .W.... .W.... .W.... FFFFFF PPPPPP XXXXXX",
    "canceling":   "...... ...... ...... ...... FFFFFF PPPPPP XXXXXX",
    "succeeded":   "...... ...... ...... ...... ...... ...... ......",
    "canceled":    "...... ...... ...... ...... FFFFFF LLLLLL ......",
    "failed":      "...... ...... ...... ...... FFFFFF LLLLLL ......",
}  # fmt: skip
STATUSES = (
    "requires_payment_method",
    "requires_confirmation",
    "requires_action",
    "processing",
    "requires_capture",
    "succeeded",
    "canceled",
)
CASES = [
    (state, status, picture, letter)
    for state, line in TABLE.items()
    for status, letters in zip(STATUSES, line.split(), strict=True)
    for picture, letter in zip(PICTURES, letters, strict=True)
]
HOLDERS = ("dispatching", "waiting", "unknown")


def attempt(state="waiting", **more):
    holds = state in HOLDERS
    view = AttemptView(AttemptState(state), 0, holds, amount=14500, currency="EUR", livemode=False)
    return replace(view, **more)


def intent(status="requires_payment_method", **more):
    received = 14500 if status == "succeeded" else 0
    view = IntentView("pi_1", IntentStatus(status), 14500, received, "EUR", livemode=False)
    return replace(view, **more)


def reader(picture="none", **more):
    return ReaderView(ReaderPicture(picture), **more)


def outcome(transition):
    return None if transition is None else (str(transition.to), tuple(str(flag) for flag in transition.flags))


def test_table_has_all_420_cases():
    assert len({case[:3] for case in CASES}) == 420
    assert set(TABLE) == {str(state) for state in AttemptState}
    assert set(STATUSES) == {str(status) for status in IntentStatus}
    assert set(PICTURES) == {str(picture) for picture in ReaderPicture}


KEEPING = {"amount": None}
NOTHING = {"amount": 0, "amount_received": 0}  # what a SetupIntent asks for and gets


@pytest.mark.parametrize(("asks", "gets"), [({}, {}), (KEEPING, NOTHING)], ids=["charge", "capture"])
@pytest.mark.parametrize("state", TABLE)
def test_state_goes_where_the_table_says(state, asks, gets):
    wanted, got = {}, {}
    for _state, status, picture, letter in (case for case in CASES if case[0] == state):
        to = LETTERS[letter]
        wanted[status, picture] = (state, to[1]) if to and to[0] == "same" else to
        got[status, picture] = outcome(decide(attempt(state, **asks), intent(status, **gets), reader(picture)))
    assert got == wanted


# The same for a saved card with nobody there: once the intent is known, a no is the end of it. C: cancelled at Stripe.
NOBODY_THERE = {**TABLE, "created": "CCCCCC CCCCCC CCCCCC ...... FFFFFF PPPPPP XXXXXX"}


@pytest.mark.parametrize("state", NOBODY_THERE)
def test_state_of_a_charge_with_nobody_there_goes_where_the_table_says(state):
    for status, letters in zip(STATUSES, NOBODY_THERE[state].split(), strict=True):
        for picture, letter in zip(PICTURES, letters, strict=True):
            to = ("canceling", ()) if letter == "C" else LETTERS[letter]
            wanted = (state, to[1]) if to and to[0] == "same" else to
            assert outcome(decide(attempt(state, nobody_there=True), intent(status), reader(picture))) == wanted


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        (intent(error_code="card_declined", decline_code="lost_card"), ("card_declined", "lost_card")),
        (intent("requires_action", error_code="x"), ("authentication_required", "")),
        (intent("requires_confirmation"), ("requires_confirmation", "")),
    ],
)
def test_no_of_a_bank_keeps_its_codes(said, codes):
    transition = decide(attempt("created", nobody_there=True), said, reader())
    assert (transition.to, transition.code, transition.decline_code) == ("canceling", *codes)
    assert not transition.absorbs


@pytest.mark.parametrize(("nobody_there", "codes"), [(True, ("card_declined", "lost_card")), (False, ("", ""))])
def test_what_a_bank_said_outlives_a_cancel_of_a_charge_with_nobody_there(nobody_there, codes):
    said = intent("canceled", error_code="card_declined", decline_code="lost_card")
    transition = decide(attempt("canceling", nobody_there=nobody_there), said, reader())
    assert (transition.to, transition.code, transition.decline_code) == ("canceled", *codes)


@pytest.mark.parametrize(("unanswered", "holds"), [(0, False), (1, True), (2, True)])
def test_declined_gives_up_the_reader_only_when_every_command_was_answered(unanswered, holds):
    failed = reader("ours_failed", failure_code="card_declined", api_code="card_declined", decline_code="lost_card")
    transition = decide(attempt("waiting", unanswered=unanswered), intent(), failed)
    assert (transition.to, transition.holds_reader, transition.absorbs) == ("declined", holds, False)
    assert (transition.code, transition.decline_code) == ("card_declined", "lost_card")


@pytest.mark.parametrize("status", STATUSES[:4])
def test_connection_error_is_never_a_decline(status):
    lost = reader("ours_failed", failure_code="connection_error")
    transition = decide(attempt("waiting"), intent(status), lost)
    assert (transition.to, transition.holds_reader, transition.code) == ("unknown", True, "connection_error")


@pytest.mark.parametrize("status", STATUSES[1:4])
def test_failed_action_of_an_intent_that_moves_is_not_a_decline(status):
    assert decide(attempt("waiting"), intent(status), reader("ours_failed", failure_code="card_declined")) is None


@pytest.mark.parametrize("state", [state for state in TABLE if state != "waiting"])
def test_failed_action_declines_nothing_but_an_acknowledged_command(state):
    assert decide(attempt(state), intent(), reader("ours_failed", failure_code="card_declined")) is None


def test_decline_falls_back_to_the_words_of_the_intent_with_old_reader_software():
    failed = reader("ours_failed", failure_code="card_declined")
    said = intent(error_code="card_declined", decline_code="insufficient_funds")
    transition = decide(attempt("waiting"), said, failed)
    assert (transition.code, transition.decline_code) == ("card_declined", "insufficient_funds")


@pytest.mark.parametrize(
    ("change", "flags"),
    [
        ({}, ()),
        ({"amount_received": 14499}, ("amount_differs",)),
        ({"amount_received": 16000}, ("amount_differs",)),
        ({"currency": "USD"}, ("currency_differs",)),
        ({"currency": "USD", "amount_received": 1}, ("currency_differs",)),
        ({"livemode": True}, ("livemode_differs",)),
    ],
)
def test_success_is_booked_whatever_differs_and_flagged(change, flags):
    transition = decide(attempt("waiting"), intent("succeeded", **change), reader("ours_succeeded"))
    assert (outcome(transition), transition.absorbs) == (("succeeded", flags), True)


@pytest.mark.parametrize(
    ("change", "flags"),
    [
        ({}, ()),
        ({"currency": "USD"}, ()),
        ({"amount_received": 100}, ()),
        ({"livemode": True}, ("livemode_differs",)),
    ],
)
def test_kept_card_is_flagged_for_its_mode_only(change, flags):
    seen = intent("succeeded", **{**NOTHING, **change})
    transition = decide(attempt("waiting", **KEEPING), seen, reader("ours_succeeded"))
    assert (outcome(transition), transition.absorbs) == (("succeeded", flags), True)


def test_charge_that_received_nothing_is_not_paid():
    assert decide(attempt("waiting"), intent("succeeded", amount_received=0), reader("ours_succeeded")) is None


def test_late_success_of_another_amount_has_both_flags():
    transition = decide(attempt("canceled"), intent("succeeded", amount_received=1), reader())
    assert outcome(transition) == ("succeeded", ("late_success", "amount_differs"))


def test_only_what_is_final_at_stripe_applies_to_any_version():
    seen = {
        (letter, decide(attempt(state), intent(status), reader(picture)).absorbs)
        for state, status, picture, letter in CASES
        if letter != "."
    }
    assert seen == {(letter, letter in "PLX") for letter in "PLXWDUAF"}


def test_authorisation_alone_is_flagged_once():
    seen = attempt("waiting", flags=frozenset({FlagKind.REQUIRES_CAPTURE}))
    assert decide(seen, intent("requires_capture"), reader("ours_succeeded")) is None


views = st.builds(
    AttemptView,
    state=st.sampled_from(AttemptState),
    unanswered=st.integers(0, 3),
    holds_reader=st.booleans(),
    amount=st.none() | st.integers(1, 99_999_999),
    currency=st.sampled_from(["EUR", "JPY", "KWD"]),
    livemode=st.booleans(),
    flags=st.frozensets(st.sampled_from(FlagKind)),
)
intents = st.builds(
    IntentView,
    id=st.just("pi_1"),
    status=st.sampled_from(IntentStatus),
    amount=st.integers(1, 99_999_999),
    amount_received=st.integers(0, 99_999_999),
    currency=st.sampled_from(["EUR", "JPY", "KWD"]),
    livemode=st.booleans(),
    error_code=st.sampled_from(["", "card_declined"]),
)
readers = st.builds(
    ReaderView,
    picture=st.sampled_from(ReaderPicture),
    failure_code=st.sampled_from(["", "card_declined", "connection_error", "customer_canceled", "new_code"]),
    api_code=st.sampled_from(["", "card_declined"]),
)


@given(views, intents, readers)
def test_deciding_again_after_applying_changes_nothing(view, seen, picture):
    transition = decide(view, seen, picture)
    if transition is None:
        return
    after = replace(
        view,
        state=transition.to,
        holds_reader=transition.holds_reader,
        flags=view.flags | frozenset(transition.flags),
    )
    assert decide(after, seen, picture) is None


@given(views, intents, readers)
def test_a_transition_obeys_the_rules_of_the_rows(view, seen, picture):
    transition = decide(view, seen, picture)
    if transition is None:
        return
    assert view.state != "succeeded"
    assert transition.to in ("succeeded", "canceled", "waiting", "declined", "unknown", view.state)
    assert transition.holds_reader or transition.to not in HOLDERS or transition.to == view.state
    assert (transition.to == "succeeded") == (seen.status == "succeeded")
    assert transition.to != "canceled" or "canceled" in (seen.status, view.state)


def test_decide_and_rules_import_nothing_of_django():
    code = "import sys, terminal.decide, terminal.rules; print(sorted({'django', 'stripe'} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
