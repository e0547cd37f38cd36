"""Real payments of the smallest amount that prove a reader: to the person who tests it, as any other sale."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from billing.models import Invoice, Payment
from billing.services.invoicing import NewLine, create_draft, issue
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.models import Location, User
from flexspace.core.money import Money
from members.models import Member
from members.services.members import create_member
from terminal.enums import AttemptState
from terminal.explain.self_test import Trial, amount_for, wanted
from terminal.models import Attempt, Reader
from terminal.services.collect import start

WHAT = "Self-test of a reader"


def tester(*, by: Actor, user: User, location: Location) -> Member:
    """Return who pays the tests of ``user`` at a location: a member with their address, made when there is none."""
    found = Member.objects.filter(location=location, email=user.email, archived_at=None).order_by("pk").first()
    return found or create_member(by=by, location=location, name=user.name, email=user.email, note=WHAT)


def left_over(user: User) -> list[Invoice]:
    """Return the test invoices of ``user`` that nobody paid: they are paid by the next test, or voided."""
    mine = Invoice.objects.for_user(user).open().filter(member__email=user.email, lines__description=WHAT)
    return list(mine.select_related("location", "member", "company").order_by("pk"))


def paid_by(user: User, reader: Reader) -> Payment:
    """Return the newest payment of ``user`` on a reader of which nothing went back; DomainError when there is none."""
    paid = Attempt.objects.filter(reader=reader, state=AttemptState.SUCCEEDED, payment__refunds=None)
    mine = paid.filter(member__email=user.email, payment__isnull=False).select_related("payment").order_by("-pk")
    for attempt in mine[:1]:
        assert attempt.payment is not None
        return attempt.payment
    raise DomainError("Try the payment first: then it is given back.", code="nothing_to_refund")


@transaction.atomic
def begin(*, by: Actor, user: User, reader: Reader, trial: Trial, now: datetime, token: UUID) -> Attempt:
    """Reserve the charge of a trial on ``reader``, on a test invoice of its amount that is still open or on a new one.

    Raises DomainError for a reader without a location, for a trial that real cards do not allow, and what starting a
    charge raises; then there is no invoice either.
    """
    location = reader.location
    if location is None:
        raise DomainError("Map its Stripe Location to one of yours first.", code="stripe_location_unmapped")
    if trial in (Trial.CARD, Trial.REFUND) or trial not in wanted(livemode=reader.config.livemode):
        raise DomainError("That cannot be tried on this reader.", code="no_such_trial")
    amount = amount_for(trial, location.currency)
    member = tester(by=by, user=user, location=location)
    open_ones = [one for one in left_over(user) if one.member_id == member.pk and one.open == amount]
    invoice = open_ones[0] if open_ones else _invoice(by, member, amount, now)
    return start(by=by, parts=[(invoice, amount)], reader=reader, now=now, token=token)


def _invoice(by: Actor, member: Member, amount: Money, now: datetime) -> Invoice:
    draft = create_draft(by=by, location=member.location, member=member, lines=[NewLine(WHAT, amount)], now=now)
    return issue(by=by, invoice=draft, now=now)
