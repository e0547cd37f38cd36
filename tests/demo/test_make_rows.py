"""Rows written past the services look as if the services had written them."""

import pytest
from django.core.management import CommandError, call_command

from billing.models import Invoice
from flexspace.core.models import Location
from members import queries
from members.models import Member
from members.rules import email_terms, sort_name, words
from tests.factories.billing import make_issued_invoice
from tests.factories.members import make_member

pytestmark = pytest.mark.django_db


def test_made_rows_are_whole_and_others_may_follow(ada, hafen, kiyosumi):
    Location.objects.all().delete()
    call_command("make_rows", members=60, invoices=120, verbosity=0)
    for member in Member.objects.all():
        assert member.sort_name == sort_name(member.name)
        terms = set(member.terms.values_list("term", flat=True))
        assert terms == {*words(member.name), *email_terms(member.email)}
        assert member in queries.search(ada, member.email).members
    assert Invoice.objects.count() == 120
    states = set(Invoice.objects.values_list("state", flat=True))
    assert states <= {"draft", "issued", "void"}
    invoice = Invoice.objects.exclude(number=None).first()
    assert invoice.number.startswith(f"{invoice.location.code}-")
    assert [line.gross_amount for line in invoice.lines.all()] == [invoice.total_amount]
    assert make_member(invoice.location).pk > 60
    assert make_issued_invoice(invoice.location).pk > 120


def test_command_refuses_to_run_beside_anything_real(hafen):
    with pytest.raises(CommandError):
        call_command("make_rows", members=1, invoices=1)
    assert not Member.objects.exists()
