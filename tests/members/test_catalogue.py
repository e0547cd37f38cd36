"""Plans and products: what can be offered, and what stays as it was sold."""

from datetime import date

import pytest

from flexspace.core import audit
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.money import Money
from flexspace.core.sentences import told_timeline
from members.enums import Anchor, ProductKind
from members.models import Plan, PlanPrice, Product
from members.services.catalogue import (
    PlanFacts,
    ProductFacts,
    create_plan,
    offer_again,
    update_plan,
    update_product,
    withdraw,
)
from members.services.prices import drop_price, set_price
from tests.factories.billing import make_tax_rate
from tests.factories.sold import BY, OLD, TODAY, make_membership, make_plan, make_product

pytestmark = pytest.mark.django_db


def said(row):
    return [line.sentence for line in told_timeline(row)]


def test_plan_has_its_price_and_one_audit_row(hafen):
    plan = make_plan(hafen, name="  Fixed   desk ", tax_rate=make_tax_rate(hafen))
    assert (plan.name, plan.price_on(TODAY), plan.price_on(date(2024, 1, 1))) == (
        "Fixed desk",
        Money(30_000, "EUR"),
        None,
    )
    assert [event.action for event in audit.timeline(plan)] == ["members.plan.created"]
    assert said(plan) == ["Fixed desk offered at €300.00 a month from 1 Jan 2025"]


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"name": " "}, "name_missing"),
        ({"name": "4242 4242 4242 4242"}, "card_number"),
        ({"description": "pay with 4242424242424242"}, "card_number"),
        ({"interval_months": 2}, "plan_interval"),
    ],
)
def test_plan_that_cannot_be_is_refused(hafen, facts, code):
    with pytest.raises(DomainError) as caught:
        make_plan(hafen, **facts)
    assert (caught.value.code, Plan.objects.count()) == (code, 0)


@pytest.mark.parametrize("price", [Money(-1, "EUR"), Money(100, "USD")])
def test_price_that_cannot_be_is_refused(hafen, price):
    with pytest.raises(DomainError) as caught:
        create_plan(by=BY, location=hafen, facts=PlanFacts("Desk"), price=price, from_date=TODAY)
    assert caught.value.code == "currency_mismatch"


def test_tax_of_another_country_is_refused(hafen, kiyosumi):
    with pytest.raises(DomainError) as caught:
        make_plan(hafen, tax_rate=make_tax_rate(kiyosumi, name="10 %"))
    assert caught.value.code == "tax_country"


def test_name_is_unique_at_a_location_only(hafen, kiyosumi):
    make_plan(hafen)
    make_plan(kiyosumi)
    with pytest.raises(DomainError, match="Fixed desk"):
        make_plan(hafen)


def test_update_of_a_plan_without_memberships_may_change_everything(hafen):
    plan = make_plan(hafen)
    update_plan(by=BY, plan=plan, facts=PlanFacts("Office", "Four desks", None, 3, Anchor.ANNIVERSARY, True))
    plan.refresh_from_db()
    assert (plan.name, plan.interval_months, plan.anchor, plan.for_company) == ("Office", 3, "anniversary", True)
    assert said(plan)[0] == "Changed name, how often it is billed, when it is billed, who may have it"


def test_update_of_a_held_plan_keeps_how_it_is_billed(hafen):
    plan = make_plan(hafen)
    make_membership(hafen, plan=plan)
    update_plan(by=BY, plan=plan, facts=PlanFacts("Desk in the bay"))
    with pytest.raises(Conflict) as caught:
        update_plan(by=BY, plan=plan, facts=PlanFacts("Desk", interval_months=12))
    plan.refresh_from_db()
    assert (caught.value.code, plan.name, plan.interval_months) == ("plan_in_use", "Desk in the bay", 1)


