"""The balance and what a payout takes of it: fees, cursors, what cannot be unfolded, what the bank sends back."""

from typing import Any

import pytest
import requests

from sandbox.app import Sandbox
from sandbox.balance import fee_of, settled
from tests.sandbox.desk import Clock, Desk, client_for
from tests.sandbox.test_pages import page, press
from tests.sandbox.test_strictness import refusal
from tests.sandbox.wsgi_adapter import WsgiAdapter


def deed(desk: Desk, do: str, **more: Any) -> Any:
    return desk.of_account("POST", "dashboard", {"do": do, "id": "", **more})


def paid(desk: Desk, amount: int = 14500, **more: Any) -> Any:
    """Take a payment that has its balance transaction."""
    intent = deed(desk, "take_payment", amount=amount, reader=desk.reader, **more)
    desk.clock.advance(2)
    return intent


def pay_out(desk: Desk, **more: Any) -> Any:
    made = deed(desk, "pay_out", **more)
    desk.clock.advance(2)
    return desk.v1.payouts.retrieve(made["id"])


def lines(desk: Desk, payout: Any) -> list[tuple[str, int, int]]:
    found = desk.v1.balance_transactions.list({"payout": payout.id, "limit": 100})
    return [(one.type, one.amount, one.fee) for one in found.data]


@pytest.mark.parametrize(
    ("amount", "currency", "present", "fee"),
    [(14500, "eur", True, 213), (14500, "eur", False, 243), (50, "eur", True, 11), (14500, "jpy", True, 203)],
)
def test_fee_is_rounded_in_whole_minor_units(amount: int, currency: str, present: bool, fee: int) -> None:
    assert fee_of(amount, currency, present=present) == fee


def test_converted_amount_is_the_amount_times_the_rate() -> None:
    assert settled(2500, "eur", "eur") == (2500, None)
    for currency, into in (("usd", "eur"), ("jpy", "eur"), ("eur", "jpy")):
        amount, rate = settled(2500, currency, into)
        assert amount == round(2500 * (rate or 0))


def test_charge_refund_and_dispute_name_what_they_moved(desk: Desk) -> None:
    intent = paid(desk)
    charge = desk.get_intent(intent_of(intent), "latest_charge.balance_transaction").latest_charge
    moved = charge.balance_transaction
    assert (moved.amount, moved.fee, moved.net, moved.type, moved.source) == (14500, 213, 14287, "charge", charge.id)
    refund = desk.v1.refunds.create({"payment_intent": intent["id"], "amount": 500})
    back = desk.v1.balance_transactions.retrieve(refund.balance_transaction)
    assert (back.amount, back.fee, back.type, back.source) == (-500, 0, "refund", refund.id)
    dispute = deed(desk, "dispute", id=intent["id"], amount=1000)
    [taken] = desk.v1.balance_transactions.list({"source": dispute["id"]}).data
    assert (taken.id, taken.amount, taken.fee, taken.reporting_category) == (
        dispute["balance_transactions"][0]["id"], -1000, 2000, "dispute",
    )  # fmt: skip


def intent_of(body: Any) -> Any:
    return type("Intent", (), {"id": body["id"]})


def test_payout_takes_everything_once_with_its_own_row_and_can_be_unfolded_when_it_arrived(desk: Desk) -> None:
    paid(desk)
    deed(desk, "take_fee", amount=300)
    payout = pay_out(desk)
    assert (payout.amount, payout.status, payout.reconciliation_status) == (13987, "paid", "completed")
    assert lines(desk, payout) == [("payout", -13987, 0), ("stripe_fee", -300, 0), ("charge", 14500, 213)]
    assert [kind for kind in desk.event_types() if kind.startswith("payout.")] == [
        "payout.created", "payout.paid", "payout.reconciliation_completed",
    ]  # fmt: skip
    said = desk.session.post(
        f"http://stripe.test/_sandbox/accounts/{desk.account}/dashboard", json={"do": "pay_out"}
    ).json()
    assert "insufficient funds" in said["error"]


def test_lists_are_strict_and_go_on_behind_a_cursor(desk: Desk) -> None:
    for amount in (1000, 2000, 3000):
        paid(desk, amount)
    payout = pay_out(desk)
    first = desk.v1.balance_transactions.list({"payout": payout.id, "limit": 2})
    rest = desk.v1.balance_transactions.list({"payout": payout.id, "starting_after": first.data[-1].id})
    assert ([one.amount for one in rest.data], first.has_more, rest.has_more) == ([2000, 1000], True, False)
    assert not {"payout", "_payout"} & set(first.data[0].to_dict())
    of_type = desk.v1.balance_transactions.list({"payout": payout.id, "type": "charge"})
    assert len(of_type.data) == 3
    assert refusal(desk.v1.balance_transactions.list, {"colour": "red"})[1] == "parameter_unknown"
    assert refusal(desk.v1.balance_transactions.list, {"payout": "po_none"})[:2] == (404, "resource_missing")
    assert refusal(desk.v1.payouts.list, {"currency": "eur"})[1] == "parameter_unknown"
    assert refusal(desk.v1.payouts.list, {"starting_after": "po_none"})[1] == "resource_missing"
    assert [one.id for one in desk.v1.payouts.list({"status": "paid", "created": {"gte": 1}}).data] == [payout.id]


def test_payout_by_hand_cannot_be_unfolded(desk: Desk) -> None:
    paid(desk)
    payout = pay_out(desk, by_hand=True)
    assert (payout.automatic, payout.reconciliation_status) == (False, "not_applicable")
    assert refusal(desk.v1.balance_transactions.list, {"payout": payout.id}) == (400, None, "payout")


def test_what_the_bank_sends_back_is_in_the_next_payout(desk: Desk) -> None:
    paid(desk)
    first = pay_out(desk)
    press(desk, "/mischief", account=desk.account, do="deed", deed="payout_fail", id=first.id)
    first = desk.v1.payouts.retrieve(first.id)
    assert (first.status, first.failure_code) == ("failed", "account_closed")
    assert desk.event_types()[-1] == "payout.failed"
    again = pay_out(desk)
    assert lines(desk, again) == [("payout", -14287, 0), ("payout_failure", 14287, 0)]


def test_page_pays_out_and_a_restart_keeps_it(desk: Desk, tmp_path: Any, clock: Clock) -> None:
    paid(desk)
    assert "In the balance: <strong>€142.87</strong>, 1 movement." in page(desk, "/mischief")
    press(desk, "/mischief", account=desk.account, do="deed", deed="pay_out", id="")
    assert "In the balance: <strong>€0.00</strong>, 0 movements." in page(desk, "/mischief")

    path = str(tmp_path / "sandbox.sqlite3")
    for times in (1, 0):
        box = Sandbox(db=path, clock=clock, sleep=clock.advance)
        session = requests.Session()
        session.mount("http://stripe.test", WsgiAdapter(box.wsgi))
        if times:
            other = Desk(box, session, clock, "sk_test_kept", "JP", "jpy")
            paid(other, 3000)
            made = pay_out(other)
        found = client_for(session, "sk_test_kept").v1.balance_transactions.list({"payout": made.id})
        assert [one.amount for one in found.data] == [-2958, 3000]
        box.close()


def test_restricted_key_without_the_permission_is_refused(desk: Desk) -> None:
    desk.control("POST", "accounts", {"key": "sk_test_berlin", "restricted": ["payout_read", "balance_read"]})
    assert refusal(desk.v1.payouts.list)[0] == 403
    assert refusal(desk.v1.balance_transactions.list)[0] == 403
