"""Mails about kept cards: once for each cause, only to who has an address."""

from datetime import UTC, datetime

import pytest

from billing.enums import NoticeKind
from billing.models import Notice
from billing.services.card_mails import tell_expiring
from billing.services.saved_cards import KeptCard, keep_card
from flexspace.core.actors import Actor
from terminal.models import StripeConfig
from tests.factories.cards import make_consent, make_saved_card
from tests.factories.members import make_member

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
VISA = KeptCard("pm_1", "cus_1", "visa", "4242", 12, 2034, "fp", "credit", "DE", "", "limited")


@pytest.fixture
def config(db):
    return StripeConfig.objects.create(
        name="E", account_id="acct_1", country="DE", currency="EUR", secret_key="sk_test_1"
    )


def keep(consent):
    return keep_card(
        by=Actor.stripe(), consent=consent, card=VISA, account="acct_1", livemode=False, origin="seti_1", now=NOW
    )


def test_who_keeps_a_card_is_sent_what_they_agreed_to_once(hafen):
    consent = make_consent(make_member(hafen, email="lena@example.com"))
    keep(consent)
    keep(consent)
    notice = Notice.objects.get(kind=NoticeKind.CARD_KEPT)
    assert (notice.to, notice.facts["wording"]) == ("lena@example.com", consent.wording)


def test_card_of_somebody_without_an_address_is_kept_and_nobody_is_told(hafen):
    assert keep(make_consent(make_member(hafen, email=""))).removed_at is None
    assert Notice.objects.count() == 0


def test_card_that_ends_soon_is_told_once_a_month_it_ends_in(hafen, config):
    soon = make_saved_card(make_member(hafen), config, exp_month=12, exp_year=2026)
    make_saved_card(make_member(hafen), config, exp_month=1, exp_year=2027)
    make_saved_card(make_member(hafen), config, exp_month=10, exp_year=2026)
    make_saved_card(make_member(hafen), config, exp_month=11, exp_year=2026, is_default=False)
    assert (tell_expiring(now=NOW), tell_expiring(now=NOW)) == (1, 0)
    notice = Notice.objects.get(kind=NoticeKind.CARD_EXPIRING)
    assert (notice.to, notice.facts["month"]) == (soon.owner.email, "December 2026")


def test_withdrawn_consent_is_told_nothing(hafen, config):
    member = make_member(hafen)
    make_saved_card(member, config, exp_month=11, exp_year=2026, consent=make_consent(member, withdrawn_at=NOW))
    assert tell_expiring(now=NOW) == 0
