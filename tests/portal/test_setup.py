"""The set-up checklist: each step by itself, and from the rows until it is gone."""

import datetime as dt
from dataclasses import replace

import pytest
from django.urls import reverse

from access.models import AccessGrant, AccessGroup, ConnectionLocation, SaltoKSConfig, SaltoUser, SyncOptions
from billing.enums import RefundMethod
from billing.models import Refund
from flexspace.core.actors import Actor
from flexspace.portal.setup import Doors, Facts, State, Stripe, lines
from flexspace.portal.setup_facts import to_set_up
from members.models import Plan, TaxRate
from terminal.enums import AttemptState
from terminal.models import Attempt, AttemptAllocation, Reader, StripeConfig
from terminal.services.collect import start
from tests.factories.billing import make_issued_invoice
from tests.factories.members import make_member
from tests.factories.refunds import give_back
from tests.portal.conftest import NOW, add_readers, paid_by_rows

ALL = Facts(
    name="Hafenplatz",
    country="DE",
    stripe=Stripe(pk=1, name="Hafenplatz GmbH", missing=(), heard=True, heard_said=""),
    accounts=1,
    mapped=True,
    readers=("Desk", "Lounge"),
    doors=Doors("u", ready=True, enabled=True),
    plans=True,
    tax_rates=True,
    staff=2,
)
BY = Actor.job("test")
OPEN, LATER = State.OPEN, State.LATER


def not_done(facts):
    return {line.label: line for line in lines(facts) if line.state is not State.DONE}


def test_nothing_is_left_when_all_is_there():
    assert not_done(ALL) == {}
    assert [line.label for line in lines(ALL)] == [
        "Stripe account",
        "Permissions of the key",
        "Webhook",
        "Stripe Location",
        "Reader",
        "Self-test of each reader",
        "SALTO KS",
        "Plans and tax rates",
        "Staff",
    ]


LACKING = [
    ({"stripe": replace(ALL.stripe, missing=("Charges: read",))}, "Permissions of the key", "Charges: read", "rights"),
    ({"stripe": replace(ALL.stripe, heard=False, heard_said="No event came.")}, "Webhook", "No event came", ":config"),
    ({"mapped": False}, "Stripe Location", "Create one at Stripe", "stripe_terminal"),
    ({"readers": ()}, "Reader", "three words", "stripe_terminal"),
    ({"lacking": (("Desk", "a payment"),)}, "Self-test of each reader", "Desk lacks a payment.", "self_test"),
    ({"lacking": (("A", "x"), ("B", "y"))}, "Self-test of each reader", "A lacks x; B lacks y.", "self_test"),
    ({"doors": Doors("u", ready=True, enabled=True, granted=False)}, "SALTO KS", "Nobody was let", "access:overview"),
    ({"doors": Doors("u", ready=False, enabled=True)}, "SALTO KS", "not connected", "access:connection"),
    ({"doors": Doors("u", ready=True, enabled=False)}, "SALTO KS", "only looks", "access:options"),
    ({"tax_rates": False}, "Plans and tax rates", "no tax rate for DE", "tax_rate_list"),
    ({"plans": False}, "Plans and tax rates", "Nothing is on offer", "plan_list"),
    ({"staff": 0, "may_add_staff": True}, "Staff", "Nobody works here", "admin:"),
    ({"staff": 0}, "Staff", "Who may open the raw data pages adds them there.", ""),
]


@pytest.mark.parametrize(("changed", "label", "said", "to"), LACKING, ids=[row[1] + row[2] for row in LACKING])
def test_what_is_lacking_is_said_with_where_it_is_done(changed, label, said, to):
    line = not_done(replace(ALL, **changed))[label]
    assert line.state is OPEN
    assert said in line.said
    assert to in line.link[0]
    assert bool(line.does) == bool(to)


def test_steps_that_another_one_must_come_before_wait():
    begun = Facts("Hafenplatz", "DE")
    states = {label: line.state for label, line in not_done(begun).items()}
    assert [label for label, state in states.items() if state is OPEN] == ["Stripe account", *list(states)[-2:]]
    assert "SALTO KS" not in states
    assert all(not line.link[0] for line in lines(begun) if line.state is LATER)
    account = not_done(begun)["Stripe account"]
    assert account.link[0] == "terminal:account_add"
    assert not_done(replace(begun, accounts=1))["Stripe account"].link[0] == "terminal:stripe_terminal"


def titles(user, place):
    found = [one for one in to_set_up(user, [place], NOW) if one.location == place]
    return [step.line.label for step in found[0].steps] if found else []


