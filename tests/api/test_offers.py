"""Plans, products, tax rates and memberships over the API."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from flexspace.core.money import Money
from members.services.adjustments import give_discount
from members.services.prices import set_price
from tests.api.conftest import euro
from tests.api.test_reads import about_rows, writes
from tests.factories.billing import make_tax_rate
from tests.factories.members import make_company, make_member
from tests.factories.sold import BY, make_membership, make_plan, make_product

pytestmark = pytest.mark.django_db


def test_plan_with_its_prices(reader, hafen):
    plan = make_plan(hafen, tax_rate=make_tax_rate(hafen), description="By the window")
    today = hafen.today(timezone.now())
    coming = today + timedelta(days=30)
    set_price(by=BY, item=plan, price=Money(33_000, "EUR"), from_date=coming, today=today)
    row = reader.get(f"plans/{plan.uuid}/").json()
    assert row == reader.get("plans/").json()["data"][0]
    assert row == {
        "id": str(plan.uuid),
        "name": "Fixed desk",
        "location": "HFN",
        "tax": "VAT 19 %",
        "prices": [
            {"from_date": "2025-01-01", "price": euro(30_000)},
            {"from_date": coming.isoformat(), "price": euro(33_000)},
        ],
        "price": euro(30_000),
        "is_active": True,
        "description": "By the window",
        "interval_months": 1,
        "anchor": "calendar",
        "for_company": False,
        "lets_in": True,
    }


def test_plan_and_product_that_cost_nothing_have_a_price(reader, hafen):
    plan, product = make_plan(hafen, price=0), make_product(hafen, kind="service", name="Coffee", price=0)
    assert reader.get(f"plans/{plan.uuid}/").json()["price"] == euro(0)
    assert reader.get(f"products/{product.uuid}/").json()["price"] == euro(0)


def test_product_before_its_first_price(reader, hafen):
    product = make_product(hafen, kind="pack", name="5 days", credits=5, valid_days=60, from_date=date(2099, 1, 1))
    row = reader.get(f"products/{product.uuid}/").json()
    assert row == reader.get("products/").json()["data"][0]
    assert (row["price"], row["tax"], row["kind"], row["credits"], row["valid_days"]) == (None, None, "pack", 5, 60)


def test_tax_rates_are_those_of_ones_countries(reader, hafen, kiyosumi):
    make_tax_rate(hafen)
    make_tax_rate(kiyosumi, name="10 %", basis_points=1000)
    assert reader.get("tax-rates/").json()["data"] == [
        {
            "name": "VAT 19 %",
            "country": "DE",
            "basis_points": 1900,
            "is_active": True,
            "successor": None,
            "successor_from": None,
        }
    ]
    assert reader.get("tax-rates/", location="KYS").json()["data"] == []


def test_membership_of_a_company_for_a_person(reader, hafen):
    company = make_company(hafen, name="Nordlicht")
    person = make_member(hafen, name="Jonas Berg", company=company)
    today = hafen.today(timezone.now())
    made = make_membership(hafen, company=company, person=person, starts_on=today, today=today)
    give_discount(
        by=BY, membership=made, from_date=today, until=None, reason="x", today=today, amount=Money(5_000, "EUR")
    )
    row = reader.get(f"memberships/{made.uuid}/").json()
    assert row == reader.get("memberships/").json()["data"][0]
    assert row == {
        "id": str(made.uuid),
        "plan": {"id": str(made.plan.uuid), "name": "Fixed desk"},
        "holder": {"type": "company", "id": str(company.uuid), "name": "Nordlicht"},
        "person": {"id": str(person.uuid), "name": "Jonas Berg"},
        "location": "HFN",
        "state": "active",
        "starts_on": today.isoformat(),
        "ends_on": None,
        "price": euro(25_000),
    }


def test_memberships_are_filtered(reader, hafen):
    company = make_company(hafen)
    office = make_membership(hafen, plan=make_plan(hafen, name="Office", for_company=True), company=company)
    own = make_membership(hafen, plan=make_plan(hafen), starts_on=date(2026, 12, 1))
    found = {
        name: [row["id"] for row in reader.get("memberships/", **query).json()["data"]]
        for name, query in {
            "company": {"company": company.uuid},
            "member": {"member": own.member.uuid},
            "on": {"on": "2026-11-30"},
        }.items()
    }
    assert found == {"company": [str(office.uuid)], "member": [str(own.uuid)], "on": [str(office.uuid)]}
    assert reader.get("memberships/", on="yesterday").status_code == 400


LISTS = {"plans/": 2, "products/": 2, "memberships/": 4, "tax-rates/": 1}  # rows, prices, pauses, discounts


@pytest.mark.parametrize(("path", "queries"), LISTS.items())
def test_list_costs_the_same_for_one_row_and_for_three_and_writes_nothing(reader, hafen, path, queries):
    for numbers in ([0], [1, 2]):
        for number in numbers:
            plan = make_plan(hafen, name=f"Plan {number}", tax_rate=make_tax_rate(hafen, name=f"VAT {number}"))
            make_product(hafen, name=f"Product {number}")
            make_membership(hafen, plan=plan)
        with CaptureQueriesContext(connection) as seen:
            assert len(reader.get(path).json()["data"]) == numbers[-1] + 1
        assert len(about_rows(seen)) == queries, "\n".join(about_rows(seen))
        assert writes(seen) == []


@pytest.mark.parametrize("path", ["plans", "products", "memberships"])
def test_rows_of_another_location_are_not_there(program, hafen, kiyosumi, path):
    foreign = program(at=(kiyosumi,))
    made = {
        "plans": lambda: make_plan(hafen),
        "products": lambda: make_product(hafen),
        "memberships": lambda: make_membership(hafen),
    }[path]()
    assert foreign.get(f"{path}/{made.uuid}/").status_code == 404
    assert foreign.get(f"{path}/").json()["data"] == []
