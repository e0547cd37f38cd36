"""Card links: the consent is written before the page opens, and Stripe says what came of it."""

import datetime as dt

import pytest
from django.utils import timezone

from billing.enums import ConsentPurpose
from billing.models import Consent, SavedCard
from billing.services.consents import withdraw_consent
from billing.wording import current
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.models import AuditEvent
from terminal.models import CardLink, StripeCustomer
from terminal.services.card_link_page import card_url, due_card_links, step_card_link
from terminal.services.card_links import look, make_card_link, open_page, withdraw_card_link
from terminal.services.customers import forget_customer
from tests.factories.members import make_company, make_member

pytestmark = pytest.mark.django_db(transaction=True)
BEN = Actor.job("test")
DUES, PURCHASES = ConsentPurpose.DUES, ConsentPurpose.PURCHASES


@pytest.fixture(autouse=True)
def site(settings):
    settings.SITE_URL = "http://testserver"


@pytest.fixture
def member(hafen):
    return make_member(hafen)


@pytest.fixture
def link(desk, member, hafen):
    return make_card_link(by=BEN, payer=member, location=hafen, purpose=DUES, now=timezone.now())


def token_of(link):
    return card_url(link).split("/")[-2]


def see(link):
    visit = look(token_of(link), now=timezone.now())
    link.refresh_from_db()
    return visit


def agree(link, **more):
    words = {"version": current(ConsentPurpose(link.purpose)).version, "language": "en", **more}
    visit = open_page(token_of(link), now=timezone.now(), **words)
    link.refresh_from_db()
    return visit


def add(desk, link, **how):
    return desk.control(f"sessions/{link.session_id}/pay", how)["said"]


