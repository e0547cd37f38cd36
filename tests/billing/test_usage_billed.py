"""What was put on the next bill is billed by its month's run, once."""

from datetime import date

import pytest

from flexspace.core.sentences import told_timeline
from members.models import UsageCharge
from members.services import usage
from tests.factories.members import make_member
from tests.factories.memberships import make_membership
from tests.factories.passes import make_product
from tests.factories.runs import billed, lines_of, make_run
from tests.factories.sold import BY

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 20)


def test_a_charge_is_billed_once_and_a_dropped_one_never(hafen):
    lena, printing = make_member(hafen), make_product(hafen, name="Printing", kind="service", price=300)
    put = {"by": BY, "payer": lena, "product": printing, "on_date": ON, "today": ON}
    usage.put(**put, quantity=3, note="posters")
    usage.drop(by=BY, charge=usage.put(**put), now=lena.created_at)
    run = make_run(hafen)
    assert billed(run) == [("Lena Fischer", 900, "draft")]
    assert lines_of(run.items.get()) == [("Printing, 20 Nov: posters", 900)]
    assert billed(make_run(hafen)) == [("Lena Fischer", 900, "draft")]
    assert UsageCharge.objects.filter(billed_line__isnull=False).count() == 1


def test_what_costs_nothing_is_done_with_once_and_says_so(hafen):
    lena, printing = make_member(hafen), make_product(hafen, name="Printing", kind="service", price=0)
    charge = usage.put(by=BY, payer=lena, product=printing, on_date=ON, today=ON, quantity=3)
    assert billed(make_run(hafen, "2026-11-01")) == [("Lena Fischer", 0, "nothing")]
    assert billed(make_run(hafen, "2026-12-01")) == []
    charge.refresh_from_db()
    assert (charge.dropped_at is None, charge.billed_line) == (False, None)
    told = [row.sentence for row in told_timeline(lena) if "Printing" in row.sentence]
    assert told == ["3 × Printing cost nothing, so it is on no bill", "3 × Printing put on the next bill: €0.00"]


def test_what_costs_nothing_is_a_line_of_a_bill_where_there_is_one(hafen):
    lena, printing = make_member(hafen), make_product(hafen, name="Printing", kind="service", price=0)
    usage.put(by=BY, payer=lena, product=printing, on_date=ON, today=ON)
    make_membership(lena)
    assert lines_of(make_run(hafen).items.get()) == [("Hot desk, 1–31 Dec", 30000), ("Printing, 20 Nov", 0)]
    assert UsageCharge.objects.get().dropped_at is None
