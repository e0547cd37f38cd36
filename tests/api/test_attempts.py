"""A charge over the API: started, followed, cancelled; and everything that starts none."""

import uuid

import pytest
from django.utils import timezone

from flexspace.core.models import AuditEvent
from members.models import Member
from terminal.models import Attempt, AttemptTransition
from terminal.services.step import advance
from tests.api.conftest import error_of, euro, wanted
from tests.factories.billing import make_draft, make_issued_invoice
from tests.factories.cards import make_consent
from tests.factories.members import make_member

pytestmark = pytest.mark.django_db


def test_started_followed_paid(desk, till):
    first = desk.invoice(14500)
    second = desk.invoice(500, member=first.member)
    answer = till.post("attempts/", wanted(desk, first, second))
    assert answer.status_code == 201
    made = answer.json()
    assert answer["Location"] == f"/api/v1/attempts/{made['id']}/"
    assert (made["state"], made["live"], made["amount"], made["payment"]) == ("reserved", True, euro(15000), None)
    assert made["reader"] == desk.reader.stripe_id
    assert {part["invoice"]: part["amount"] for part in made["invoices"]} == {
        str(first.uuid): euro(14500),
        str(second.uuid): euro(500),
    }
    assert (len(made["screen"]["lamps"]), made["screen"]["may_cancel"]) == (5, True)

    attempt = Attempt.objects.get()
    advance(attempt.pk, now=timezone.now())
    shown = till.get(f"attempts/{made['id']}/").json()
    assert (shown["state"], shown["screen"]["title"]) == ("waiting", "Ask them to tap")
    desk.tap()
    desk.settle(attempt)
    paid = till.get(f"attempts/{made['id']}/").json()
    assert (paid["state"], paid["live"], paid["screen"]["title"]) == ("succeeded", False, "Paid")
    assert [lamp["state"] for lamp in paid["screen"]["lamps"]] == ["done"] * 5
    assert till.get(f"payments/{paid['payment']}/").json()["amount"] == euro(15000)
    assert till.get(f"invoices/{first.uuid}/").json()["status"] == "paid"


def test_log_names_the_token(desk, till):
    till.post("attempts/", wanted(desk, desk.invoice()))
    attempt, event = Attempt.objects.get(), AuditEvent.objects.get(action="terminal.attempt.started")
    assert (attempt.actor_id, attempt.actor_label) == (None, f"{till.token.name} (API)")
    assert (event.actor_kind, event.actor_id) == ("token", str(till.token.pk))
    assert AttemptTransition.objects.get().actor_kind == "token"


def test_following_takes_no_step(desk, till):
    made = till.post("attempts/", wanted(desk, desk.invoice())).json()
    for _ in range(3):
        desk.clock.shift(5)
        assert till.get(f"attempts/{made['id']}/").json()["state"] == "reserved"
    assert not desk.calls("payment_intents")


def test_part_of_an_invoice(desk, till):
    invoice = desk.invoice(14500)
    assert till.post("attempts/", wanted(desk, invoice, amount=5000)).json()["amount"] == euro(5000)


@pytest.mark.parametrize(
    ("amount", "status"),
    [
        (0, 400),
        (-100, 400),
        (14501, 400),
        (100_000_000, 400),
        (49, 400),  # below Stripe's least
        ("14500", 400),
        (145.0, 400),
        (True, 400),
        (None, 400),
    ],
)
def test_wrong_amount_starts_nothing(desk, till, amount, status):
    body = wanted(desk, desk.invoice(14500))
    body["invoices"][0]["amount"]["amount"] = amount
    answer = till.post("attempts/", body)
    assert answer.status_code == status
    error_of(answer)
    assert not Attempt.objects.exists()


@pytest.mark.parametrize("currency", ["USD", "JPY", "eur", "EU", "", None, 5, "ＥＵＲ"])
def test_wrong_currency_starts_nothing(desk, till, currency):
    body = wanted(desk, desk.invoice(14500))
    body["invoices"][0]["amount"]["currency"] = currency
    assert till.post("attempts/", body).status_code == 400
    assert not Attempt.objects.exists()


def test_only_named_fields_are_taken(desk, till):
    """Every column of an attempt, sent as if it were ours to set, is refused by its name."""
    names = sorted({field.name for field in Attempt._meta.concrete_fields} - {"reader"})
    for start in range(0, len(names), 20):  # an answer names no more at once
        some = names[start : start + 20]
        answer = till.post("attempts/", wanted(desk, desk.invoice()) | dict.fromkeys(some, "succeeded"))
        assert (answer.status_code, list(error_of(answer)["fields"])) == (400, some)
    body = wanted(desk, desk.invoice())
    body["invoices"][0]["live"] = False
    assert list(error_of(till.post("attempts/", body))["fields"]) == ["invoices.0.live"]
    body = wanted(desk, desk.invoice())
    body["invoices"][0]["amount"]["tip"] = 1
    assert list(error_of(till.post("attempts/", body))["fields"]) == ["invoices.0.amount"]
    assert not Attempt.objects.exists()


