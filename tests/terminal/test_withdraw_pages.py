"""Withdrawing a consent: found on its card's row, with a sentence that is true before and after."""

import pytest
from django.urls import reverse

from billing.models import Collection
from tests.factories.cards import make_consent
from tests.terminal.saved import night, owing

pytestmark = pytest.mark.django_db(transaction=True)


def text_of(answer):
    return answer.content.decode()


def test_consent_is_withdrawn_from_the_row_of_its_card_and_what_follows_is_said_before_and_after(at, desk, anna):
    card, panel = desk.keep(anna), reverse("terminal:payer_cards", args=["member", anna.uuid])
    there = reverse("terminal:consent", args=[card.consent.uuid])
    assert f'href="{there}#withdraw"' in text_of(at.get(panel))
    owing(desk, payer=anna, due_in=3)
    follows = (
        "Visa •••• 4242 is removed here and at Stripe. One open invoice is not charged by itself any more: "
        "on the due date the desk is reminded to ask for the money."
    )
    assert follows in text_of(at.get(there))
    said = at.post(reverse("terminal:consent_withdraw", args=[card.consent.uuid]), {}, follow=True)
    assert f"The consent is withdrawn. {follows}" in text_of(said)
    assert "the consent was withdrawn</a> on 23 Nov 2026, so nothing is charged by itself" in text_of(at.get(panel))
    desk.clock.shift(3 * 86400)
    night(desk)
    row = Collection.objects.get()
    assert (row.state, row.stop_reason, row.at_desk) == ("stopped", "consent_withdrawn", True)


def test_withdrawing_one_of_two_consents_names_the_card_that_is_charged_instead(at, desk, anna):
    first = desk.keep(anna)
    desk.keep(anna, consent=make_consent(anna), card="5555555555554444")
    there = reverse("terminal:consent", args=[first.consent.uuid])
    assert "What is owed is charged to Mastercard •••• 4444, which was kept under another consent." in text_of(
        at.get(there)
    )
