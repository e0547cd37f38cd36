"""The worklist of saved cards: who sees it, what is in each tab, in plain words and at a constant cost."""

from datetime import date, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.dunning import Next, Said
from billing.enums import CollectionReason, CollectionState, PaymentMethod
from billing.models import Collection, Invoice
from billing.queries.collections import COLLECTION_TABS, month_pictures, tab_of
from billing.services import collecting
from billing.services.invoicing import issue
from billing.services.payments import record_by_hand
from flexspace.core.actors import Actor
from tests.factories.billing import make_draft
from tests.factories.cards import make_saved_card
from tests.factories.members import make_company, make_member

pytestmark = pytest.mark.django_db
BY = Actor.job("test")
ACCOUNT = SimpleNamespace(account_id="acct_1", livemode=False)
S, R = CollectionState, CollectionReason
DECLINED = Said("card_declined", "insufficient_funds", "try_again_later")


def collected(location, *, card=True, total=14500, due_in=0, payer=None) -> Collection:
    """Return the collection of an issued invoice that is due ``due_in`` days from now."""
    payer = payer or make_member(location, name="Lena Fischer")
    who = {"company": payer} if payer._meta.model_name == "company" else {"member": payer}
    if card:
        make_saved_card(payer, ACCOUNT)
    draft = make_draft(location, total=total, **who)
    Invoice.objects.filter(pk=draft.pk).update(auto_collect=True)
    type(location).objects.filter(pk=location.pk).update(payment_days=max(0, due_in))
    invoice = issue(by=BY, invoice=draft, now=timezone.now())
    if due_in < 0:
        day = invoice.due_date + timedelta(days=due_in)
        Invoice.objects.filter(pk=invoice.pk).update(due_date=day)
        Collection.objects.filter(invoice=invoice).update(next_try_on=day)
    return Collection.objects.select_related("invoice__location").get(invoice=invoice)


def went(collection, state, *, on=None, reason=R.NONE, said=DECLINED, counts=True, at_desk=False) -> Collection:
    """Return the collection after a charge that led to ``state``."""
    follows = Next(state, on, reason, counts=counts, at_desk=at_desk)
    collecting.follow(by=BY, collection=collection, follows=follows, now=timezone.now(), said=said)
    return collection


def page(client, user, name="billing:collections", *args, query=""):
    client.force_login(user)
    return client.get(reverse(name, args=args) + query)


def text(answer):
    return " ".join(answer.content.decode().replace("&thinsp;", " ").split())


def in_every_tab(location, how_many):
    later = timezone.now().date() + timedelta(days=3)
    for _ in range(how_many):
        collected(location)
        collected(location, due_in=9)
        went(collected(location), S.RETRY, on=later)
        went(collected(location), S.SCHEDULED, on=later - timedelta(days=3), reason=R.MAIL_NOT_SENT, counts=False)
        went(collected(location), S.NEEDS_CARD, reason=R.CARD_REFUSED)
        went(collected(location), S.NEEDS_AUTHENTICATION, reason=R.AUTHENTICATION)
        went(collected(location), S.STOPPED, reason=R.TRIES_USED, at_desk=True)
        pay(collected(location))


def pay(collection):
    now, invoice = timezone.now(), collection.invoice
    record_by_hand(
        by=BY,
        invoices=[invoice],
        amount=invoice.open,
        method=PaymentMethod.CASH,
        reason="till",
        received_at=now,
        now=now,
    )


def test_worklist_is_for_managers_only(client, hafen, ben, mia, vic, yuki):
    uuid = collected(hafen).invoice.uuid
    answers = {user.name: page(client, user).status_code for user in (ben, vic, mia)}
    assert answers == {"Ben": 403, "Vic": 403, "Mia": 200}
    for name in ("collection", "collection_ask", "collection_stop", "collection_resume", "collection_wait"):
        client.force_login(ben)
        assert client.post(reverse(f"billing:{name}", args=[uuid])).status_code == 403
    assert page(client, mia, "billing:collection", uuid).status_code == 200


def test_worklist_shows_nothing_of_other_locations(client, hafen, kiyosumi, mia):
    theirs = collected(kiyosumi)
    assert "Lena Fischer" not in text(page(client, mia))
    assert page(client, mia, "billing:collection", theirs.invoice.uuid).status_code == 404
    assert client.post(reverse("terminal:collection_charge", args=[theirs.invoice.uuid])).status_code == 404


@pytest.mark.parametrize("how_many", [1, 3])
@pytest.mark.parametrize("tab", COLLECTION_TABS)
def test_every_tab_takes_the_same_queries_at_one_and_three_rows(
    client, hafen, mia, tab, how_many, django_assert_num_queries
):
    in_every_tab(hafen, how_many)
    client.force_login(mia)
    # Session, user, locations, three for the counts, (zones,) rows, cards, the month.
    with django_assert_num_queries(10 if tab in ("held", "due", "retry", "scheduled") else 9):
        answer = client.get(reverse("billing:collections") + f"?tab={tab}")
    assert len(answer.context["rows"]) == how_many


