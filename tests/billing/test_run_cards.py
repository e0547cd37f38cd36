"""Cards and consents that change after a run's bills were drafted: the run says what is true now, then what was."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.enums import CollectionReason
from billing.models import Collection
from billing.papers import invoice_paper
from billing.services.collecting import stop
from billing.services.consents import withdraw_consent
from billing.services.invoicing import issue
from billing.services.saved_cards import bank_refused
from flexspace.core import audit
from flexspace.core.sentences import tell
from members.models import Member
from tests.factories.billing import make_draft
from tests.factories.cards import make_consent, make_saved_card
from tests.factories.members import make_company, make_member
from tests.factories.memberships import make_membership, make_plan
from tests.factories.runs import BY, issue_all, make_run

pytestmark = pytest.mark.django_db
NO_CARD_ANY_MORE = "Consent for Visa •••• 4242 was withdrawn"
REFUSED = "that it no longer knows Visa •••• 4242, so another card is needed"


@pytest.fixture
def run(hafen):
    """Return this month's run of Anna and Studio, who have a card, and of Carl, who has none; by the real clock."""
    month = timezone.now().date().replace(day=1)
    anna = make_member(hafen, name="Anna")
    studio = make_company(hafen, name="Studio", email="office@studio.example", tax_id="DE1", address="Kai 1")
    for payer in (anna, studio):
        make_saved_card(payer, SimpleNamespace(account_id="acct_1", livemode=False))
    for payer in (anna, make_member(hafen, name="Carl")):
        make_membership(payer, starts_on=month)
    make_membership(studio, make_plan(hafen, name="Office", for_company=True), starts_on=month)
    return make_run(hafen, month.isoformat(), now=timezone.now(), bills_from=month)


def shown(client, user, run):
    """Return what the run's page says: charged by card, the payers in "No card" and in "Warnings", each caution."""
    client.force_login(user)
    pages = {tab: client.get(reverse("billing:run_detail", args=[run.uuid]) + f"?tab={tab}").context
             for tab in ("all", "no_card", "warnings")}  # fmt: skip
    for tab, page in pages.items():
        assert page["summary"].counts[tab] == len(page["rows"])
    names = [[row.item.payer_name for row in pages[tab]["rows"]] for tab in ("no_card", "warnings")]
    said = {row.item.payer_name: row.cautions for row in pages["all"]["rows"] if row.cautions}
    return pages["all"]["summary"].charged, *names, said


def take_back(payer):
    withdraw_consent(by=BY, consent=payer.consents.get(), reason="Left", now=timezone.now())


def refuse(payer):
    day = payer.location.today(timezone.now())
    bank_refused(by=BY, card=payer.saved_cards.get(), on=day, why=CollectionReason.CARD_DATA)


def test_consent_that_is_taken_back_after_the_draft_is_said_and_its_card_not_counted(client, run, mia):
    assert shown(client, mia, run) == (2, ["Carl"], [], {})
    take_back(Member.objects.get(name="Anna"))
    assert shown(client, mia, run) == (1, ["Anna", "Carl"], [], {"Anna": [NO_CARD_ANY_MORE]})
    opened = client.get(reverse("billing:run_item", args=[run.uuid, run.items.get(payer_name="Anna").pk]))
    assert NO_CARD_ANY_MORE in opened.content.decode()


def test_card_that_is_refused_or_kept_after_the_draft_is_seen(client, run, mia):
    company, carl = run.items.get(payer_name="Studio").company, Member.objects.get(name="Carl")
    refuse(company)
    make_saved_card(carl, SimpleNamespace(account_id="acct_1", livemode=False))
    charged, no_card, warnings, said = shown(client, mia, run)
    assert (charged, no_card, warnings, list(said)) == (2, [], ["Studio"], ["Studio"])
    assert said["Studio"][0].endswith(REFUSED)


def test_payer_without_an_address_or_with_an_expired_card_is_not_counted_as_charged(client, run, mia):
    Member.objects.filter(name="Anna").update(email="")
    run.items.get(payer_name="Studio").company.saved_cards.update(exp_year=2020)
    charged, _no_card, warnings, said = shown(client, mia, run)
    assert (charged, warnings, sorted(said)) == (0, ["Anna"], ["Anna", "Studio"])


