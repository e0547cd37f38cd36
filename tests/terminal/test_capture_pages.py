"""The pages on which a card is kept: what is agreed to is what was shown, and nobody's card is asked for by mistake."""

import pytest
from django.urls import reverse
from django.utils import timezone

from billing import wording
from billing.enums import ConsentPurpose
from billing.models import Consent, SavedCard
from billing.services.consents import withdraw_consent
from members.services.members import archive_member
from terminal.models import Attempt
from tests.factories.cards import make_consent
from tests.factories.members import make_company, make_member
from tests.terminal.desk import ADMIN

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def anna(desk):
    return make_member(desk.location, name="Anna Keller", company=make_company(desk.location, name="Nordlicht GmbH"))


def url_of(whom, kind="member"):
    return reverse("terminal:capture_new", args=[kind, whom.uuid])


def fill(client, whom, kind="member", **changed):
    page = client.get(url_of(whom, kind))
    given = {
        "payer": page.context["chosen"],
        "purpose": "dues",
        "language": "en",
        "shown": page.context["shown"],
        "agreed": "on",
        "reader": page.context["choices"][0].reader.pk,
        "token": str(page.context["form"]["token"].value()),
    }
    return {key: value for key, value in {**given, **changed}.items() if value is not None}


def send(client, whom, kind="member", **changed):
    return client.post(url_of(whom, kind), fill(client, whom, kind, **changed))


def text_of(answer):
    return answer.content.decode()


def test_consent_and_capture_are_written_together(at, desk, anna):
    answer = send(at, anna)
    attempt, consent = Attempt.objects.get(), Consent.objects.get()
    assert answer.url == reverse("terminal:attempt", args=[attempt.uuid])
    assert (attempt.kind, attempt.consent, attempt.member, attempt.actor_label) == (
        "card_capture",
        consent,
        anna,
        "Ben",
    )
    facts = (consent.purpose, consent.channel, consent.reader_label, consent.taken_by, consent.language)
    assert facts == ("dues", "reader", "Front desk S700", "Ben", "en")
    shown = text_of(at.get(reverse("terminal:consent", args=[consent.uuid])))
    assert [part in shown for part in consent.wording.split("\n\n")] == [True] * 3


def test_company_of_a_member_can_be_chosen_and_its_words_are_shown(at, desk, anna):
    shown = at.get(url_of(anna), {"payer": "company", "purpose": "purchases"}, headers={"HX-Request": "true"})
    assert "Nordlicht GmbH owes at Hafenplatz" in text_of(shown)
    assert "<html" not in text_of(shown)
    answer = send(at, anna, payer="company", purpose="purchases", language="de", shown=shown.context["shown"])
    consent = Consent.objects.get()
    assert answer.status_code == 302
    assert (consent.company, consent.member, consent.purpose, consent.language) == (
        anna.company,
        None,
        "purchases",
        "de",
    )


def test_choice_that_changes_the_words_asks_to_read_them_again(at, desk, anna):
    answer = send(at, anna, payer="company")
    assert (answer.status_code, Consent.objects.count(), Attempt.objects.count()) == (422, 0, 0)
    assert "The words have changed with your choice" in text_of(answer)
    assert "Nordlicht GmbH owes at Hafenplatz" in text_of(answer)


def test_newer_wording_between_page_and_press_asks_to_read_it(at, desk, anna, monkeypatch):
    form = fill(at, anna)
    newer = wording.Wording("dues-2", ConsentPurpose.DUES, "en", "Newer words of {operator}, {place}, {payer}.")
    monkeypatch.setattr(wording, "WORDINGS", (*wording.WORDINGS, newer))
    answer = at.post(url_of(anna), form)
    assert (answer.status_code, Consent.objects.count()) == (422, 0)
    assert "Newer words of Hafenplatz" in text_of(answer)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"agreed": None}, "tick that they agree"),
        ({"reader": None}, "Choose a reader."),
        ({"reader": "9999"}, "Choose a reader."),
        ({"payer": "somebody"}, "somebody"),
        ({"purpose": "everything"}, "everything"),
        ({"shown": "x" * 16}, "The words have changed"),
    ],
)
def test_form_with_something_missing_keeps_nothing_and_says_what(at, desk, anna, change, said):
    answer = send(at, anna, **change)
    assert (answer.status_code, Consent.objects.count(), Attempt.objects.count()) == (422, 0, 0)
    assert said in text_of(answer)


