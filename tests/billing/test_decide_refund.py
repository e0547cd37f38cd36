"""What follows for a refund: every state with everything Stripe may show, as a table; and who may ask for how much."""

import pytest

from billing.decide import RefundMove, decide_refund
from billing.enums import RefundRemote, RefundState
from billing.rules import RefundRight, refund_right

S, R = RefundState, RefundRemote
COLUMNS = [R.PENDING, R.REQUIRES_ACTION, R.SUCCEEDED, R.FAILED, R.CANCELED]
# A state of ours a row, what Stripe shows a column: "-" is no news, "!" came back, "?" was taken for ended.
TABLE = {
    S.RESERVED: "pending pending succeeded failed canceled",
    S.SENT: "pending pending succeeded failed canceled",
    S.PENDING: "- - succeeded failed canceled",
    S.SUCCEEDED: "- - - failed! canceled!",
    S.FAILED: "pending? pending? succeeded? - -",
    S.CANCELED: "pending? pending? succeeded? - -",
}
CELLS = [(state, seen, cell) for state, row in TABLE.items() for seen, cell in zip(COLUMNS, row.split(), strict=True)]


def test_table_is_total():
    assert {(state, seen) for state, seen, _ in CELLS} == {(state, seen) for state in S for seen in R}


@pytest.mark.parametrize(("state", "seen", "cell"), CELLS)
def test_every_cell(state, seen, cell):
    wanted = None if cell == "-" else RefundMove(S(cell.strip("!?")), came_back="!" in cell, late="?" in cell)
    assert decide_refund(state, seen) == wanted


@pytest.mark.parametrize("state", list(S))
@pytest.mark.parametrize("seen", list(R))
def test_what_ended_at_stripe_is_not_begun_again_by_an_older_look(state, seen):
    ended = state in (S.FAILED, S.CANCELED)
    assert decide_refund(state, seen, ended_there=True) == (None if ended else decide_refund(state, seen))


@pytest.mark.parametrize("state", list(S))
@pytest.mark.parametrize("seen", list(R))
def test_the_same_seen_again_is_no_news(state, seen):
    first = decide_refund(state, seen)
    assert decide_refund(first.to if first else state, seen) is None


OK, NEVER, NOT_TODAY, ABOVE, PASSWORD = list(RefundRight)


@pytest.mark.parametrize(
    ("role", "amount", "today", "typed", "right"),
    [
        ("viewer", 1, True, True, NEVER),
        ("owner", 1, True, True, NEVER),
        ("front_desk", 2000, True, False, OK),
        ("front_desk", 2000, False, False, NOT_TODAY),
        ("front_desk", 2001, True, True, ABOVE),
        ("manager", 50_000, False, False, OK),
        ("manager", 50_001, True, True, ABOVE),
        ("admin", 50_000, False, False, OK),
        ("admin", 50_001, True, False, PASSWORD),
        ("admin", 50_001, False, True, OK),
    ],
)
def test_limits_by_role(role, amount, today, typed, right):
    found = refund_right(role, amount, desk_limit=2000, manager_limit=50_000, same_day=today, confirmed=typed)
    assert found is right


def test_front_desk_never_may_more_than_a_manager():
    found = refund_right("front_desk", 300, desk_limit=500, manager_limit=200, same_day=True, confirmed=False)
    assert found is ABOVE