def test_update_of_a_product_keeps_what_it_gives(hafen):
    product = make_product(hafen, kind=ProductKind.PACK, name="5 days", credits=5, valid_days=60)
    facts = {"kind": "pack", "credits": 5, "valid_days": 60}
    update_product(by=BY, product=product, facts=ProductFacts("Five days", shortcut="p", **facts))
    for change in ({"credits": 4}, {"valid_days": 30}, {"kind": "service"}, {"is_shared": True}):
        with pytest.raises(Conflict) as caught:
            update_product(by=BY, product=product, facts=ProductFacts("Five days", **facts | change))
        assert caught.value.code == "product_promise"
    product.refresh_from_db()
    assert (product.name, product.credits, product.shortcut) == ("Five days", 5, "P")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"kind": "service", "credits": 9, "valid_days": 3, "is_shared": True}, (1, False, None, False)),
        ({"kind": "day_pass", "credits": 9, "is_half": True, "valid_days": 3}, (1, False, 3, False)),
        ({"kind": "half_day", "valid_days": None, "is_shared": True}, (1, True, None, True)),
        ({"kind": "pack", "credits": 5, "is_half": True, "valid_days": 60}, (5, True, 60, False)),
    ],
)
def test_product_keeps_only_what_its_kind_can_give(hafen, facts, expected):
    product = make_product(hafen, **facts)
    assert (product.credits, product.is_half, product.valid_days, product.is_shared) == expected


@pytest.mark.parametrize(
    ("facts", "code"), [({"kind": "pack", "credits": 1}, "pack_credits"), ({"valid_days": 0}, "valid_days")]
)
def test_product_that_cannot_be_is_refused(hafen, facts, code):
    with pytest.raises(DomainError) as caught:
        make_product(hafen, **facts)
    assert (caught.value.code, Product.objects.count()) == (code, 0)


def test_key_of_the_desk_belongs_to_one_product_that_is_sold(hafen):
    first = make_product(hafen, name="Day pass", shortcut="d")
    with pytest.raises(DomainError, match="the key “D”"):
        make_product(hafen, name="Duck", shortcut="D")
    withdraw(by=BY, item=first)
    make_product(hafen, name="Duck", shortcut="D")
    with pytest.raises(DomainError, match="the key “D”"):
        offer_again(by=BY, item=first)


def test_withdrawn_twice_is_told_once(hafen):
    plan = make_plan(hafen)
    withdraw(by=BY, item=plan)
    withdraw(by=BY, item=plan)
    offer_again(by=BY, item=plan)
    assert said(plan)[:2] == ["Fixed desk is sold again", "Fixed desk is not sold any more"]
    assert len(said(plan)) == 3


def test_price_counts_from_its_day_and_replaces_one_of_the_same_day(hafen):
    plan, december = make_plan(hafen), date(2026, 12, 1)
    set_price(by=BY, item=plan, price=Money(33_000, "EUR"), from_date=december, today=TODAY)
    set_price(by=BY, item=plan, price=Money(32_000, "EUR"), from_date=december, today=TODAY)
    plan = Plan.objects.get()
    assert (plan.price_on(date(2026, 11, 30)), plan.price_on(december)) == (Money(30_000, "EUR"), Money(32_000, "EUR"))
    assert said(plan)[:2] == [
        "Fixed desk costs €320.00 from 1 Dec 2026, €330.00 before",
        "Fixed desk costs €330.00 from 1 Dec 2026, €300.00 before",
    ]


def test_price_cannot_begin_in_the_past(hafen):
    plan = make_plan(hafen)
    with pytest.raises(DomainError) as caught:
        set_price(by=BY, item=plan, price=Money(1, "EUR"), from_date=date(2026, 11, 22), today=TODAY)
    assert (caught.value.code, PlanPrice.objects.count()) == ("price_in_past", 1)


def test_price_to_come_is_taken_back_and_one_in_force_is_not(hafen):
    product, december = make_product(hafen), date(2026, 12, 1)
    set_price(by=BY, item=product, price=Money(2_800, "EUR"), from_date=december, today=TODAY)
    drop_price(by=BY, item=product, from_date=december, today=TODAY)
    drop_price(by=BY, item=product, from_date=december, today=TODAY)
    with pytest.raises(DomainError) as caught:
        drop_price(by=BY, item=product, from_date=OLD, today=TODAY)
    assert (caught.value.code, product.prices.count()) == ("price_in_force", 1)
    assert said(product)[0] == "Price of €28.00 from 1 Dec 2026 taken back"


def test_key_of_the_counters_own_is_refused(hafen):
    with pytest.raises(DomainError, match="C is a key of the counter’s own"):
        make_product(hafen, name="Coffee", kind=ProductKind.SERVICE, shortcut="c")