def test_member_without_a_company_offers_nobody_else(at, desk):
    alone = make_member(desk.location)
    answer = send(at, alone, payer="company")
    assert (answer.status_code, Consent.objects.count()) == (422, 0)


def test_form_sent_twice_is_one_capture(at, desk, anna):
    form = fill(at, anna)
    first = at.post(url_of(anna), form)
    again = at.post(url_of(anna), form)
    assert (first.url, Attempt.objects.count(), Consent.objects.count()) == (again.url, 1, 1)


def test_second_person_is_led_to_the_capture_that_runs_and_leaves_no_consent(at, client, mia, desk, anna):
    form = fill(at, anna)
    attempt = desk.capture(anna)
    assert at.post(url_of(anna), form).url == reverse("terminal:attempt", args=[attempt.uuid])
    assert at.get(url_of(anna)).url == reverse("terminal:attempt", args=[attempt.uuid])
    assert (Attempt.objects.count(), Consent.objects.count()) == (1, 1)


def test_busy_reader_is_named_and_the_consent_is_not_kept(at, desk, anna):
    form = fill(at, anna)
    desk.waiting(desk.invoice(14500))
    answer = at.post(url_of(anna), form)
    assert (answer.status_code, Consent.objects.count()) == (422, 0)
    assert "Front desk S700 is busy: HFN-" in text_of(answer)


def test_capture_on_a_reader_is_named_to_who_wants_to_charge_there(at, desk, anna):
    desk.capture(anna)
    invoice = desk.invoice(14500)
    page = at.get(reverse("terminal:take_payment"), {"invoice": str(invoice.uuid)})
    assert "keeping a card, started by" in text_of(page)
    with pytest.raises(Exception, match="a card is being kept by Flexspace"):
        desk.start(invoice)


def test_archived_person_is_offered_nothing_and_refused(at, desk, anna):
    form = fill(at, anna)
    archive_member(by=ADMIN, member=anna, now=timezone.now())
    answer = at.post(url_of(anna), form)
    assert (answer.status_code, Attempt.objects.count()) == (422, 0)
    assert "is archived" in text_of(answer)
    panel = at.get(reverse("terminal:payer_cards", args=["member", anna.uuid]))
    assert "Add Payment Details Manually" not in text_of(panel)


@pytest.mark.parametrize("name", ["capture_new", "payer_cards"])
@pytest.mark.parametrize("kind", ["member", "company", "invoice"])
def test_payers_of_other_places_and_kinds_are_not_found(client, yuki, desk, anna, name, kind):
    client.force_login(yuki)
    payer = anna.company if kind == "company" else anna
    assert client.get(reverse(f"terminal:{name}", args=[kind, payer.uuid])).status_code == 404


def test_who_may_only_look_keeps_removes_and_withdraws_nothing(client, vic, desk, anna):
    card = desk.keep(anna)
    client.force_login(vic)
    for name, row in [("card_default", card), ("card_remove", card), ("consent_withdraw", card.consent)]:
        assert client.post(reverse(f"terminal:{name}", args=[row.uuid])).status_code == 403
    assert client.get(url_of(anna)).status_code == 403
    panel = text_of(client.get(reverse("terminal:payer_cards", args=["member", anna.uuid])))
    told = [words in panel for words in ("Visa •••• 4242", "Remove", "Withdraw", "Add Payment Details Manually")]
    assert told == [True, False, False, False]


def test_cards_and_consents_of_other_places_are_not_found(client, yuki, desk, anna):
    card = desk.keep(anna)
    client.force_login(yuki)
    for name, row in [("card_default", card), ("card_remove", card), ("consent_withdraw", card.consent),
                      ("capture_with", card.consent)]:  # fmt: skip
        assert client.post(reverse(f"terminal:{name}", args=[row.uuid])).status_code == 404
    assert client.get(reverse("terminal:consent", args=[card.consent.uuid])).status_code == 404
    card.refresh_from_db()
    assert card.removed_at is None