@pytest.mark.parametrize(
    ("tab", "words"),
    [
        ("due", "Scheduled"),
        ("retry", "The bank says: not enough funds"),
        ("card", "The bank says: do not try this card again"),
        ("authentication", "The bank wants the cardholder to confirm"),
        ("stopped", "Tried often enough. The bank says: not enough funds"),
        ("collected", "Paid another way"),
    ],
)
def test_row_says_why_in_plain_words(client, hafen, mia, tab, words):
    in_every_tab(hafen, 1)
    shown = text(page(client, mia, query=f"?tab={tab}"))
    assert words in shown
    assert "insufficient_funds" not in shown


def test_long_list_has_pages(client, hafen, mia):
    for number in range(27):
        collected(hafen, card=False, total=1000 + number)
    first = page(client, mia)
    assert (len(first.context["rows"]), first.context["page"].newer) == (25, "")
    second = page(client, mia, query=f"?at={first.context['page'].older}")
    assert (len(second.context["rows"]), second.context["page"].older) == (2, "")


def test_charge_now_is_offered_from_the_due_date_on(client, hafen, mia):
    day = collected(hafen, due_in=4).invoice.due_date
    shown = text(page(client, mia, query="?tab=scheduled"))
    assert "Charge now</button>" not in shown
    assert f"Can be charged from {day.day} {day:%b}" in shown
    collected(hafen)
    assert "Charge now" in text(page(client, mia))


def test_ask_at_next_visit_shows_at_the_desk_and_on_member_details_until_it_is_taken_away(client, hafen, mia, ben):
    row = went(collected(hafen), S.NEEDS_CARD, reason=R.CARD_EXPIRED)
    member, ask = row.invoice.member, reverse("billing:collection_ask", args=[row.invoice.uuid])
    asks = reverse("billing:payer_asks", args=["member", member.uuid])
    client.force_login(mia)
    client.post(ask, {"wanted": "1"}, headers={"HX-Request": "true"})
    assert "was not paid by the saved card. The card has expired" in text(
        page(client, ben, "billing:payer_asks", "member", member.uuid)
    )
    assert asks in text(page(client, ben, "members:member_detail", member.uuid))
    client.force_login(mia)
    client.post(ask, {"wanted": "0"})
    assert client.get(asks).content.strip() == b""


def test_stop_wants_a_reason_and_resume_takes_it_back(client, hafen, mia):
    row = collected(hafen)
    stop, back = (reverse(f"billing:collection_{deed}", args=[row.invoice.uuid]) for deed in ("stop", "resume"))
    client.force_login(mia)
    refused = client.post(stop, {"reason": "  "})
    assert (refused.status_code, "Say why; it is kept with the invoice." in text(refused)) == (422, True)
    assert client.post(stop, {"reason": "card 4242 4242 4242 4242"}).status_code == 422
    assert "Stopped: pays in cash" in text(client.post(stop, {"reason": "pays in cash"}, follow=True))
    row.refresh_from_db()
    assert (row.state, row.next_try_on) == ("stopped", None)
    client.post(back)
    row.refresh_from_db()
    assert (row.state, row.next_try_on) == ("scheduled", row.invoice.due_date)
    assert "is not being collected" not in text(client.post(back, follow=True))


@pytest.mark.parametrize(("days", "status"), [(-1, 422), (0, 302), (5, 302), (200, 422)])
def test_charge_can_wait_for_a_day_that_can_be(client, hafen, mia, days, status):
    row = collected(hafen)
    client.force_login(mia)
    day = hafen.today(timezone.now()) + timedelta(days=days)
    answer = client.post(reverse("billing:collection_wait", args=[row.invoice.uuid]), {"until": day.isoformat()})
    row.refresh_from_db()
    assert (answer.status_code, row.next_try_on) == (status, day if status == 302 else row.invoice.due_date)


@pytest.mark.parametrize(
    ("happens", "line"),
    [
        (lambda row: None, "Will be charged to Visa •••• 4242 today."),
        (
            lambda row: went(row, S.RETRY, on=date(2030, 12, 1)),
            "Will be charged again to Visa •••• 4242 on 1 Dec 2030.",
        ),
        (lambda row: went(row, S.NEEDS_CARD, reason=R.CARD_EXPIRED), "Waits for another card. The card has expired."),
        (lambda row: went(row, S.NEEDS_AUTHENTICATION, reason=R.AUTHENTICATION), "Ask at the next visit."),
        (lambda row: went(row, S.STOPPED, reason=R.PLAN_ENDED), "Not charged by itself any more. It bills time after"),
        (pay, "Paid another way."),
    ],
)
def test_invoice_details_says_what_the_saved_card_will_pay(client, hafen, vic, happens, line):
    row = collected(hafen)
    happens(row)
    assert line in text(page(client, vic, "billing:invoice_detail", row.invoice.uuid))


