"""Saved cards: one default, the same plastic once, and nothing to charge that was removed."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from billing.models import SavedCard
from billing.queries.cards import expiring_cards
from billing.services.saved_cards import KeptCard, keep_card, refresh_card, remove_card, set_default
from billing.signals import card_removed
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError
from members.services.members import archive_member
from tests.factories.cards import make_consent, make_saved_card
from tests.factories.members import make_company, make_member

pytestmark = pytest.mark.django_db
BEN = Actor("user", "1", "Ben")
STRIPE = Actor.stripe()


@pytest.fixture
def anna(hafen):
    return make_member(hafen, name="Anna Keller")


@pytest.fixture
def told(django_capture_on_commit_callbacks):
    """Return the ids of the cards that Stripe was to be told to forget, as they come."""
    ids = []

    def hear(card_id, **_kwargs):
        ids.append(card_id)

    card_removed.connect(hear)
    yield ids
    card_removed.disconnect(hear)


def seen(pm="pm_1", **more):
    facts = {
        "customer_id": "cus_1", "brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2034,
        "fingerprint": "fp_a", "funding": "credit", "country": "DE", "wallet": "", "redisplay": "limited",
    }  # fmt: skip
    return KeptCard(payment_method_id=pm, **{**facts, **more})


def keep(consent, card, account="acct_1", now=None):
    return keep_card(
        by=STRIPE, consent=consent, card=card, account=account, livemode=False, origin="seti_1",
        now=now or timezone.now(),
    )  # fmt: skip


def actions(row):
    return [event.action.removeprefix("billing.card.") for event in audit.timeline(row)]


def test_newest_card_is_the_default(anna):
    first = keep(make_consent(anna), seen("pm_1"))
    second = keep(make_consent(anna), seen("pm_2", fingerprint="fp_b", last4="4444", brand="mastercard"))
    first.refresh_from_db()
    assert (first.is_default, second.is_default, SavedCard.objects.usable().count()) == (False, True, 2)
    assert (str(first), str(second)) == ("Visa •••• 4242", "Mastercard •••• 4444")


def test_second_call_for_the_same_payment_method_changes_nothing(anna):
    consent = make_consent(anna)
    first = keep(consent, seen())
    assert keep(make_consent(anna), seen(last4="9999")) == first
    assert SavedCard.objects.get().last4 == "4242"


def test_same_plastic_kept_again_is_one_card_under_the_newest_consent(anna, told, django_capture_on_commit_callbacks):
    older = keep(make_consent(anna), seen("pm_1"))
    with django_capture_on_commit_callbacks(execute=True):
        newer = keep(make_consent(anna, purpose="purchases"), seen("pm_2"))
    older.refresh_from_db()
    assert list(SavedCard.objects.usable()) == [newer]
    assert (older.replaced_by, older.removed_reason, older.detach_due_at is not None) == (newer, "Kept again", True)
    assert (newer.is_default, list(newer.replaced.all()), told) == (True, [older], [older.pk])
    assert actions(older) == ["replaced", "kept"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"fingerprint": "fp_b"}, "another card"),
        ({"wallet": "apple_pay"}, "a phone's card can do less than the plastic"),
        ({"fingerprint": ""}, "nothing known of it"),
    ],
)
def test_other_cards_are_not_taken_for_the_same_plastic(anna, change, why):
    keep(make_consent(anna), seen("pm_1"))
    keep(make_consent(anna), seen("pm_2", **change))
    assert SavedCard.objects.usable().count() == 2, why


def test_same_plastic_of_somebody_else_or_in_another_account_is_left_alone(anna, hafen):
    keep(make_consent(anna), seen("pm_1"))
    keep(make_consent(anna), seen("pm_2"), account="acct_2")
    keep(make_consent(make_company(hafen)), seen("pm_3"))
    keep(make_consent(make_member(hafen)), seen("pm_4"))
    assert SavedCard.objects.usable().filter(is_default=True).count() == 4


def test_card_whose_consent_was_withdrawn_meanwhile_is_written_as_removed(
    anna, told, django_capture_on_commit_callbacks
):
    kept = keep(make_consent(anna), seen("pm_1"))
    now = timezone.now()
    with django_capture_on_commit_callbacks(execute=True):
        late = keep(make_consent(anna, withdrawn_at=now), seen("pm_2"), now=now)
    kept.refresh_from_db()
    assert (late.removed_at, late.is_default, late.detach_due_at) == (now, False, now)
    assert (kept.is_default, list(SavedCard.objects.usable()), told) == (True, [kept], [late.pk])
    assert actions(late) == ["dropped"]


def test_consent_that_was_withdrawn_in_the_database_counts_not_the_one_in_memory(anna):
    consent = make_consent(anna)
    type(consent).objects.filter(pk=consent.pk).update(withdrawn_at=timezone.now())
    assert keep(consent, seen()).removed_reason == "Consent withdrawn"


def test_card_of_somebody_archived_meanwhile_is_written_as_removed(anna):
    consent = make_consent(anna)
    archive_member(by=BEN, member=anna, now=timezone.now())
    late = keep(consent, seen())
    assert (late.removed_reason, late.detach_due_at is not None) == ("Archived", True)


def test_archiving_removes_all_cards_and_leaves_none_to_charge(anna, stripe_account):
    cards = [make_saved_card(anna, stripe_account), make_saved_card(anna, stripe_account, is_default=False)]
    now = timezone.now()
    archive_member(by=BEN, member=anna, now=now)
    for card in cards:
        card.refresh_from_db()
        assert (card.removed_at, card.removed_reason, card.is_default, card.detach_due_at) == (
            now,
            "Archived",
            False,
            now,
        )
    assert actions(anna).count("none_left") == 1
    assert "default" not in actions(anna)


def test_default_is_chosen_and_the_one_before_steps_back(anna, stripe_account):
    first = make_saved_card(anna, stripe_account)
    second = make_saved_card(anna, stripe_account, is_default=False)
    set_default(by=BEN, card=second)
    set_default(by=BEN, card=second)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.is_default, second.is_default) == (False, True)
    assert actions(second) == ["default"]


def test_removed_card_cannot_be_the_default(anna, stripe_account):
    card = make_saved_card(anna, stripe_account, is_default=False, removed_at=timezone.now())
    with pytest.raises(Conflict, match="removed"):
        set_default(by=BEN, card=card)


def test_card_whose_consent_was_withdrawn_cannot_be_the_default(anna, stripe_account):
    consent = make_consent(anna, withdrawn_at=timezone.now())
    card = make_saved_card(anna, stripe_account, consent=consent, is_default=False)
    with pytest.raises(Conflict, match="removed"):
        set_default(by=BEN, card=card)


def test_removing_the_default_promotes_the_next_usable_one(anna, stripe_account):
    now = timezone.now()
    expired = {"exp_month": 1, "exp_year": 2020}
    make_saved_card(anna, stripe_account, is_default=False, kept_at=now - timedelta(days=3))
    wanted = make_saved_card(anna, stripe_account, is_default=False, kept_at=now - timedelta(days=2))
    make_saved_card(anna, stripe_account, is_default=False, kept_at=now - timedelta(days=1), **expired)
    withdrawn = make_consent(anna, withdrawn_at=now)
    make_saved_card(anna, stripe_account, is_default=False, kept_at=now, consent=withdrawn)
    default = make_saved_card(anna, stripe_account, kept_at=now)
    assert remove_card(by=BEN, card=default, reason="Lost", now=now) == wanted
    default.refresh_from_db()
    assert (default.removed_at, default.removed_reason, default.detach_due_at) == (now, "Lost", now)
    assert actions(anna)[:2] == ["default", "removed"]


def test_expired_card_becomes_the_default_only_when_there_is_no_other(anna, stripe_account):
    expired = make_saved_card(anna, stripe_account, is_default=False, exp_month=1, exp_year=2020)
    default = make_saved_card(anna, stripe_account)
    assert remove_card(by=BEN, card=default, reason="", now=timezone.now()) == expired


def test_removing_the_last_card_says_that_none_is_left(anna, stripe_account):
    card = make_saved_card(anna, stripe_account)
    assert remove_card(by=BEN, card=card, reason="Moved away", now=timezone.now()) is None
    assert actions(anna)[:2] == ["none_left", "removed"]


def test_removing_a_card_that_is_not_the_default_leaves_the_default(anna, stripe_account):
    default = make_saved_card(anna, stripe_account)
    other = make_saved_card(anna, stripe_account, is_default=False)
    assert remove_card(by=BEN, card=other, reason="", now=timezone.now()) == default


def test_removing_again_changes_nothing(anna, stripe_account):
    card, first = make_saved_card(anna, stripe_account), timezone.now()
    remove_card(by=BEN, card=card, reason="Lost", now=first)
    remove_card(by=BEN, card=card, reason="Again", now=first + timedelta(hours=1))
    card.refresh_from_db()
    assert (card.removed_at, card.removed_reason) == (first, "Lost")


def test_card_that_stripe_has_forgotten_is_not_detached_again(
    anna, stripe_account, told, django_capture_on_commit_callbacks
):
    card = make_saved_card(anna, stripe_account)
    with django_capture_on_commit_callbacks(execute=True):
        remove_card(by=STRIPE, card=card, reason="Removed at Stripe", now=timezone.now(), at_stripe=False)
    card.refresh_from_db()
    assert (card.removed_at is not None, card.detach_due_at, told) == (True, None, [])


def test_reason_with_a_card_number_is_refused(anna, stripe_account):
    card = make_saved_card(anna, stripe_account)
    with pytest.raises(DomainError, match="Card numbers"):
        remove_card(by=BEN, card=card, reason="4242424242424242", now=timezone.now())
    card.refresh_from_db()
    assert card.removed_at is None


def test_renewed_card_is_written_down_once(anna, stripe_account):
    card = make_saved_card(anna, stripe_account, exp_year=2026, fingerprint="fp_a")
    renewed = seen(card.payment_method_id, last4="5353", exp_year=2029)
    assert refresh_card(by=STRIPE, card=card, seen=renewed) is True
    assert refresh_card(by=STRIPE, card=card, seen=renewed) is False
    card.refresh_from_db()
    assert (card.last4, card.expires, actions(card)) == ("5353", "12/29", ["renewed"])


@pytest.mark.parametrize(
    ("news", "still_refused"),
    [({"redisplay": "always"}, True), ({"exp_year": 2039}, False), ({"last4": "5353"}, False)],
)
def test_only_a_renewed_card_is_free_of_its_banks_refusal(anna, stripe_account, news, still_refused):
    day = date(2026, 11, 2)
    card = make_saved_card(anna, stripe_account, refused_on=day, refused_why="card_data")
    as_before = {
        name: getattr(card, name)
        for name in ("brand", "last4", "exp_month", "exp_year", "fingerprint", "funding", "country", "redisplay")
    }
    assert refresh_card(by=STRIPE, card=card, seen=seen(card.payment_method_id, **as_before | news)) is True
    card.refresh_from_db()
    assert (card.refused_on, card.refused) == ((day, "card_data") if still_refused else (None, ""))


def test_removed_card_is_not_renewed(anna, stripe_account):
    card = make_saved_card(anna, stripe_account, is_default=False, removed_at=timezone.now())
    assert refresh_card(by=STRIPE, card=card, seen=seen(exp_year=2040)) is False


@pytest.mark.parametrize(
    ("month", "year", "listed"),
    [(11, 2026, True), (12, 2026, False), (1, 2027, False), (12, 2025, True), (None, None, False)],
)
def test_expiring_cards_are_those_whose_last_month_is_over_before_the_day(
    anna, ada, stripe_account, month, year, listed
):
    card = make_saved_card(anna, stripe_account, exp_month=month, exp_year=year)
    day = date(2026, 12, 1)
    assert (list(expiring_cards(ada, before=day)) == [card]) is listed
    assert card.expired_on(day) is listed


def test_expiring_cards_are_those_of_the_persons_locations_that_may_be_charged(anna, kiyosumi, ben, stripe_account):
    old = {"exp_month": 1, "exp_year": 2020}
    mine = make_saved_card(anna, stripe_account, **old)
    make_saved_card(make_member(kiyosumi), stripe_account, **old)
    make_saved_card(anna, stripe_account, is_default=False, removed_at=timezone.now(), **old)
    withdrawn = make_consent(anna, withdrawn_at=timezone.now())
    make_saved_card(anna, stripe_account, is_default=False, consent=withdrawn, **old)
    assert list(expiring_cards(ben, before=date(2026, 12, 1))) == [mine]


def test_database_refuses_a_second_default_and_a_removed_one(anna, stripe_account):
    make_saved_card(anna, stripe_account)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_saved_card(anna, stripe_account)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_saved_card(anna, stripe_account, removed_at=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        make_saved_card(anna, stripe_account, is_default=False, detach_due_at=timezone.now())