def test_card_panel_shows_what_one_must_know(at, desk, anna):
    desk.keep(anna)
    second = desk.keep(anna, consent=make_consent(anna, purpose="purchases"), card="5555555555554444")
    SavedCard.objects.filter(pk=second.pk).update(exp_month=12, exp_year=2026)
    panel = text_of(at.get(reverse("terminal:payer_cards", args=["member", anna.uuid])))
    for part in ("Mastercard •••• 4444", "Visa •••• 4242", "Expires next month", "Default",
                 "For dues and other purchases", "agreed 23 Nov 2026", "taken by Ben", "Add via Terminal"):  # fmt: skip
        assert part in panel, part


def test_card_panel_needs_the_same_queries_however_many_cards(at, desk, anna, django_assert_num_queries):
    url = reverse("terminal:payer_cards", args=["member", anna.uuid])
    desk.keep(anna)
    at.get(url)
    with django_assert_num_queries(5) as before:
        at.get(url)
    for card in ("5555555555554444", "378282246310005"):
        desk.keep(anna, card=card)
    with django_assert_num_queries(len(before)):
        at.get(url)


@pytest.mark.parametrize("name", ["card_remove", "consent_withdraw"])
def test_reason_with_a_card_number_is_refused_in_a_sentence(at, desk, anna, name):
    card = desk.keep(anna)
    row = card if name == "card_remove" else card.consent
    answer = at.post(reverse(f"terminal:{name}", args=[row.uuid]), {"reason": "was 4242 4242 4242 4242"})
    card.refresh_from_db()
    assert (answer.status_code, card.removed_at) == (422, None)
    assert "Card numbers may not be stored" in text_of(answer)


def test_withdrawn_consent_says_so_and_offers_nothing_more(at, desk, anna):
    card = desk.keep(anna)
    url = reverse("terminal:consent_withdraw", args=[card.consent.uuid])
    answer = at.post(url, {"reason": "Pays by transfer"}, follow=True)
    text = text_of(answer)
    assert ("Withdrawn" in text, "“Pays by transfer”" in text, "Withdraw the consent" in text) == (True, True, False)
    assert "removed" in text
    at.post(url, {"reason": "again"})
    assert Consent.objects.get().withdraw_reason == "Pays by transfer"


def test_expiring_cards_are_listed_for_the_persons_places(client, ben, yuki, desk, anna):
    card = desk.keep(anna)
    SavedCard.objects.filter(pk=card.pk).update(exp_month=12, exp_year=2026)
    for who, seen in ((ben, True), (yuki, False)):
        client.force_login(who)
        assert ("Anna Keller" in text_of(client.get(reverse("terminal:cards_expiring")))) is seen
    SavedCard.objects.filter(pk=card.pk).update(exp_month=1, exp_year=2027)
    client.force_login(ben)
    assert "No card expires soon" in text_of(client.get(reverse("terminal:cards_expiring")))


def test_consent_given_before_asks_for_the_reader_only(at, desk, anna):
    consent = make_consent(anna)
    page = at.get(reverse("terminal:capture_with", args=[consent.uuid]))
    form = {"reader": desk.reader.pk, "token": str(page.context["form"]["token"].value())}
    first = at.post(reverse("terminal:capture_with", args=[consent.uuid]), form)
    again = at.post(reverse("terminal:capture_with", args=[consent.uuid]), form)
    assert (first.url, Attempt.objects.get().consent) == (again.url, consent)


def test_withdrawn_consent_asks_for_no_card(at, desk, anna):
    consent = make_consent(anna)
    page = at.get(reverse("terminal:capture_with", args=[consent.uuid]))
    withdraw_consent(by=ADMIN, consent=consent, now=timezone.now())
    form = {"reader": desk.reader.pk, "token": str(page.context["form"]["token"].value())}
    answer = at.post(reverse("terminal:capture_with", args=[consent.uuid]), form)
    assert (answer.status_code, Attempt.objects.count()) == (422, 0)
    assert "withdrawn" in text_of(answer)


def test_cash_is_no_answer_to_the_keeping_of_a_card(at, desk, anna):
    attempt = desk.capture(anna)
    answer = at.post(reverse("terminal:attempt_cash", args=[attempt.uuid]))
    attempt.refresh_from_db()
    assert (answer.url, attempt.state) == (reverse("terminal:attempt", args=[attempt.uuid]), "waiting")
