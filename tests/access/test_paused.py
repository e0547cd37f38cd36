"""Doors paused for an overdue invoice open again as soon as nothing is owed, and not at the next sweep."""

import datetime as dt

import pytest
from django.utils import timezone

from access import tasks
from billing.models import Invoice
from billing.services.invoicing import void
from members.models import Company, Membership
from tests.access.doors import BY
from tests.factories.billing import make_issued_invoice, make_payment

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue(monkeypatch, django_capture_on_commit_callbacks):
    """Return what does something, and then the work that it handed to the queue; it returns the names of that work."""
    sent = []
    for module in ("access.receivers.enqueue", "access.tasks.enqueue"):
        monkeypatch.setattr(module, lambda task, *args: sent.append((task, args)))

    def do(deed):
        with django_capture_on_commit_callbacks(execute=True):
            deed()
        done = []
        while sent:
            task, args = sent.pop(0)
            done.append(task.name.rpartition(".")[2])
            task(*args)
        return done

    return do


def overdue(doors, **payer):
    invoice = make_issued_invoice(doors.location, **payer)
    Invoice.objects.filter(pk=invoice.pk).update(due_date=dt.date(2026, 11, 10))
    invoice.refresh_from_db()
    return invoice


def paused(doors):
    """Return somebody who was taken out of the group for an invoice, and the invoice."""
    lena = doors.inside()
    invoice = overdue(doors, member=lena)
    doors.set(pause_overdue=True, overdue_grace_days=7)
    doors.pass_time(hours=2)
    assert doors.steps(doors.run()) == [("remove", "done")]
    return lena, invoice


def test_who_pays_is_let_in_by_the_payment_itself(doors, queue):
    lena, invoice = paused(doors)
    assert queue(lambda: make_payment(invoice)) == ["sync_paid_for", "sync_members"]
    assert doors.groups_of(lena) == ["Members"]


def test_an_invoice_that_is_voided_opens_doors_too(doors, queue):
    lena, invoice = paused(doors)
    queue(lambda: void(by=BY, invoice=invoice, reason="Written twice", now=timezone.now()))
    assert doors.groups_of(lena) == ["Members"]


def test_one_of_two_overdue_invoices_opens_nothing(doors, queue):
    lena, invoice = paused(doors)
    overdue(doors, member=lena)
    counted = doors.counting()
    assert queue(lambda: make_payment(invoice)) == ["sync_paid_for"]
    assert (doors.groups_of(lena), counted()) == ([], {})


def test_everybody_a_company_pays_for_is_looked_at_who_is_not_let_in_yet(doors, queue):
    works = Company.objects.create(location=doors.location, name="Werft")
    lena = doors.inside()
    omar = doors.member("Omar Diaz", Membership.objects.get(member=lena).plan)
    type(lena).objects.filter(pk__in=[lena.pk, omar.pk]).update(company=works)
    doors.set(pause_overdue=True)
    invoice = overdue(doors, company=works)
    counted = doors.counting()
    assert queue(lambda: make_payment(invoice)) == ["sync_paid_for", "sync_members"]
    assert doors.groups_of(omar) == ["Members"]
    assert "GET users/{user}" not in counted(), "who is let in already is not asked for"


def test_where_nobody_is_paused_a_payment_asks_for_nothing(doors, queue):
    lena = doors.member()
    assert queue(lambda: make_payment(overdue(doors, member=lena))) == []


def test_an_invoice_that_is_gone_is_no_error(doors):
    tasks.sync_paid_for(10**9)
