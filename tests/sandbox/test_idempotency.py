"""One key, one execution, one answer."""

import threading
from typing import Any

import pytest
import requests
import stripe

from tests.sandbox.desk import Desk
from tests.sandbox.test_strictness import error_of

URL = "http://stripe.test/v1/payment_intents"
BODY = "amount=1000&currency=eur&allowed_payment_method_types[]=card_present"


def post(desk: Desk, key: str, body: str = BODY, url: str = URL) -> requests.Response:
    headers = {
        "Authorization": "Bearer sk_test_berlin",
        "Idempotency-Key": key,
        "Content-Type": "application/x-www-form-urlencoded",
    }
    return desk.session.post(url, data=body, headers=headers)


def intents(desk: Desk) -> int:
    return len(desk.of_account("GET", "books")["intents"])


def test_key_used_again_gives_the_same_answer(desk: Desk) -> None:
    first, second = post(desk, "k1"), post(desk, "k1")
    assert first.content == second.content
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert intents(desk) == 1


def test_key_of_a_refusal_gives_the_refusal_again(desk: Desk) -> None:
    intent = desk.intent()
    desk.reader_fault(offline=True)
    with pytest.raises(stripe.InvalidRequestError) as first:
        desk.process(intent, idempotency_key="k1")
    desk.reader_fault(online=True)
    with pytest.raises(stripe.InvalidRequestError) as second:
        desk.process(intent, idempotency_key="k1")
    codes = (error_of(first).code, error_of(second).code)
    assert codes == ("terminal_reader_offline", "terminal_reader_offline")
    assert (second.value.headers or {})["Idempotent-Replayed"] == "true"
    assert desk.process(intent, idempotency_key="k2").action.status == "in_progress"


def test_key_of_a_success_does_not_wake_the_reader_again(desk: Desk) -> None:
    intent = desk.intent()
    desk.process(intent, idempotency_key="k1")
    desk.tap("4000000000000002")
    assert desk.process(intent, idempotency_key="k1").action.status == "in_progress"
    assert desk.get_reader().action.status == "failed"


def test_key_of_wrong_parameters_is_not_kept(desk: Desk) -> None:
    assert post(desk, "k1", "amount=x&currency=eur").status_code == 400
    assert post(desk, "k1").status_code == 200


def test_key_with_other_parameters_is_refused(desk: Desk) -> None:
    post(desk, "k1")
    answer = post(desk, "k1", BODY.replace("1000", "2000"))
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "idempotency_error")
    with pytest.raises(stripe.IdempotencyError):
        desk.v1.customers.create({}, {"idempotency_key": "k1"})


def test_key_is_free_again_after_a_day(desk: Desk) -> None:
    post(desk, "k1")
    desk.clock.advance(24 * 3600 - 1)
    post(desk, "k1")
    assert intents(desk) == 1
    desk.clock.advance(1)
    post(desk, "k1")
    assert intents(desk) == 2


def test_key_that_is_too_long_is_refused(desk: Desk) -> None:
    assert post(desk, "k" * 256).status_code == 400
    assert post(desk, "k" * 255).status_code == 200


@pytest.mark.parametrize("status", [429, 409])
def test_key_of_a_limit_is_not_kept(desk: Desk, status: int) -> None:
    desk.fault("status", status=status)
    assert post(desk, "k1").status_code == status
    assert post(desk, "k1").status_code == 200


def test_key_of_a_server_error_is_kept(desk: Desk) -> None:
    desk.fault("error_after")
    assert [post(desk, "k1").status_code for _ in range(2)] == [500, 500]
    assert intents(desk) == 1
    desk.fault("error_before")
    assert [post(desk, "k2").status_code for _ in range(2)] == [500, 500]
    assert intents(desk) == 1


def test_key_in_use_is_a_conflict(desk: Desk) -> None:
    entered, leave = threading.Event(), threading.Event()

    def sleep(_seconds: float) -> None:
        entered.set()
        assert leave.wait(5)

    desk.box._api._sleep = sleep
    desk.fault("slow", seconds=9)
    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(post(desk, "k1")))
    thread.start()
    assert entered.wait(5)

    answer = post(desk, "k1")
    other = post(desk, "k2")
    leave.set()
    thread.join(5)

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "idempotency_key_in_use")
    assert other.status_code == 200
    assert answers[0].status_code == 200
    assert post(desk, "k1").content == answers[0].content


def test_many_threads_with_one_key_execute_once(desk: Desk) -> None:
    statuses: list[int] = []
    threads = [threading.Thread(target=lambda: statuses.append(post(desk, "k1").status_code)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert set(statuses) <= {200, 409}
    assert len(statuses) == 8
    assert intents(desk) == 1