def sweep(desk, seconds):
    """Let time pass with the schedule at work."""
    for _ in range(seconds // 20):
        desk.clock.shift(20)
        for pk in due_card_links(timezone.now()):
            step_card_link(pk, now=timezone.now())


def sessions(desk):
    return desk.api("checkout/sessions", method="GET")["data"]


def test_link_alone_asks_stripe_for_nothing_and_writes_no_consent(desk, link):
    assert (see(link).page, desk.calls("checkout"), Consent.objects.count()) == ("ready", [], 0)
    assert link.expires_at == link.created_at + dt.timedelta(days=14)


def test_agreement_is_written_word_for_word_before_the_page_opens(desk, link, member, hafen):
    visit = agree(link)
    consent = Consent.objects.get()
    assert (visit.page, visit.url) == ("open", f"http://stripe.test/c/pay/{link.session_id}")
    assert (consent.member, consent.channel, consent.purpose, consent.taken_by) == (member, "link", "dues", "Customer")
    assert member.name in consent.wording
    session = sessions(desk)[0]
    assert (session["mode"], session["customer"]) == ("setup", StripeCustomer.objects.get().customer_id)
    assert session["metadata"]["card_link"] == str(link.uuid)


@pytest.mark.parametrize(("purpose", "redisplay"), [(DUES, "limited"), (PURCHASES, "always")])
def test_added_card_is_kept_under_that_agreement(desk, member, hafen, purpose, redisplay):
    link = make_card_link(by=BEN, payer=member, location=hafen, purpose=purpose, now=timezone.now())
    agree(link)
    assert add(desk, link) == ""
    assert see(link).page == "done"
    card = SavedCard.objects.get()
    assert (card.member, card.consent, card.is_default) == (member, link.consent, True)
    assert (card.brand, card.last4, card.redisplay, card.origin) == ("visa", "4242", redisplay, link.session_id)
    assert (link.kept_card, link.next_check_at) == (card, None)
    assert AuditEvent.objects.filter(action="terminal.card_link.done").count() == 1
    assert desk.api(f"payment_methods/{card.payment_method_id}", method="GET")["customer"] == card.customer_id


def test_company_adds_a_card_too(desk, hafen):
    company = make_company(hafen)
    link = make_card_link(by=BEN, payer=company, location=hafen, purpose=DUES, now=timezone.now())
    agree(link)
    add(desk, link)
    see(link)
    assert SavedCard.objects.get().company == company


@pytest.mark.parametrize("kind", ["checkout.session.completed", "setup_intent.succeeded"])
def test_event_alone_is_enough(desk, link, kind):
    desk.listen()
    agree(link)
    add(desk, link)
    for lost in ("checkout.", "setup_intent.succeeded"):
        if not kind.startswith(lost):
            desk.fault("webhook_lost", lost, times=None)
    desk.deliver()
    link.refresh_from_db()
    assert (link.state, SavedCard.objects.count()) == ("done", 1)


def test_without_any_event_the_schedule_keeps_it(desk, link):
    agree(link)
    add(desk, link)
    sweep(desk, 80)
    link.refresh_from_db()
    assert (link.state, SavedCard.objects.count()) == ("done", 1)


def test_two_who_agree_get_one_page_and_one_consent(desk, link):
    first, second = agree(link), agree(link)
    assert first.url == second.url
    assert (len(sessions(desk)), Consent.objects.count()) == (1, 1)


def test_declined_card_leaves_the_page_open(desk, link):
    agree(link)
    assert add(desk, link, card="4000000000009987") == "Your card was declined."
    assert (see(link).page, SavedCard.objects.count()) == ("open", 0)
    add(desk, link)
    assert see(link).page == "done"


def test_card_that_asks_its_holder_is_kept_once_they_proved_themselves(desk, link):
    agree(link)
    add(desk, link, card="4000002500003155")
    assert see(link).page == "open"
    desk.control(f"sessions/{link.session_id}/authenticate", {"authenticate": True})
    assert see(link).page == "done"


def test_page_that_was_left_ends_and_the_link_opens_another_under_the_same_consent(desk, link):
    agree(link)
    before = link.session_id
    sweep(desk, 3720)
    assert (see(link).page, link.session_id, link.next_check_at) == ("ready", "", None)
    agree(link)
    assert (link.session_id != before, link.session_seq, Consent.objects.count()) == (True, 2, 1)


def test_answer_that_was_lost_leads_to_the_same_page(desk, link):
    desk.fault("answer_lost", "POST /v1/checkout/sessions")
    assert agree(link).page == "checking"
    assert agree(link).page == "open"
    assert (len(sessions(desk)), Consent.objects.count(), link.session_seq) == (1, 1, 1)


def test_long_unanswered_opening_is_asked_for_anew(desk, link):
    desk.fault("answer_lost", "POST /v1/checkout/sessions")
    agree(link)
    desk.clock.shift(16 * 60)
    assert agree(link).page == "open"
    assert (link.session_seq, Consent.objects.count()) == (2, 1)


def test_refusal_is_told_and_the_next_press_asks_under_another_key(desk, link):
    desk.wire.answer("POST /v1/checkout/sessions", 400, '{"error": {"type": "invalid_request_error", "message": "No"}}')
    assert agree(link).page == "not_opened"
    assert agree(link).page == "open"
    assert link.session_seq == 2


def test_customer_deleted_at_stripe_is_made_anew(desk, link, member):
    agree(link)
    gone = StripeCustomer.objects.get().customer_id
    sweep(desk, 3720)
    desk.dashboard("delete_customer", gone)
    assert agree(link).page == "not_opened"
    assert agree(link).page == "open"
    assert StripeCustomer.objects.get().customer_id not in ("", gone)
    forget_customer(desk.config, gone)  # told late, and twice: the new one stays
    assert StripeCustomer.objects.get().customer_id != ""


def test_withdrawn_link_leads_nowhere_and_its_page_is_closed(desk, link):
    agree(link)
    withdraw_card_link(by=BEN, link=link, now=timezone.now())
    assert see(link).page == "withdrawn"
    sweep(desk, 20)
    assert sessions(desk)[0]["status"] == "expired"
    assert (see(link).page, link.next_check_at, link.state) == ("withdrawn", None, "withdrawn")
    assert agree(link).page == "withdrawn"


def test_card_added_just_before_the_link_was_withdrawn_is_written_down(desk, link):
    agree(link)
    add(desk, link)
    withdraw_card_link(by=BEN, link=link, now=timezone.now())
    sweep(desk, 20)
    link.refresh_from_db()
    assert (link.state, SavedCard.objects.get().removed_at) == ("done", None)


def test_card_added_after_the_consent_was_withdrawn_is_not_usable(desk, link):
    agree(link)
    withdraw_consent(by=BEN, consent=link.consent, now=timezone.now())
    add(desk, link)
    see(link)
    assert SavedCard.objects.usable().count() == 0
    assert SavedCard.objects.get().removed_at is not None


def test_withdrawn_consent_is_given_anew(desk, link):
    agree(link)
    sweep(desk, 3720)
    withdraw_consent(by=BEN, consent=CardLink.objects.get().consent, now=timezone.now())
    agree(link)
    assert (Consent.objects.count(), link.consent.holds) == (2, True)


def test_other_language_is_another_agreement(desk, link):
    agree(link, language="de")
    assert (link.consent.language, "Ich erlaube" in link.consent.wording) == ("de", True)


def test_old_wording_is_not_agreed_to(desk, link):
    with pytest.raises(Conflict):
        agree(link, version="dues-0")
    assert (Consent.objects.count(), desk.calls("checkout")) == (0, [])


def test_old_link_and_done_link_say_so(desk, link):
    desk.clock.shift(dt.timedelta(days=14))
    assert (see(link).page, agree(link).page) == ("too_old", "too_old")


def test_done_link_keeps_no_second_card(desk, link):
    agree(link)
    add(desk, link)
    see(link)
    assert agree(link).page == "done"
    assert len(sessions(desk)) == 1


def test_stripe_that_does_not_answer_is_told(desk, link):
    agree(link)
    add(desk, link)
    desk.fault("unavailable", "GET /v1/checkout/sessions", times=3)
    assert see(link).page == "checking"
    assert see(link).page == "done"


def test_link_needs_an_account(hafen, member):
    with pytest.raises(DomainError):
        make_card_link(by=BEN, payer=member, location=hafen, purpose=DUES, now=timezone.now())
    assert not CardLink.objects.exists()
