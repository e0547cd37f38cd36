"""Cards on file and what they pay: some charged today by real calls to the sandbox, some due soon, some in trouble."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from billing.enums import ConsentChannel, ConsentPurpose, NoticeKind, NoticeState
from billing.models import Collection, Invoice, Notice, SavedCard
from billing.services.collecting import stop
from billing.services.consents import give_consent
from billing.services.invoicing import NewLine, create_draft, issue
from billing.services.saved_cards import KeptCard, keep_card
from flexspace.core.actors import Actor
from flexspace.core.models import Location
from flexspace.core.money import Money
from flexspace.management.seed.data import Place
from flexspace.management.seed.sandbox_api import SandboxApi
from members.models import Member, TaxRate
from terminal.models import LocationAccount, StripeConfig
from terminal.services.collect_due import collect_one
from terminal.services.customers import ensure_customer
from terminal.services.step import advance

OFFICE = Actor.job("seed_demo")


@dataclass(frozen=True)
class Case:
    """A payer's card by Stripe's test token ("" for none), and when the dues are due in days from today.

    ``decline`` is what the bank says to the next charge; ``stopped`` why staff stopped it; ``not_mailed`` why the
    invoice's mail did not go out.
    """

    token: str
    due_in: int
    decline: tuple[str, str] = ("", "")
    stopped: str = ""
    not_mailed: str = ""


CASES = (
    Case("pm_card_visa", -9),
    Case("pm_card_visa", -2, ("card_declined", "insufficient_funds")),
    Case("pm_card_authenticationRequired", -1),
    Case("pm_card_mastercard", -3, ("card_declined", "stolen_card")),
    Case("", -1),
    Case("pm_card_visa", -4, ("expired_card", "expired_card")),
    Case("pm_card_visa", 2, stopped="Pays by bank transfer from now on"),
    Case("pm_card_visa", 0),
    Case("pm_card_amex", 1),
    Case("pm_card_visa", -1, not_mailed="The mail server said 550 no such mailbox"),
)


class Collected:
    """Writes one location's collections, after everything else."""

    def __init__(self, place: Place, location: Location, now: datetime) -> None:
        self.place, self.location, self.now = place, location, now
        self.sandbox = SandboxApi(settings.STRIPE_API_BASE, place.key)
        self.config: StripeConfig = LocationAccount.objects.select_related("config").get(location=location).config
        self.tax = TaxRate.objects.filter(country=place.country).order_by("-basis_points")[0]

    def write(self) -> None:
        """Give people cards and dues, and let what is overdue be tried once."""
        people = Member.objects.filter(location=self.location, company=None, archived_at=None).order_by("-pk")
        for person, case in zip(people, CASES[: len(self.place.people) // 2], strict=False):
            if case.token:
                self._keep(person, case)
            invoice = self._dues(person, case)
            collection = Collection.objects.get(invoice=invoice)
            if case.stopped:
                stop(by=OFFICE, invoice=invoice, reason=case.stopped, now=self.now)
            elif case.due_in < 0:
                attempt = collect_one(collection.pk, now=self.now)
                if attempt:
                    advance(attempt.pk, now=self.now)

    def _keep(self, person: Member, case: Case) -> SavedCard:
        """Keep a card as a payment page would have: attached at Stripe, with a consent here."""
        customer = ensure_customer(self.config, person, location=self.location, timeout=20)
        method = self.sandbox.stripe(f"payment_methods/{case.token}/attach", customer=customer)
        method = self.sandbox.stripe(f"payment_methods/{method['id']}", allow_redisplay="limited")
        if case.decline[0]:
            code, decline_code = case.decline
            deed = {"do": "decline_next", "id": method["id"], "code": code, "decline_code": decline_code}
            self.sandbox.control(f"_sandbox/accounts/{self.place.key}/dashboard", deed)
        consent = give_consent(
            by=Actor.payer(), payer=person, location=self.location, purpose=ConsentPurpose.DUES,
            channel=ConsentChannel.LINK, now=self.now - timedelta(days=40),
        )  # fmt: skip
        kept_at = self.now - timedelta(days=40)
        card = keep_card(
            by=Actor.stripe(), consent=consent, card=self._facts(method, customer), account=self.config.account_id,
            livemode=False, origin=method["id"], now=kept_at,
        )  # fmt: skip
        mails = Notice.objects.filter(kind=NoticeKind.CARD_KEPT, state=NoticeState.QUEUED, member=person)
        mails.update(state=NoticeState.SENT, sent_at=kept_at, next_try_at=None)  # else it is too old to go out
        return card

    def _facts(self, method: dict[str, Any], customer: str) -> KeptCard:
        card = method["card"]
        return KeptCard(
            payment_method_id=method["id"],
            customer_id=customer,
            brand=card["brand"],
            last4=card["last4"],
            exp_month=card["exp_month"],
            exp_year=card["exp_year"],
            fingerprint=card["fingerprint"],
            funding=card["funding"],
            country=card["country"],
            wallet="",
            redisplay=method["allow_redisplay"],
        )

    def _dues(self, person: Member, case: Case) -> Invoice:
        name = "Hot desk, monthly"
        line = NewLine(name, Money(self.place.prices[name], self.place.currency), 1, self.tax)
        draft = create_draft(by=OFFICE, location=self.location, member=person, lines=[line])
        Invoice.objects.filter(pk=draft.pk).update(auto_collect=True)
        issued_at = self.now + timedelta(days=case.due_in - self.location.payment_days)
        invoice = issue(by=OFFICE, invoice=draft, now=issued_at)
        mails = Notice.objects.filter(invoice=invoice, kind=NoticeKind.INVOICE)
        if case.not_mailed:
            mails.update(state=NoticeState.FAILED, error=case.not_mailed, created_at=issued_at, next_try_at=None)
        else:
            mails.update(state=NoticeState.SENT, sent_at=issued_at, created_at=issued_at, next_try_at=None)
        return invoice