@pytest.fixture
def ready(hafen, ada, ben, run):
    """Make Hafenplatz ready by rows alone, and return the charge that was paid on its one reader."""
    (attempt,) = run(hafen)
    StripeConfig.objects.update(webhook_proven_at=NOW, webhook_secret="whsec_0123456789")
    paid_by_rows(attempt, NOW)
    Attempt.objects.filter(pk=attempt.pk).update(declined_charge="ch_1", keep_result="kept")
    AttemptAllocation.objects.update(live=False)
    give_back(Attempt.objects.get(pk=attempt.pk).payment, method=RefundMethod.CARD)
    Refund.objects.update(state="succeeded", reference="re_1", finished_at=NOW)
    invoice = make_issued_invoice(hafen, 50, now=NOW)
    given_up = start(by=BY, parts=[(invoice, invoice.open)], reader=attempt.reader, now=NOW)
    Attempt.objects.filter(pk=given_up.pk).update(state=AttemptState.CANCELED, dispatch_seq=1, remote_id="pi_2")
    TaxRate.objects.create(name="USt. 19 %", basis_points=1900, country="DE")
    Plan.objects.create(location=hafen, name="Hot desk")
    return attempt


def test_rows_alone_finish_it_and_bring_it_back(ready, hafen, ada, ben):
    assert titles(ada, hafen) == []
    add_readers(hafen, "Lounge")
    assert titles(ada, hafen) == ["Self-test of each reader"]
    Reader.objects.filter(label="Lounge").update(gone_at=NOW)
    assert titles(ada, hafen) == []
    StripeConfig.objects.update(key_rights={"charge_read": {"state": "missing", "at": NOW.isoformat()}})
    assert titles(ada, hafen) == ["Permissions of the key"]
    StripeConfig.objects.update(key_rights={}, webhook_proven_at=None)
    assert titles(ada, hafen) == ["Webhook"]
    StripeConfig.objects.update(webhook_proven_at=NOW)
    Plan.objects.update(is_active=False)
    ben.locations.clear()
    ada.locations.add(hafen)  # an admin is nobody beside the admins
    assert titles(ada, hafen) == ["Plans and tax rates", "Staff"]


@pytest.mark.parametrize(
    ("state", "lacks"),
    [({"state": "failed", "payment": None}, "a payment and a refund"), ({"declined_charge": ""}, "a declined card")],
)
def test_a_reader_is_proven_by_every_trial(ready, hafen, ada, state, lacks):
    Attempt.objects.filter(pk=ready.pk).update(**state)
    (one,) = to_set_up(ada, [hafen], NOW)
    assert [step.line.said for step in one.steps] == [f"{ready.reader} lacks {lacks}."]


def test_doors_are_a_step_only_where_somebody_began(ready, hafen, kiyosumi, ada):
    config = SaltoKSConfig.objects.create(name="Harbour", client_id="x")
    SyncOptions.objects.create(connection=config)
    assert titles(ada, hafen) == ["SALTO KS"]
    ConnectionLocation.objects.create(connection=config, location=kiyosumi)
    assert titles(ada, hafen) == []
    ConnectionLocation.objects.update(location=hafen)
    SaltoKSConfig.objects.update(state="ready", site_id="s")
    assert titles(ada, hafen) == ["SALTO KS"]
    SyncOptions.objects.update(enabled=True)
    assert titles(ada, hafen) == ["SALTO KS"]
    group = AccessGroup.objects.create(connection=config, group_id="g", name="All day")
    lena = SaltoUser.objects.create(connection=config, member=make_member(hafen))
    AccessGrant.objects.create(user=lena, group=group, confirmed_at=NOW)
    assert titles(ada, hafen) == []


def test_checklist_is_on_the_start_page_of_admins_until_it_is_done(ready, client, ada, mia, hafen, kiyosumi):
    client.force_login(ada)
    said = " ".join(client.get("/").content.decode().split())
    assert "0 of 8 done" in said
    assert reverse("terminal:account_add") in said
    assert "Set-up" not in client.get("/?at=HFN").content.decode()
    add_readers(hafen, "Lounge")
    assert "7 of 8 done" in client.get("/?at=HFN").content.decode()
    client.force_login(mia)
    assert "Set-up" not in client.get("/").content.decode()


@pytest.mark.parametrize("count", [1, 4])
def test_checklist_costs_the_same_for_any_number(ready, ada, hafen, kiyosumi, count, django_assert_num_queries):
    add_readers(hafen, *[f"More {number}" for number in range(count)])
    add_readers(kiyosumi, *[f"Tokyo {number}" for number in range(count)])
    for number in range(count):
        SaltoKSConfig.objects.create(name=f"Site {number}", client_id="x", created_at=NOW - dt.timedelta(days=number))
    with django_assert_num_queries(11):
        assert len(to_set_up(ada, [hafen, kiyosumi], NOW)) == 2