def test_what_cannot_be_charged(desk, till, hafen):
    draft, taken, open_one = make_draft(hafen), desk.invoice(), desk.invoice()
    assert error_of(till.post("attempts/", wanted(desk, draft, amount=100)))["code"] == "invoice_not_open"
    assert error_of(till.post("attempts/", wanted(desk, open_one, open_one)))["code"] == "invalid"
    assert error_of(till.post("attempts/", wanted(desk)))["code"] == "invalid"
    assert till.post("attempts/", wanted(desk, taken)).status_code == 201
    answer = till.post("attempts/", wanted(desk, taken))
    assert (answer.status_code, error_of(answer)["code"]) == (409, "being_taken")


def test_invoice_of_another_location_is_not_found(desk, program, till, hafen, kiyosumi):
    foreign = make_issued_invoice(kiyosumi, 1000)
    body = wanted(desk, desk.invoice(), foreign)
    assert till.post("attempts/", body).status_code == 404
    both = program("charge", at=[hafen, kiyosumi])
    assert error_of(both.post("attempts/", body))["code"] in ("mixed", "currency_differs")
    assert till.post("attempts/", wanted(desk) | {"invoices": [part(uuid.uuid4())]}).status_code == 404
    assert not Attempt.objects.exists()


def part(invoice):
    return {"invoice": str(invoice), "amount": euro(100)}


def test_reader_of_another_location_is_not_found(desk, yen_desk, till):
    body = wanted(desk, desk.invoice()) | {"reader": yen_desk.reader.stripe_id}
    assert till.post("attempts/", body).status_code == 404


def test_cancelled_by_the_token_that_started_it(desk, till, program):
    made = till.post("attempts/", wanted(desk, desk.invoice())).json()
    attempt = Attempt.objects.get()
    advance(attempt.pk, now=timezone.now())
    assert error_of(program("charge").post(f"attempts/{made['id']}/cancel/"))["code"] == "not_yours"
    answer = till.post(f"attempts/{made['id']}/cancel/")
    assert (answer.status_code, answer.json()["state"]) == (202, "canceling")
    desk.settle(attempt)
    assert till.get(f"attempts/{made['id']}/").json()["state"] == "canceled"
    answer = till.post(f"attempts/{made['id']}/cancel/")
    assert (answer.status_code, error_of(answer)["code"]) == (409, "already_over")


def test_token_cannot_cancel_what_a_person_started(desk, till):
    attempt = desk.start(desk.invoice())
    assert till.post(f"attempts/{attempt.uuid}/cancel/").status_code == 403
    attempt.refresh_from_db()
    assert attempt.state == "reserved"


def test_person_sees_who_started_it(desk, till, client, ben):
    made = till.post("attempts/", wanted(desk, desk.invoice())).json()
    client.force_login(ben)
    page = client.get(f"/charge/{made['id']}/")
    assert page.status_code == 200
    assert client.get("/charge/running/").status_code == 200
    assert Member.objects.count() == 1


def test_attempt_that_keeps_a_card_is_followed_without_an_amount(desk, till):
    attempt = desk.capture(make_member(desk.location))
    shown = till.get(f"attempts/{attempt.uuid}/").json()
    assert (shown["kind"], shown["amount"], shown["keep"], shown["invoices"]) == ("card_capture", None, "", [])
    desk.tap()
    desk.settle(attempt)
    shown = till.get(f"attempts/{attempt.uuid}/").json()
    assert (shown["state"], shown["keep"], shown["payment"], shown["screen"]["title"]) == (
        "succeeded", "kept", None, "Card kept",
    )  # fmt: skip


def test_paid_attempt_that_could_not_keep_the_card_warns(desk, till):
    invoice = desk.invoice(14500)
    attempt = desk.start(invoice, consent=make_consent(invoice.member))
    desk.advance(attempt)
    desk.tap(method="phone")
    desk.settle(attempt)
    shown = till.get(f"attempts/{attempt.uuid}/").json()
    assert (shown["amount"], shown["keep"]) == (euro(14500), "wallet")
    assert "phone or watch" in shown["screen"]["warning"]


def test_charge_cannot_ask_to_keep_the_card(desk, till):
    body = {**wanted(desk, desk.invoice()), "keep": True}
    answer = till.post("attempts/", body)
    assert (answer.status_code, Attempt.objects.count()) == (400, 0)
