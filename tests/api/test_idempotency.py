"""One key, one effect: replayed, reused, at once, and after a crash."""

import datetime as dt
import threading
from collections import Counter

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from flexspace.core.idempotency import Answer, once
from flexspace.core.models import StoredAnswer
from terminal import api
from terminal.models import Attempt
from tests.api.conftest import error_of, wanted

pytestmark = pytest.mark.django_db


def test_replay_after_success_gives_the_same_answer(desk, till):
    body = wanted(desk, desk.invoice())
    first = till.post("attempts/", body, key="order-7")
    desk.clock.shift(60)
    again = till.post("attempts/", dict(reversed(body.items())), key="order-7")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert ("Idempotent-Replayed" in first, again["Idempotent-Replayed"]) == (False, "true")
    assert first["Location"] == again["Location"]
    assert Attempt.objects.count() == 1


def test_replay_after_refusal_gives_the_same_refusal(desk, till):
    held = till.post("attempts/", wanted(desk, desk.invoice())).json()
    body = wanted(desk, desk.invoice())
    first = till.post("attempts/", body, key="k")
    assert (first.status_code, error_of(first)["code"]) == (409, "reader_in_use")
    till.post(f"attempts/{held['id']}/cancel/")
    again = till.post("attempts/", body, key="k")
    assert (again.status_code, again.json(), again["Idempotent-Replayed"]) == (409, first.json(), "true")
    assert till.post("attempts/", body, key="another").status_code == 201


def test_replay_survives_what_changed_since(desk, till):
    body = wanted(desk, desk.invoice())
    first = till.post("attempts/", body, key="k")
    desk.reader.__class__.objects.update(gone_at=timezone.now())
    assert till.post("attempts/", body, key="k").json() == first.json()


def test_same_key_with_another_body_or_address_is_refused(desk, till):
    invoice = desk.invoice()
    made = till.post("attempts/", wanted(desk, invoice), key="k").json()
    for path, body in (("attempts/", wanted(desk, invoice, amount=500)), (f"attempts/{made['id']}/cancel/", {})):
        answer = till.post(path, body, key="k")
        assert (answer.status_code, error_of(answer)["code"]) == (422, "idempotency_key_used")
    assert Attempt.objects.get().state == "reserved"


def test_cancel_twice_with_one_key(desk, till):
    made = till.post("attempts/", wanted(desk, desk.invoice())).json()
    first, again = (till.post(f"attempts/{made['id']}/cancel/", key="c") for _ in range(2))
    assert (first.status_code, again.status_code, again.json()) == (202, 202, first.json())


@pytest.mark.parametrize("key", [None, "", " ", "a b", "é", "x" * 256, "a\tb"])
def test_key_is_required_where_money_moves(desk, till, key):
    headers = {} if key is None else {"Idempotency-Key": key}
    for path in ("attempts/", "attempts/00000000-0000-0000-0000-000000000007/cancel/"):
        body = wanted(desk, desk.invoice()) if path == "attempts/" else {}
        answer = till.http.post(f"/api/v1/{path}", body, content_type="application/json", headers=headers)
        assert (answer.status_code, error_of(answer)["code"][:15]) == (400, "idempotency_key")
    assert not Attempt.objects.exists()


def test_keys_of_two_tokens_do_not_meet(desk, till, program):
    body = wanted(desk, desk.invoice())
    assert till.post("attempts/", body, key="k").status_code == 201
    assert program("charge").post("attempts/", body, key="k").status_code == 409


def test_malformed_or_missing_things_use_no_key_up(desk, till):
    body = wanted(desk, desk.invoice())
    assert till.post("attempts/", body | {"x": 1}, key="k").status_code == 400
    assert till.post("attempts/", body | {"reader": "tmr_none"}, key="k").status_code == 404
    assert not StoredAnswer.objects.exists()
    assert till.post("attempts/", body, key="k").status_code == 201


def test_crash_leaves_neither_work_nor_answer(desk, till, monkeypatch):
    body, real = wanted(desk, desk.invoice()), api.enqueue

    def crash(*_args):
        raise MemoryError

    monkeypatch.setattr(api, "enqueue", crash)
    assert till.post("attempts/", body, key="k").status_code == 500
    assert not Attempt.objects.exists()
    assert not StoredAnswer.objects.exists()
    monkeypatch.setattr(api, "enqueue", real)
    assert till.post("attempts/", body, key="k").status_code == 201


def test_answers_are_kept_for_a_day(till):
    calls = []

    def act():
        calls.append(1)
        return Answer(200, {"n": len(calls)})

    def call():
        return once(token=till.token, key="k", call=("POST", "/x", {}), act=act)

    assert call() == Answer(200, {"n": 1})
    StoredAnswer.objects.update(created_at=timezone.now() - dt.timedelta(hours=23, minutes=59))
    assert call() == Answer(200, {"n": 1}, replayed=True)
    StoredAnswer.objects.update(created_at=timezone.now() - dt.timedelta(hours=24, seconds=1))
    assert call() == Answer(200, {"n": 2})
    assert StoredAnswer.objects.count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("one_key", [True, False])
def test_twenty_at_once_make_one_attempt(desk, till, one_key):
    body, start, answers = wanted(desk, desk.invoice()), threading.Barrier(20), []

    def call(number):
        try:
            client = Client(headers={"Authorization": f"Bearer {till.secret}"}, raise_request_exception=False)
            key = "same" if one_key else f"key-{number}"
            start.wait(timeout=20)
            headers = {"Idempotency-Key": key}
            answer = client.post("/api/v1/attempts/", body, content_type="application/json", headers=headers)
            answers.append((answer.status_code, answer.get("Idempotent-Replayed", ""), answer.json().get("id", "")))
        finally:
            connection.close()

    threads = [threading.Thread(target=call, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert Attempt.objects.count() == 1
    if one_key:
        assert Counter((status, replayed) for status, replayed, _ in answers) == {(201, ""): 1, (201, "true"): 19}
        assert len({made for _, _, made in answers}) == 1
    else:
        assert Counter(status for status, _, _ in answers) == {201: 1, 409: 19}
