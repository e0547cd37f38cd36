"""Who mails receipts, on the Stripe Config: two switches side by side, in words what comes of them, and whose word."""

import pytest
from django.urls import reverse

from flexspace.core.models import AuditEvent, Location
from terminal.explain.receipts import GETS

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def admin(client, ada):
    client.force_login(ada)
    return client


def page(client):
    return client.get(reverse("terminal:receipts")).content.decode()


def switch(client, location, *on):
    return client.post(
        reverse("terminal:receipts_switch", args=[location.pk]), dict.fromkeys(on, "on"), headers={"HX-Request": "true"}
    )


def state(client, desk, **form):
    return client.post(reverse("terminal:receipts_stated", args=[desk.config.pk]), form, follow=True).content.decode()


def test_each_place_of_the_switches_says_what_a_customer_gets(admin, desk):
    for stated in (False, True):
        if stated:
            state(admin, desk, none="1")
        for on in (["stripes"], ["ours", "stripes"], [], ["ours"]):
            told = GETS["ours" in on, "stripes" in on, stated]
            text = switch(admin, desk.location, *on).content.decode()
            assert (told.headline in text, told.detail in text, "the word of Ada" in text) == (True, True, told.one)
            assert told.headline in page(admin)


def test_word_is_kept_with_its_name_and_taken_back(admin, desk):
    assert "then tick the box" in state(admin, desk)
    assert not desk.config_now().mails_none
    assert "So says Ada" in state(admin, desk, none="1")
    assert "I have switched it off" in state(admin, desk, doubt="1")
    words = AuditEvent.objects.filter(action__startswith="terminal.receipts.dashboard").order_by("pk")
    assert [event.action.rpartition("_")[2] for event in words] == ["stated", "doubted"]


def test_switch_is_audited_once_and_stripes_takes_an_account(admin, desk, kiyosumi):
    for _ in range(2):
        switch(admin, desk.location, "stripes")
    [event] = AuditEvent.objects.filter(action="terminal.receipts.switched")
    assert (event.before, event.after, event.actor_label) == ({"who": "us"}, {"who": "Stripe"}, "Ada")
    switch(admin, kiyosumi, "ours", "stripes")
    assert not Location.objects.get(pk=kiyosumi.pk).stripe_receipts
    assert "Without a Stripe account" in page(admin)


def test_manager_reads_what_only_an_admin_switches(client, desk, mia, ben):
    client.force_login(mia)
    text = page(client)
    assert ("Hafenplatz" in text, "An admin confirms" in text, text.count("disabled")) == (True, True, 2)
    assert switch(client, desk.location, "stripes").status_code == 403
    client.force_login(ben)
    assert client.get(reverse("terminal:receipts")).status_code == 403


def test_running_payment_says_where_its_receipt_goes_and_is_told_another_place(at, desk, vic, yuki):
    attempt = desk.waiting()
    here, there = (reverse(f"terminal:{name}", args=[attempt.uuid]) for name in ("attempt_receipt", "attempt"))
    email = attempt.member.email
    assert f"The receipt will go to {email}." in at.get(there).content.decode()
    assert f'value="{email}"' in at.get(here).content.decode()
    assert at.post(here, {"to": "otto"}).status_code == 200
    at.post(here, {"to": "otto@example.com", "token": "0" * 32})
    assert "The receipt will go to otto@example.com." in at.get(there).content.decode()
    assert at.post(here, {"none": "1"}).url == there
    assert "No receipt will be mailed." in at.get(there).content.decode()
    desk.tap()
    payment = desk.settle(attempt).payment
    assert at.get(here).url.startswith(reverse("billing:payment_receipt_mail", args=[payment.uuid]))
    for user, status in ((vic, 403), (yuki, 404)):
        at.force_login(user)
        assert at.get(here).status_code == status
