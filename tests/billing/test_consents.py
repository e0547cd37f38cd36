"""Consents: what was agreed to, word for word, and what its end takes away."""

from datetime import timedelta
from hashlib import sha256

import pytest
from django.utils import timezone

from billing import wording
from billing.enums import ConsentChannel, ConsentPurpose
from billing.models import Consent, SavedCard
from billing.services.consents import give_consent, withdraw_consent
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.models import Location
from flexspace.core.sentences import told_timeline
from members.services.members import archive_member
from tests.factories.cards import make_saved_card
from tests.factories.members import make_company, make_member

pytestmark = pytest.mark.django_db
BEN = Actor("user", "1", "Ben")
PURPOSES = list(ConsentPurpose)


@pytest.fixture
def anna(hafen):
    return make_member(hafen, name="Anna Keller")


def give(payer, **more):
    values = {"purpose": ConsentPurpose.DUES, "channel": ConsentChannel.READER, "now": timezone.now(), **more}
    return give_consent(by=BEN, payer=payer, location=payer.location, **values)


def test_consent_keeps_the_words_the_person_the_place_and_the_way(anna, hafen):
    Location.objects.filter(pk=hafen.pk).update(legal_name="Hafenplatz Coworking GmbH")
    anna.location.refresh_from_db()
    now = timezone.now()
    consent = give(anna, reader_label="Front desk S700", now=now)
    facts = (consent.member, consent.company, consent.purpose, consent.wording_version, consent.language)
    assert facts == (anna, None, "dues", "dues-2", "en")
    assert (consent.channel, consent.reader_label, consent.taken_by) == ("reader", "Front desk S700", "Ben")
    assert (consent.given_at, consent.holds, consent.redisplay) == (now, True, "limited")
    for part in (
        "Hafenplatz Coworking GmbH",
        "Anna Keller owes at Hafenplatz",
        "due date",
        "withdraw this at any time",
    ):
        assert part in consent.wording


def test_consent_of_a_company_for_purchases_may_be_shown_again(hafen):
    consent = give(make_company(hafen, name="Nordlicht GmbH"), purpose=ConsentPurpose.PURCHASES)
    assert (consent.company.name, consent.member, consent.redisplay) == ("Nordlicht GmbH", None, "always")
    assert "Nordlicht GmbH owes at Hafenplatz" in consent.wording


def test_consent_is_kept_in_the_language_it_was_read_in(anna):
    consent = give(anna, language="de")
    assert (consent.language, consent.wording_version) == ("de", "dues-2")
    assert consent.wording.startswith("Ich erlaube Hafenplatz, diese Karte")


def test_consent_in_a_language_that_was_not_written_is_in_english(anna):
    assert give(anna, language="fi").language == "en"


def test_consent_to_words_that_are_not_the_newest_is_refused(anna, monkeypatch):
    newer = wording.Wording("dues-3", ConsentPurpose.DUES, "en", "Newer words for {operator}, {place}, {payer}.")
    monkeypatch.setattr(wording, "WORDINGS", (*wording.WORDINGS, newer))
    with pytest.raises(Conflict, match="Read it again"):
        give(anna, version="dues-2")
    assert Consent.objects.count() == 0
    assert give(anna, version="dues-3").wording == "Newer words for Hafenplatz, Hafenplatz, Anna Keller."


def test_consent_of_somebody_archived_is_refused(anna):
    archive_member(by=BEN, member=anna, now=timezone.now())
    with pytest.raises(DomainError, match="archived"):
        give(anna)


def test_giving_is_on_the_timeline_of_the_payer(anna):
    give(anna)
    assert told_timeline(anna)[0].sentence == "Agreed that a card is kept for dues"