def test_issued_bill_keeps_what_was_true_when_it_was_issued(client, run, mia):
    anna, studio = Member.objects.get(name="Anna"), run.items.get(payer_name="Studio").company
    take_back(anna)
    run = issue_all(run, now=timezone.now())
    now = shown(client, mia, run)
    assert now == (1, ["Anna", "Carl"], [], {"Anna": [NO_CARD_ANY_MORE]})
    make_saved_card(anna, SimpleNamespace(account_id="acct_1", livemode=False), consent=make_consent(anna))
    refuse(studio)
    assert shown(client, mia, run) == now


def test_bill_issued_by_hand_keeps_what_was_true_too(client, run, mia):
    anna = Member.objects.get(name="Anna")
    take_back(anna)
    issue(by=BY, invoice=anna.invoices.get(), now=timezone.now())
    assert [each["code"] for each in run.items.get(payer_name="Anna").warnings] == ["consent_withdrawn"]
    assert shown(client, mia, run) == (1, ["Anna", "Carl"], [], {"Anna": [NO_CARD_ANY_MORE]})


@pytest.mark.parametrize("by_hand", [False, True])
def test_issued_bill_keeps_that_the_last_one_was_stopped(client, run, mia, hafen, by_hand):
    anna, now = Member.objects.get(name="Anna"), timezone.now()
    last = make_draft(hafen, member=anna)
    last.auto_collect = True
    last.save(update_fields=["auto_collect"])
    stop(by=BY, invoice=issue(by=BY, invoice=last, now=now), reason="She pays by transfer", now=now)
    said = "The last bill was stopped in Collections: “She pays by transfer”. This one is charged by itself again"
    assert shown(client, mia, run)[3] == {"Anna": [said]}
    if by_hand:
        issue(by=BY, invoice=run.items.get(payer_name="Anna").invoice, now=now)
    else:
        run = issue_all(run, now=now)
    assert shown(client, mia, run)[3] == {"Anna": [said]}


def test_payer_with_a_refused_card_is_asked_for_the_money(run):
    anna = Member.objects.get(name="Anna")
    refuse(anna)
    issue_all(run, now=timezone.now())
    invoice = anna.invoices.get()
    terms = invoice_paper(invoice, today=invoice.issue_date).terms
    assert (invoice.auto_collect, "please pay" in terms) == (False, True)


@pytest.mark.parametrize("by_hand", [False, True])
def test_invoice_that_is_issued_while_the_card_is_condemned_is_in_the_worklist(client, run, mia, by_hand):
    anna, now = Member.objects.get(name="Anna"), timezone.now()
    refuse(anna)
    if by_hand:
        issue(by=BY, invoice=anna.invoices.get(), now=now)
    else:
        issue_all(run, now=now)
    row = anna.invoices.get().collection
    assert (row.state, row.reason, row.next_try_on) == ("needs_card", CollectionReason.CARD_DATA, None)
    client.force_login(mia)
    page = client.get(reverse("billing:collections"))
    assert (page.context["tab"], "The bank does not know the card any more" in page.content.decode()) == ("card", True)
    assert (
        tell(audit.timeline(row.invoice)[0]).sentence
        == "Another card is needed: The bank does not know the card any more"
    )


def test_payer_whose_card_only_expires_or_whose_consent_is_gone_waits_for_no_card(run):
    anna = Member.objects.get(name="Anna")
    refuse(anna)
    take_back(anna)
    run.items.get(payer_name="Studio").company.saved_cards.update(exp_year=2020)
    issue_all(run, now=timezone.now())
    assert Collection.objects.count() == 0


def test_charge_day_counts_from_today_not_from_the_draft(client, run, mia, hafen):
    """A card that is good for a charge today is not good for one of a bill that is issued a month later."""
    anna, today = Member.objects.get(name="Anna"), hafen.today(timezone.now())
    until = today + timedelta(days=hafen.payment_days)
    anna.saved_cards.update(exp_year=until.year, exp_month=until.month)
    assert shown(client, mia, run)[0] == 2
    type(hafen).objects.filter(pk=hafen.pk).update(payment_days=hafen.payment_days + 31)
    assert shown(client, mia, run)[0] == 1
