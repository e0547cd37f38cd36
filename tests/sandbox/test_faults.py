"""Lost requests, lost answers, errors: and what was executed nevertheless."""

import pytest
import requests
import stripe

from sandbox.app import Sandbox
from tests.sandbox.desk import Clock, Desk
from tests.sandbox.test_strictness import error_of


def intents(desk: Desk) -> int:
    return len(desk.of_account("GET", "books")["intents"])


@pytest.mark.parametrize(
    ("kind", "error", "made"),
    [
        ("answer_lost", stripe.APIConnectionError, 1),
        ("request_lost", stripe.APIConnectionError, 0),
        ("error_before", stripe.APIError, 0),
        ("error_after", stripe.APIError, 1),
        ("unavailable", stripe.APIError, 0),
        ("status", stripe.RateLimitError, 0),
    ],
)
def test_fault_strikes_once(desk: Desk, kind: str, error: type[stripe.StripeError], made: int) -> None:
    desk.fault(kind, match="POST /v1/payment_intents")
    desk.get_reader()
    with pytest.raises(error):
        desk.intent()
    assert intents(desk) == made
    desk.intent()
    assert intents(desk) == made + 1


def test_fault_strikes_the_nth_call_as_often_as_told(desk: Desk) -> None:
    desk.fault("unavailable", match="GET /v1/account", nth=2, times=2)
    statuses = []
    for _ in range(5):
        answer = desk.session.get("http://stripe.test/v1/account", headers={"Authorization": "Bearer sk_test_berlin"})
        statuses.append(answer.status_code)
    assert statuses == [200, 503, 503, 200, 200]


def test_fault_without_an_end_goes_away_when_all_is_well_again(desk: Desk) -> None:
    desk.fault("request_lost", times=None)
    desk.reader_fault(frozen=True)
    for _ in range(2):
        with pytest.raises(stripe.APIConnectionError):
            desk.get_reader()
    desk.of_account("DELETE", "faults")
    desk.waiting()
    assert desk.screen()["state"] == "amount"


def test_slow_answer_takes_its_time(desk: Desk) -> None:
    desk.fault("slow", seconds=7)
    before = desk.clock.now
    desk.intent()
    assert desk.clock.now == before + 7


def test_calls_are_written_down(desk: Desk) -> None:
    start = desk.of_account("GET", "calls")["calls"][-1]["seq"]
    desk.fault("answer_lost", match="POST /v1/payment_intents")
    with pytest.raises(stripe.APIConnectionError):
        desk.intent(1000, metadata={"invoice": "42"})
    calls = desk.of_account("GET", f"calls?after={start}")["calls"]
    assert len(calls) == 1
    assert (calls[0]["method"], calls[0]["path"]) == ("POST", "/v1/payment_intents")
    assert calls[0]["params"]["metadata"] == {"invoice": "42"}
    assert (calls[0]["status"], calls[0]["code"]) == (None, "answer_lost")


def test_control_with_a_wrong_body_is_refused(desk: Desk) -> None:
    url = f"http://stripe.test/_sandbox/accounts/{desk.account}/faults"
    assert desk.session.post(url, data='{"kind": "earthquake"}').status_code == 400
    assert desk.session.get("http://stripe.test/_sandbox/nothing").status_code == 404


def test_accounts_do_not_see_each_other(box: Sandbox, session: requests.Session, clock: Clock, desk: Desk) -> None:
    tokyo = Desk(box, session, clock, "sk_test_tokyo", "JP", "jpy")
    intent = desk.intent()
    with pytest.raises(stripe.InvalidRequestError) as caught:
        tokyo.get_intent(intent)
    assert error_of(caught).code == "resource_missing"
    assert [one.id for one in tokyo.v1.terminal.readers.list().data] == [tokyo.reader]
    tokyo.fault("unavailable", times=None)
    desk.intent()


def test_reset_forgets_objects_and_keeps_accounts(desk: Desk) -> None:
    desk.waiting()
    desk.control("POST", "reset")
    assert desk.v1.payment_intents.list().data == []
    assert desk.client.v1.accounts.retrieve_current().id == desk.account