def test_withdrawal_stops_charges_at_once_and_leaves_detaching_to_stripe(anna, stripe_account):
    consent = give(anna)
    card = make_saved_card(anna, stripe_account, consent=consent)
    other = make_saved_card(anna, stripe_account, is_default=False)
    now = timezone.now()
    withdraw_consent(by=BEN, consent=consent, reason="  Wants to pay in cash  ", now=now)
    consent.refresh_from_db()
    card.refresh_from_db()
    other.refresh_from_db()
    assert (consent.holds, consent.withdrawn_at, consent.withdrawn_by) == (False, now, "Ben")
    assert consent.withdraw_reason == "Wants to pay in cash"
    assert (card.removed_at, card.removed_reason, card.detach_due_at) == (now, "Consent withdrawn", now)
    assert (list(SavedCard.objects.usable()), other.is_default) == ([other], True)


def test_withdrawing_again_changes_nothing(anna):
    consent = give(anna)
    first = timezone.now()
    withdraw_consent(by=BEN, consent=consent, now=first)
    withdraw_consent(by=Actor("user", "2", "Mia"), consent=consent, reason="again", now=first + timedelta(hours=1))
    consent.refresh_from_db()
    assert (consent.withdrawn_at, consent.withdrawn_by, consent.withdraw_reason) == (first, "Ben", "")
    withdrawn = [event for event in audit.timeline(consent) if event.action == "billing.consent.withdrawn"]
    assert len(withdrawn) == 1


def test_reason_with_a_card_number_is_refused(anna):
    consent = give(anna)
    with pytest.raises(DomainError, match="Card numbers"):
        withdraw_consent(by=BEN, consent=consent, reason="lost 4242 4242 4242 4242", now=timezone.now())
    consent.refresh_from_db()
    assert consent.holds is True


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("language", list(wording.LANGUAGES))
def test_every_wording_names_who_charges_whom_and_where(purpose, language):
    text = wording.current(purpose, language).text(operator="Ö GmbH", place="Pier 4", payer="{Anna}")
    assert ("Ö GmbH" in text, "Pier 4" in text, "{Anna}" in text) == (True, True, True)
    assert wording.current(purpose, language).language == language


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_version_reads_in_every_language_and_old_ones_stay_readable(purpose, monkeypatch):
    newer = wording.Wording(f"{purpose}-3", purpose, "en", "Newer.")
    old = wording.by_version(f"{purpose}-1", "de")
    monkeypatch.setattr(wording, "WORDINGS", (*wording.WORDINGS, newer))
    assert wording.by_version(f"{purpose}-1", "de") == old
    assert wording.current(purpose).version == f"{purpose}-3"
    assert wording.languages(purpose) == {"en": "English"}
    with pytest.raises(wording.NoSuchWording):
        wording.by_version("dues-99")


def test_a_newer_version_is_current_in_each_language_it_was_written_in(monkeypatch):
    newer = wording.Wording("dues-3", ConsentPurpose.DUES, "en", "Newer.")
    monkeypatch.setattr(wording, "WORDINGS", (*wording.WORDINGS, newer))
    assert wording.current(ConsentPurpose.DUES, "de") == newer


def test_versions_and_languages_are_named_once():
    names = [(text.version, text.language) for text in wording.WORDINGS]
    assert len(names) == len(set(names))


def test_texts_that_were_released_never_change():
    """A hash for each text that somebody may have agreed to: add one for a new version, never change one."""
    known = {
        (text.version, text.language): sha256(text.template.encode()).hexdigest()[:12] for text in wording.WORDINGS
    }
    assert known == RELEASED


RELEASED = {
    ("dues-1", "en"): "438b71624f3a",
    ("dues-1", "de"): "a9ffb162590e",
    ("purchases-1", "en"): "d73c5b7eb2e7",
    ("purchases-1", "de"): "c2aa46f9953e",
    ("dues-2", "en"): "438b71624f3a",
    ("dues-2", "de"): "91926893b6d2",
    ("purchases-2", "en"): "d73c5b7eb2e7",
    ("purchases-2", "de"): "9c818c1f37e0",
}
