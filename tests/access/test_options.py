"""Sync Options, mappings and protections: preview first, audited, and within the connection's locations."""

import datetime as dt

import pytest
from django.utils import timezone

from access.enums import ProtectionKind, RunKind, Source
from access.models import GroupMapping
from access.services import mapping, options
from access.services.syncing import preview
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.models import AuditEvent
from tests.access.doors import BY
from tests.factories.billing import make_issued_invoice
from tests.factories.memberships import make_plan

pytestmark = pytest.mark.django_db


def save(doors, previewed=None, **changes):
    return options.save_options(by=BY, config=doors.config, changes=changes, now=timezone.now(), previewed=previewed)


@pytest.mark.parametrize("switch", ["enabled", "unsubscribe"])
def test_switching_on_needs_todays_preview(doors, switch):
    doors.set(enabled=False, unsubscribe=False)
    with pytest.raises(Conflict):
        save(doors, **{switch: True})
    run = preview(doors.config, by=BY)
    with pytest.raises(Conflict):
        save(doors, previewed=run.pk - 1, **{switch: True})
    doors.pass_time(days=1)
    with pytest.raises(Conflict):
        save(doors, previewed=run.pk, **{switch: True})
    save(doors, previewed=preview(doors.config, by=BY).pk, **{switch: True})


def test_other_options_need_none_and_are_audited(doors):
    save(doors, grace_hours=48)
    event = AuditEvent.objects.get(action="access.options.changed")
    assert (event.before, event.after) == ({"grace_hours": 0}, {"grace_hours": 48})
    save(doors, grace_hours=48)
    assert AuditEvent.objects.filter(action="access.options.changed").count() == 1


@pytest.mark.parametrize(
    "wrong", [{"grace_hours": -1}, {"max_share_percent": 101}, {"when_full": "x"}, {"nonsense": 1}]
)
def test_nonsense_is_refused(doors, wrong):
    with pytest.raises(DomainError):
        save(doors, **wrong)


def test_who_lost_access_before_is_unsubscribed_only_when_ticked(doors):
    doors.set(unsubscribe=False)
    early, ticked = doors.inside(), doors.inside("Ticked")
    for one in (early, ticked):
        doors.lose(one)
        doors.run()
    doors.pass_time(hours=2)
    save(doors, previewed=preview(doors.config, by=BY).pk, unsubscribe=True)
    assert doors.run().steps.count() == 0
    assert options.opt_in(by=BY, config=doors.config, users=[doors.row(ticked).pk], now=timezone.now()) == 1
    doors.run()
    assert (doors.state(early), doors.state(ticked)) == ("subscribed", "suspended")


def test_preview_changes_nothing_at_salto(doors):
    doors.member()
    counted = doors.counting()
    run = preview(doors.config, by=BY)
    assert run.kind == RunKind.PREVIEW
    assert not any(name.startswith(("PATCH", "POST")) for name in counted())
    assert (run.seats_used, run.seats_after, run.seats_bought) == (2, 3, 10)


@pytest.mark.parametrize(
    ("kind", "value"), [(ProtectionKind.DOMAIN, "@EXAMPLE.com "), (ProtectionKind.ROLE, "site_user")]
)
def test_protected_people_are_left_alone(doors, kind, value):
    lena = doors.inside()
    row = options.protect(by=BY, config=doors.config, kind=kind, value=value)
    doors.lose(lena)
    assert doors.run().steps.count() == 0
    options.unprotect(by=BY, protection=row)
    assert doors.run().steps.count() == 2


def test_mapping_twice_is_mapping_once(doors):
    plan = doors.plan()
    doors.map(plan)
    assert GroupMapping.objects.count() == 1
    assert AuditEvent.objects.filter(action="access.mapping.added").count() == 1


def test_plan_of_another_location_is_refused(doors, kiyosumi):
    with pytest.raises(DomainError) as refusal:
        doors.map(make_plan(kiyosumi))
    assert refusal.value.code == "elsewhere"
    with pytest.raises(DomainError):
        mapping.add_mapping(by=BY, group=doors.group(), source=Source.PLAN, subject_id=10**9)


def test_mapping_taken_away_closes_doors_and_unsubscribes_nobody(doors):
    lena = doors.inside()
    doors.map(make_plan(doors.location, name="Second"), "Floor 1")
    doors.pass_time(hours=2)
    mapping.remove_mapping(by=BY, mapping=GroupMapping.objects.get(group=doors.group()))
    assert doors.steps(doors.run()) == [("remove", "done")]
    assert doors.state(lena) == "subscribed"


def test_last_mapping_taken_away_is_stopped(doors):
    lena = doors.inside()
    mapping.remove_mapping(by=BY, mapping=GroupMapping.objects.get())
    run = doors.run()
    assert ([stop["code"] for stop in run.stops], doors.groups_of(lena)) == (["no_mappings"], ["Members"])


def test_deleted_group_cannot_be_mapped(doors):
    doors.staff("drop_group", group="Floor 1")
    mapping.read_groups(doors.config, now=timezone.now())
    with pytest.raises(DomainError) as refusal:
        doors.map(make_plan(doors.location), "Floor 1")
    assert refusal.value.code == "group_gone"


def test_overdue_invoices_pause_doors_when_asked_for(doors):
    lena = doors.inside()
    invoice = make_issued_invoice(doors.location, member=lena)
    type(invoice).objects.filter(pk=invoice.pk).update(due_date=dt.date(2026, 11, 18))
    doors.pass_time(hours=2)
    assert doors.run().steps.count() == 0
    save(doors, pause_overdue=True, overdue_grace_days=8)
    assert doors.run().steps.count() == 0
    save(doors, overdue_grace_days=7)
    assert doors.steps(doors.run()) == [("remove", "done")]
    assert doors.state(lena) == "subscribed"
