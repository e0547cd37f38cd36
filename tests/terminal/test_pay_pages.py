"""The pages around a pay link: what customers see without signing in, and what staff show and send."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing.models import Notice
from billing.services.invoicing import void
from flexspace.core.actors import Actor
from flexspace.core.models import AuditEvent
from terminal.models import Attempt
from terminal.services.link_tokens import LinkKind, make_token
from terminal.services.pay_links import pay_url
from terminal.views.pay import strangers, visits
from tests.factories.billing import make_draft, make_payment

pytestmark = pytest.mark.django_db(transaction=True)
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def nothing_counted_yet(clock):
    """Let no earlier test's visits count."""
    visits.reset()
    strangers.reset()


@pytest.fixture
def invoice(desk):
    return desk.invoice(14500)


def url_of(invoice):
    return "/pay/" + make_token(LinkKind.PAY, invoice.uuid, at=timezone.now()) + "/"


def page_of(answer):
    """Return which picture the answer shows."""
    found = re.search(r'data-page="(\w+)"', answer.content.decode())
    return found[1] if found else None


def test_page_shows_location_number_and_amount_to_anybody(client, invoice):
    answer = client.get(url_of(invoice))
    text = answer.content.decode()
    assert (answer.status_code, page_of(answer)) == (200, "ready")
    assert ("Hafenplatz" in text, invoice.number in text, "145.00" in text) == (True, True, True)
    assert (answer.headers["Referrer-Policy"], answer.headers["X-Robots-Tag"]) == ("no-referrer", "noindex")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "sessionid" not in answer.cookies


def test_button_leads_to_stripe_without_a_script(desk, invoice):
    client = Client(enforce_csrf_checks=True)
    url = url_of(invoice)
    answer = client.post(url)
    assert (answer.status_code, answer.headers["Location"]) == (303, url)
    follow = client.get(url)
    attempt = Attempt.objects.get()
    assert page_of(follow) == "open"
    assert f'href="http://stripe.test/c/pay/{attempt.remote_id}"' in follow.content.decode()


def test_button_leads_to_stripe_at_once_with_htmx(client, desk, invoice):
    answer = client.post(url_of(invoice), headers=HTMX)
    assert answer.headers["HX-Redirect"] == f"http://stripe.test/c/pay/{Attempt.objects.get().remote_id}"


def test_button_that_fails_says_so_on_the_page(client, desk, invoice):
    desk.wire.answer("POST /v1/checkout/sessions", 400, '{"error": {"type": "invalid_request_error", "message": "No"}}')
    answer = client.post(url_of(invoice), headers=HTMX)
    assert (page_of(answer), "nothing was charged" in answer.content.decode()) == ("not_opened", True)


def test_paid_void_and_busy_invoices_have_pages_of_their_own(client, desk, invoice):
    busy = desk.invoice(2000)
    desk.waiting(busy)
    withdrawn = desk.invoice(3000)
    void(by=Actor.job("test"), invoice=withdrawn, reason="Wrong", now=timezone.now())
    make_payment(invoice)
    shown = [page_of(client.get(url_of(row))) for row in (invoice, withdrawn, busy)]
    assert shown == ["paid", "void", "elsewhere"]


@pytest.mark.parametrize("token", ["x", "a.b", "A" * 71, "%3Cscript%3E"])
def test_unknown_link_is_a_clear_page(client, db, token):
    answer = client.get(f"/pay/{token}/")
    assert (answer.status_code, page_of(answer)) == (404, "unknown")


def test_draft_is_nobodys_business(client, desk, hafen):
    assert client.get(url_of(make_draft(hafen))).status_code == 404


def test_many_tries_with_wrong_links_are_slowed_down(client, db):
    statuses = [client.get(f"/pay/x{number}/").status_code for number in range(31)]
    assert statuses == [404] * 30 + [429]


def test_one_link_opened_too_often_is_slowed_down(client, invoice):
    url = url_of(invoice)
    statuses = {client.get(url).status_code for _ in range(60)}
    answer = client.get(url)
    assert (statuses, answer.status_code, page_of(answer)) == ({200}, 429, "too_often")


def test_staff_see_code_and_link(client, ben, invoice):
    client.force_login(ben)
    answer = client.get(reverse("terminal:pay_link", args=[invoice.uuid]))
    text = answer.content.decode()
    assert pay_url(invoice, now=timezone.now()) in text
    assert re.search(r'<svg class="qr" viewBox="0 0 \d+ \d+"', text)
    assert client.get(pay_url(invoice, now=timezone.now())).status_code == 200