def test_card_that_was_refused_for_another_invoice_is_said_and_not_offered(client, hafen, mia):
    row = collected(hafen)
    assert "Charge now" in text(page(client, mia))
    row.invoice.member.saved_cards.update(refused_on=row.invoice.due_date, refused_why="card_data")
    line = "Due to be charged today, but not to Visa •••• 4242. The bank does not know the card any more."
    assert line in text(page(client, mia, "billing:invoice_detail", row.invoice.uuid))
    shown = text(page(client, mia))
    assert (line in shown, "Charge now" in shown) == (True, False)


def test_invoice_that_nobody_collects_says_nothing_of_cards(client, hafen, vic):
    draft = make_draft(hafen)
    invoice = issue(by=BY, invoice=draft, now=timezone.now())
    assert "charged to" not in text(page(client, vic, "billing:invoice_detail", invoice.uuid))


def test_card_of_a_company_is_named_beside_its_bill(client, hafen, mia):
    collected(hafen, payer=make_company(hafen, name="Tidewater"))
    shown = text(page(client, mia))
    assert '<span class="nowrap">Hafenplatz</span>' in shown
    assert ("Tidewater" in shown, "Visa •••• 4242" in shown) == (True, True)


def test_page_opens_where_somebody_has_to_do_something(client, hafen, mia):
    assert page(client, mia).context["tab"] == "due"
    collected(hafen, due_in=9)
    assert page(client, mia).context["tab"] == "scheduled"
    went(collected(hafen), S.NEEDS_CARD, reason=R.CARD_EXPIRED)
    assert page(client, mia).context["tab"] == "card"
    went(collected(hafen), S.SCHEDULED, on=date(2026, 1, 1), reason=R.NO_ACCOUNT, counts=False)
    assert page(client, mia).context["tab"] == "held"


def test_tabs_say_how_much_is_in_them_and_what_is_over_is_not_counted(client, hafen, mia):
    in_every_tab(hafen, 2)
    tabs = {key: count for key, _label, count in page(client, mia).context["tabs"]}
    assert tabs == {
        "held": 2, "card": 2, "authentication": 2, "due": 2, "retry": 2, "stopped": 2, "scheduled": 2,
        "collected": None,
    }  # fmt: skip


def test_each_collection_is_in_the_tab_its_page_leads_back_to(client, hafen, mia):
    in_every_tab(hafen, 1)
    for row in Collection.objects.select_related("location", "invoice"):
        tab = tab_of(row, hafen.today(timezone.now()))
        assert row.pk in [each["it"].pk for each in page(client, mia, query=f"?tab={tab}").context["rows"]]
        assert f"?tab={tab}#collection-{row.pk}" in text(page(client, mia, "billing:collection", row.invoice.uuid))


def test_invoice_that_was_not_mailed_says_why_and_offers_both_ways_out(client, hafen, mia):
    row = collected(hafen)
    follows = Next(S.SCHEDULED, row.next_try_on, R.MAIL_NOT_SENT)
    collecting.follow(by=BY, collection=row, follows=follows, now=timezone.now(), words="The mail server said 550")
    told = "The invoice’s mail did not go out: The mail server said 550. Send it again or charge now"
    send = reverse("billing:invoice_mail", args=[row.invoice.uuid])
    for shown in (page(client, mia), page(client, mia, "billing:collection", row.invoice.uuid)):
        assert all(piece in text(shown) for piece in (told, send, "Charge now"))
    assert f"Not charged yet. {told}." in text(page(client, mia, "billing:invoice_detail", row.invoice.uuid))


def test_month_is_drawn_with_what_came_and_what_is_missing(hafen, mia):
    now = datetime(2026, 11, 23, 9, tzinfo=hafen.zone)
    for total, state in ((30000, S.COLLECTED), (10000, S.RETRY), (10000, S.NEEDS_CARD), (0, S.STOPPED)):
        row = collected(hafen, total=total or 100)
        Invoice.objects.filter(pk=row.invoice_id).update(
            due_date=now.date(),
            total_amount=total,
            net_amount=total,
            open_amount=0 if state == S.COLLECTED else total,
            paid_amount=total if state == S.COLLECTED else 0,
        )
        Collection.objects.filter(pk=row.pk).update(state=state)
    [picture] = month_pictures(mia, now.date())
    assert (str(picture.total), str(picture.collected), picture.percent) == ("€500.00", "€300.00", 60)
    assert [(share.name, share.start, share.width) for share in picture.shares] == [
        ("Collected", 0, 60), ("Tried again", 60, 20), ("Needs somebody", 80, 20), ("Stopped", 100, 0),
    ]  # fmt: skip
    assert month_pictures(mia, date(2026, 12, 1)) == []
