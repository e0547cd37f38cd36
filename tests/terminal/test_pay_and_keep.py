"""Pay and keep in one tap: the wish, the words, the money, and the cure when a phone was tapped."""

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import Consent, SavedCard
from billing.services.consents import withdraw_consent
from members.services.members import archive_member
from terminal.models import Attempt
from tests.factories.cards import make_consent
from tests.factories.members import make_member
from tests.terminal.desk import ADMIN

pytestmark = pytest.mark.django_db(transaction=True)
CHARGE = "/charge/"
PHONE = {"method": "phone"}


@pytest.fixture
def invoice(desk, anna):
    return desk.invoice(14500, member=anna)


def charge(client, invoice, **changed):
    page = client.get(CHARGE, {"invoice": str(invoice.uuid)})
    form = {
        "invoice": str(invoice.uuid),
        "amount": "145.00",
        "reader": page.context["choices"][0].reader.pk,
        "token": str(page.context["form"]["token"].value()),
        "keep": "on",
        "shown": page.context["shown"],
        "language": "en",
        **changed,
    }
    return client.post(CHARGE, {key: value for key, value in form.items() if value is not None})


def paid(desk, client, invoice, **how):
    """Pay and keep, and return the attempt at its end."""
    charge(client, invoice)
    attempt = desk.advance(Attempt.objects.get())
    desk.tap(**how)
    return desk.settle(attempt)


def test_tick_gives_the_consent_with_the_charge(at, desk, anna, invoice):
    charge(at, invoice, language="de")
    attempt, consent = Attempt.objects.get(), Consent.objects.get()
    assert (attempt.kind, attempt.consent, attempt.amount) == ("reader_charge", consent, 14500)
    facts = (consent.member, consent.channel, consent.purpose, consent.language, consent.reader_label)
    assert facts == (anna, "pay_and_keep", "dues", "de", "Front desk S700")


def test_no_tick_keeps_nothing(at, desk, invoice):
    charge(at, invoice, keep=None)
    assert (Attempt.objects.get().consent, Consent.objects.count()) == (None, 0)


def test_charge_that_is_refused_leaves_no_consent(at, desk, invoice):
    assert charge(at, invoice, amount="9999.00").status_code == 422
    desk.waiting(desk.invoice(2000))
    assert charge(at, invoice).status_code == 422
    assert Consent.objects.count() == 0


def test_form_sent_twice_gives_one_consent(at, desk, invoice):
    page = at.get(CHARGE, {"invoice": str(invoice.uuid)})
    token = str(page.context["form"]["token"].value())
    answers = [charge(at, invoice, token=token) for _ in range(1)]
    again = at.post(CHARGE, {"invoice": str(invoice.uuid), "amount": "145.00", "reader": desk.reader.pk,
                             "token": token, "keep": "on", "shown": page.context["shown"]})  # fmt: skip
    assert (answers[0].url, Consent.objects.count(), Attempt.objects.count()) == (again.url, 1, 1)


def test_words_that_were_not_shown_are_not_agreed_to(at, desk, invoice):
    answer = charge(at, invoice, shown="x" * 16)
    assert (answer.status_code, Attempt.objects.count(), Consent.objects.count()) == (422, 0, 0)
    assert "Read them out again" in answer.content.decode()


def test_card_that_is_kept_already_is_named(at, desk, anna, invoice):
    desk.keep(anna)
    page = at.get(CHARGE, {"invoice": str(invoice.uuid)})
    assert "Visa •••• 4242 is kept already" in page.content.decode()


def test_archived_payer_may_pay_but_is_not_offered_to_keep(at, desk, anna, invoice):
    archive_member(by=ADMIN, member=anna, now=timezone.now())
    page = at.get(CHARGE, {"invoice": str(invoice.uuid)})
    assert "Keep this card" not in page.content.decode()
    assert charge(at, invoice).status_code == 422
    assert charge(at, invoice, keep=None).status_code == 302


def test_paid_screen_says_which_card_is_kept(at, desk, invoice):
    attempt = paid(desk, at, invoice)
    shown = desk.shown(attempt)
    assert (shown.picture, shown.warning, shown.actions) == ("paid", "", ())
    assert shown.sentence == "€145.00 is booked. Visa •••• 4242 is kept for monthly dues."


def test_receipt_of_pay_and_keep_names_the_consent(at, desk, invoice):
    attempt = paid(desk, at, invoice)
    assert attempt.payment.card_receipt["consent"] == str(attempt.consent.uuid)


