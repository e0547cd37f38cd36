"""The pages around a card link: what customers read and agree to, and what staff make, show, send and withdraw."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing.enums import ConsentPurpose
from billing.models import Consent, Notice
from flexspace.core.actors import Actor
from members.models import Member
from terminal.models import CardLink
from terminal.services.card_link_page import card_url
from terminal.services.card_links import make_card_link
from terminal.views.pay import strangers, visits
from tests.factories.members import make_company, make_member
from tests.terminal.test_pay_pages import HTMX, page_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_counted_yet(clock, settings):
    """Let no earlier test's visits count."""
    settings.SITE_URL = "http://testserver"
    visits.reset()
    strangers.reset()


@pytest.fixture
def member(hafen):
    return make_member(hafen)


@pytest.fixture
def link(desk, member, hafen):
    return make_card_link(
        by=Actor.job("test"), payer=member, location=hafen, purpose=ConsentPurpose.DUES, now=timezone.now()
    )


def url_of(link):
    return card_url(link).removeprefix("http://testserver")


def fields(page):
    """Return the hidden inputs of the form."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.content.decode()))


def test_page_shows_the_words_in_full(client, link, member):
    page = client.get(url_of(link))
    text = page.content.decode()
    assert (page_of(page), "Hafenplatz" in text, f"what {member.name} owes" in text) == ("ready", True, True)
    assert "I can withdraw this at any time" in text
    assert fields(page) == {"wording": "dues-2", "language": "en"}


def test_words_can_be_read_in_another_language(client, link):
    page = client.get(url_of(link) + "?language=de")
    assert fields(page) == {"wording": "dues-2", "language": "de"}
    client.post(url_of(link), fields(page))
    assert Consent.objects.get().language == "de"


def test_button_leads_to_stripe_without_a_script_and_with_one(desk, link):
    client = Client(enforce_csrf_checks=True)
    url = url_of(link)
    answer = client.post(url, fields(client.get(url)))
    assert (answer.status_code, answer.headers["Location"]) == (303, url)
    link.refresh_from_db()
    stripe_url = f"http://stripe.test/c/pay/{link.session_id}"
    assert f'href="{stripe_url}"' in client.get(url).content.decode()
    assert client.post(url, {"wording": "dues-2"}, headers=HTMX).headers["HX-Redirect"] == stripe_url
    assert Consent.objects.count() == 1


def test_words_that_changed_meanwhile_are_read_again(client, link):
    answer = client.post(url_of(link), {"wording": "dues-0", "language": "en"})
    assert (page_of(answer), "Read it again" in answer.content.decode()) == ("ready", True)
    assert client.post(url_of(link), {}).status_code == 200
    assert Consent.objects.count() == 0


def test_archived_payer_is_told_nothing_secret_and_agrees_to_nothing(client, link, member):
    Member.objects.filter(pk=member.pk).update(archived_at=timezone.now())
    answer = client.post(url_of(link), {"wording": "dues-2", "language": "en"})
    assert (answer.status_code, Consent.objects.count()) == (200, 0)


def test_customer_who_comes_back_sees_the_card(client, desk, link):
    client.post(url_of(link), {"wording": "dues-2", "language": "en"})
    link.refresh_from_db()
    desk.control(f"sessions/{link.session_id}/pay", {})
    page = client.get(url_of(link))
    assert (page_of(page), "Visa •••• 4242 is kept" in page.content.decode()) == ("done", True)


@pytest.mark.parametrize("token", ["x", "A" * 71])
def test_unknown_link_is_a_clear_page(client, db, token):
    answer = client.get(f"/card/{token}/")
    assert (answer.status_code, page_of(answer)) == (404, "unknown")


@pytest.mark.parametrize("kind", ["member", "company"])
def test_staff_make_show_and_mail_a_link(client, ben, desk, hafen, member, kind):
    payer = member if kind == "member" else make_company(hafen)
    client.force_login(ben)
    url = reverse("terminal:card_link_new", args=[kind, payer.uuid])
    form = client.get(url).context["form"]
    sent = {"purpose": "purchases", "token": str(form["token"].value())}
    made = client.post(url, sent)
    again = client.post(url, sent)
    link = CardLink.objects.get()
    assert made.headers["Location"] == again.headers["Location"] == reverse("terminal:card_link", args=[link.uuid])
    assert (getattr(link, kind), link.purpose, link.made_by) == (payer, "purchases", "Ben")
    page = client.get(made.headers["Location"])
    assert card_url(link) in page.content.decode()
    token = str(page.context["form"]["token"].value())
    for _ in range(2):
        client.post(made.headers["Location"], {"to": "ada@example.org", "token": token})
    notice = Notice.objects.get()
    assert (notice.kind, notice.to, notice.facts["url"]) == ("card_link", "ada@example.org", card_url(link))
    panel = client.get(reverse("terminal:card_links_panel", args=[kind, payer.uuid])).content.decode()
    assert reverse("terminal:card_link", args=[link.uuid]) in panel


def test_staff_see_it_done_and_withdraw_what_is_not(client, ben, desk, hafen, link):
    client.force_login(ben)
    state = reverse("terminal:card_link_state", args=[link.uuid])
    assert client.get(state).status_code == 204
    client.post(reverse("terminal:card_link_withdraw", args=[link.uuid]))
    assert client.get(state).headers["HX-Refresh"] == "true"
    page = client.get(reverse("terminal:card_link", args=[link.uuid])).content.decode()
    assert ("This link was withdrawn" in page, card_url(link) in page) == (True, False)
    assert page_of(client.get(url_of(link))) == "withdrawn"
    late = client.post(
        reverse("terminal:card_link", args=[link.uuid]), {"to": "a@example.org", "token": str(link.uuid)}
    )
    assert (late.status_code, Notice.objects.count()) == (302, 0)


def test_missing_choice_is_told(client, ben, desk, member):
    client.force_login(ben)
    url = reverse("terminal:card_link_new", args=["member", member.uuid])
    answer = client.post(url, {"token": str(client.get(url).context["form"]["token"].value())})
    assert (answer.status_code, CardLink.objects.count()) == (422, 0)


def test_location_without_an_account_is_explained(client, ben, hafen, member):
    client.force_login(ben)
    url = reverse("terminal:card_link_new", args=["member", member.uuid])
    token = str(client.get(url).context["form"]["token"].value())
    answer = client.post(url, {"purpose": "dues", "token": token})
    assert (answer.status_code, "no Stripe account yet" in answer.content.decode()) == (422, True)


def test_people_of_another_location_are_nobodys_business(client, ben, yen_desk, kiyosumi):
    client.force_login(ben)
    stranger = make_member(kiyosumi)
    link = make_card_link(
        by=Actor.job("test"), payer=stranger, location=kiyosumi, purpose=ConsentPurpose.DUES, now=timezone.now()
    )
    names = [("card_link_new", ["member", stranger.uuid]), ("card_link", [link.uuid]), ("card_link_state", [link.uuid]),
             ("card_links_panel", ["member", stranger.uuid]), ("card_link_new", ["ghost", stranger.uuid])]  # fmt: skip
    assert {client.get(reverse(f"terminal:{name}", args=args)).status_code for name, args in names} == {404}