def test_staff_page_of_a_paid_invoice_asks_for_nothing(client, ben, invoice):
    make_payment(invoice)
    client.force_login(ben)
    text = client.get(reverse("terminal:pay_link", args=[invoice.uuid])).content.decode()
    assert (f"<h1>{invoice} is paid</h1>" in text, "€0.00" in text) == (True, False)


def test_staff_mail_the_link_once(client, ben, invoice):
    client.force_login(ben)
    url = reverse("terminal:pay_link", args=[invoice.uuid])
    token = str(client.get(url).context["form"]["token"].value())
    for _ in range(2):
        client.post(url, {"to": "ada@example.org", "token": token})
    notice = Notice.objects.get()
    assert (notice.kind, notice.to, notice.invoice, notice.state) == ("pay_link", "ada@example.org", invoice, "queued")
    assert client.get(notice.facts["url"]).status_code == 200
    assert AuditEvent.objects.filter(action="billing.notice.asked").count() == 1


def test_wrong_address_is_told_and_kept(client, ben, invoice):
    client.force_login(ben)
    answer = client.post(reverse("terminal:pay_link", args=[invoice.uuid]), {"to": "nobody", "token": "x"})
    assert answer.status_code == 422
    assert 'value="nobody"' in answer.content.decode()
    assert "no e-mail address" in answer.content.decode()
    assert not Notice.objects.exists()


def test_link_of_another_location_is_not_shown(client, ben, yen_desk):
    client.force_login(ben)
    assert client.get(reverse("terminal:pay_link", args=[yen_desk.invoice(500).uuid])).status_code == 404


def test_key_on_the_charge_screen_ends_the_payment_and_shows_the_link(client, ben, desk, invoice):
    client.force_login(ben)
    attempt = desk.waiting(invoice)
    desk.tap("4000000000000002")
    desk.settle(attempt, 2)
    assert 'id="key-link"' in client.get(reverse("terminal:attempt", args=[attempt.uuid])).content.decode()
    answer = client.post(reverse("terminal:attempt_link", args=[attempt.uuid]))
    attempt.refresh_from_db()
    assert (attempt.state, attempt.cancel_reason) == ("canceled", "by_link")
    assert answer.headers["Location"] == reverse("terminal:pay_link", args=[invoice.uuid])


def test_key_never_leaves_a_payment_that_may_still_be_charged(client, ben, desk, invoice):
    client.force_login(ben)
    attempt = desk.waiting(invoice)
    desk.tap()
    answer = client.post(reverse("terminal:attempt_link", args=[attempt.uuid]))
    attempt.refresh_from_db()
    assert attempt.state == "succeeded"
    assert answer.headers["Location"] == reverse("terminal:attempt", args=[attempt.uuid])


def test_open_page_is_shown_at_the_desk_with_the_keys_that_close_it(client, ben, desk, invoice):
    client.force_login(ben)
    client.post(url_of(invoice))
    attempt = Attempt.objects.get()
    text = client.get(reverse("terminal:attempt", args=[attempt.uuid])).content.decode()
    assert 'data-picture="link_open"' in text
    assert re.findall(r'id="(key-\w+)"', text) == ["key-other", "key-cash", "key-cancel"]
    assert "On a reader" in text
    assert "None" not in text
    panel = client.get(reverse("terminal:invoice_panel", args=[invoice.uuid])).content.decode()
    assert "a payment page" in panel
    assert client.get(reverse("terminal:running"), {"seen": "none"}).status_code == 204
    started = AuditEvent.objects.get(action="terminal.attempt.started")
    assert (started.actor_kind, started.actor_label, started.after["reader"]) == ("link", "Customer", "a payment page")


def test_desk_is_led_to_the_page_on_which_a_customer_is_paying(client, desk, ben, invoice):
    Client().post(url_of(invoice))
    there = reverse("terminal:attempt", args=[Attempt.objects.get().uuid])
    client.force_login(ben)
    record = reverse("billing:payment_record")
    form = client.get(record, {"invoice": invoice.uuid}).context["form"]
    day = form["received_on"].value()
    facts = {"token": form["token"].value(), "method": "cash", "amount": "145", "received_on": day, "reason": "Till"}
    said = client.post(f"{record}?invoice={invoice.uuid}", facts).content.decode()
    assert "Cancel it first." in said
    assert f'href="{there}"' in said
    assert client.get(reverse("terminal:take_payment"), {"invoice": invoice.uuid})["Location"] == there