def test_phone_is_warned_of_on_the_paid_screen_within_seconds(at, desk, invoice):
    charge(at, invoice)
    attempt = desk.advance(Attempt.objects.get())
    desk.tap(**PHONE)
    desk.settle(attempt, 2)
    shown = desk.shown(attempt)
    assert (shown.picture, shown.tone, shown.title, shown.actions) == (
        "paid_not_kept", "good", "Paid", ("keep", "card_link"),
    )  # fmt: skip
    assert "A phone or watch was tapped" in shown.warning
    assert "No card was kept." in at.get(reverse("terminal:attempt", args=[attempt.uuid])).content.decode()


def test_one_key_asks_for_the_plastic_on_the_same_reader_under_the_same_consent(at, desk, anna, invoice):
    attempt = paid(desk, at, invoice, **PHONE)
    answer = at.post(reverse("terminal:attempt_keep", args=[attempt.uuid]))
    second = Attempt.objects.exclude(pk=attempt.pk).get()
    assert answer.url == reverse("terminal:attempt", args=[second.uuid])
    assert (second.kind, second.reader, second.consent) == ("card_capture", attempt.reader, attempt.consent)
    desk.advance(second)
    desk.tap()
    desk.settle(second)
    card = SavedCard.objects.get()
    assert (second.keep_result, card.consent, card.member, Consent.objects.count()) == (
        "kept",
        attempt.consent,
        anna,
        1,
    )


def test_key_pressed_twice_is_one_capture_and_on_an_old_page_none(at, desk, invoice):
    attempt = paid(desk, at, invoice, **PHONE)
    url = reverse("terminal:attempt_keep", args=[attempt.uuid])
    assert at.post(url).url == at.post(url).url
    second = desk.advance(Attempt.objects.exclude(pk=attempt.pk).get())
    desk.tap()
    desk.settle(second)
    answer = at.post(url, follow=True)
    assert Attempt.objects.count() == 2
    assert "Visa •••• 4242 was kept meanwhile" in answer.content.decode()


def test_key_on_a_busy_reader_lets_one_choose_another(at, desk, invoice):
    attempt = paid(desk, at, invoice, **PHONE)
    desk.waiting(desk.invoice(2000))
    answer = at.post(reverse("terminal:attempt_keep", args=[attempt.uuid]))
    assert answer.url == reverse("terminal:capture_with", args=[attempt.consent.uuid])


def test_key_after_the_consent_was_withdrawn_is_not_offered_and_refused(at, desk, invoice):
    attempt = paid(desk, at, invoice, **PHONE)
    withdraw_consent(by=ADMIN, consent=attempt.consent, now=timezone.now())
    attempt.refresh_from_db()
    assert desk.shown(Attempt.objects.get()).actions == ()
    at.post(reverse("terminal:attempt_keep", args=[attempt.uuid]))
    assert Attempt.objects.count() == 1


def test_key_of_a_charge_without_a_wish_to_keep_does_nothing(at, desk, invoice):
    attempt = desk.waiting(invoice)
    at.post(reverse("terminal:attempt_keep", args=[attempt.uuid]))
    assert Attempt.objects.count() == 1


def test_consent_withdrawn_while_the_amount_is_on_the_reader_takes_the_money_and_drops_the_card(desk, anna, invoice):
    consent = make_consent(anna)
    attempt = desk.start(invoice, consent=consent)
    desk.advance(attempt)
    withdraw_consent(by=ADMIN, consent=consent, now=timezone.now())
    desk.tap()
    desk.settle(attempt)
    invoice.refresh_from_db()
    card = SavedCard.objects.get()
    assert (attempt.state, attempt.keep_result, invoice.open_amount) == ("succeeded", "dropped", 0)
    assert (card.removed_reason, card.detach_due_at is not None) == ("Consent withdrawn", True)
    assert "removed again" in desk.shown(attempt).warning


def test_part_payment_keeps_the_card_too(at, desk, anna, invoice):
    charge(at, invoice, amount="45.00")
    attempt = desk.advance(Attempt.objects.get())
    desk.tap()
    desk.settle(attempt)
    invoice.refresh_from_db()
    assert (invoice.open_amount, attempt.keep_result) == (10000, "kept")


def test_consent_of_another_payer_is_refused(desk, invoice):
    with pytest.raises(Exception, match="somebody else's"):
        desk.start(invoice, consent=make_consent(make_member(desk.location)))
