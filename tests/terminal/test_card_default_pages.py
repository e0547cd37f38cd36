"""Which card is charged, chosen or after one is removed: pages name the one that takes the place, if it can pay."""

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import SavedCard
from tests.factories.cards import make_consent

pytestmark = pytest.mark.django_db(transaction=True)


def text_of(answer):
    return answer.content.decode()


def test_default_is_changed_by_a_press(at, desk, anna):
    first = desk.keep(anna)
    desk.keep(anna, card="5555555555554444")
    answer = at.post(reverse("terminal:card_default", args=[first.uuid]), follow=True)
    first.refresh_from_db()
    assert first.is_default is True
    assert "Visa •••• 4242 is charged from now on." in text_of(answer)


def test_card_is_removed_with_a_word_on_what_is_left(at, desk, anna):
    first = desk.keep(anna)
    second = desk.keep(anna, card="5555555555554444")
    assert "Visa •••• 4242 is charged instead." in text_of(at.get(reverse("terminal:card_remove", args=[second.uuid])))
    said = at.post(reverse("terminal:card_remove", args=[second.uuid]), {"reason": "Lost"}, follow=True)
    assert "Mastercard •••• 4444 is removed. Visa •••• 4242 is charged instead." in text_of(said)
    assert "Visa •••• 4242 is charged by default, in place of Mastercard •••• 4444" in text_of(said)
    last = "No other card is kept there, so what is owed must be paid another way."
    assert last in text_of(at.get(reverse("terminal:card_remove", args=[first.uuid])))
    said = at.post(reverse("terminal:card_remove", args=[first.uuid]), {}, follow=True)
    assert f"Visa •••• 4242 is removed. {last}" in text_of(said)
    assert SavedCard.objects.usable().count() == 0


def test_card_that_takes_the_place_is_the_one_that_is_named_and_a_condemned_one_is_not_said_to_pay(at, desk, anna):
    good, condemned = desk.keep(anna), desk.keep(anna, card="378282246310005", consent=make_consent(anna))
    default = desk.keep(anna, card="5555555555554444", consent=make_consent(anna))
    SavedCard.objects.filter(pk=condemned.pk).update(refused_on=desk.location.today(timezone.now()))
    there = reverse("terminal:consent", args=[default.consent.uuid])
    assert "What is owed is charged to Visa •••• 4242" in text_of(at.get(there))
    at.post(reverse("terminal:card_remove", args=[default.uuid]), {})
    good.refresh_from_db()
    assert good.is_default is True
    said = f"{condemned} takes its place, but cannot be charged: the bank says: do not try this card again."
    assert said in text_of(at.get(reverse("terminal:consent", args=[good.consent.uuid])))
    assert said in text_of(at.get(reverse("terminal:card_remove", args=[good.uuid])))
    assert f"is removed. {said}" in text_of(at.post(reverse("terminal:card_remove", args=[good.uuid]), follow=True))


def test_removing_another_card_than_the_default_says_nothing_of_a_place(at, desk, anna):
    first = desk.keep(anna)
    desk.keep(anna, card="5555555555554444")
    said = at.post(reverse("terminal:card_remove", args=[first.uuid]), {}, follow=True)
    assert "Visa •••• 4242 is removed.<" in text_of(said)
