"""Raw data pages: superusers only, people and locations to edit, the audit log to read."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import transaction
from django.urls import reverse

from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.models import AuditEvent, Location, User
from flexspace.core.roles import Role

PASSWORD = "correct horse battery staple"


@pytest.fixture
def root(client, db):
    user = User.objects.create_superuser("ada@example.org", PASSWORD)
    client.force_login(user)
    return user


@pytest.mark.django_db
@pytest.mark.parametrize("fields", [{}, {"is_staff": True}, {"is_staff": True, "role": Role.ADMIN}])
def test_others_are_kept_out(client, fields):
    client.force_login(User.objects.create_user("ben@example.org", PASSWORD, name="Ben", **fields))
    answer = client.get(reverse("admin:core_user_changelist"))
    assert answer.status_code == 302
    assert "login" in answer["Location"]


def test_person_is_made_with_role_location_and_password(client, root):
    place = Location.objects.create(name="Quay", code="QU", time_zone="UTC", currency="EUR", country="DE")
    form = {
        "email": "Mia@Example.org",
        "name": "Mia",
        "role": "manager",
        "locations": [place.pk],
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    answer = client.post(reverse("admin:core_user_add"), form)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    mia = User.objects.get(name="Mia")
    assert (mia.email, mia.role, mia.location_ids, mia.check_password(PASSWORD)) == (
        "mia@example.org",
        "manager",
        [place.pk],
        True,
    )


def test_person_can_be_opened_and_not_deleted(client, root):
    assert client.get(reverse("admin:core_user_change", args=[root.pk])).status_code == 200
    assert client.get(reverse("admin:auth_user_password_change", args=[root.pk])).status_code == 200
    assert client.post(reverse("admin:core_user_delete", args=[root.pk]), {"post": "yes"}).status_code == 403


def test_currency_of_a_location_stays(client, root):
    place = Location.objects.create(name="Quay", code="QU", time_zone="UTC", currency="EUR", country="DE")
    form = {"name": "Pier", "time_zone": "UTC", "currency": "JPY", "country": "DE", "payment_days": 14,
            "refund_limit_desk": 0, "refund_limit_manager": 50000, "opens_at": "09:00"}  # fmt: skip
    client.post(reverse("admin:core_location_change", args=[place.pk]), form | {"walk_off_seconds": 90})
    place.refresh_from_db()
    assert (place.name, place.currency) == ("Pier", "EUR")


def test_audit_log_is_read_only(client, root):
    with transaction.atomic():
        event = audit.record("core.user.made", by=Actor.of(root), about=[root])
    change = reverse("admin:core_auditevent_change", args=[event.pk])
    assert client.get(reverse("admin:core_auditevent_changelist")).status_code == 200
    assert client.get(change).status_code == 200
    assert client.post(change, {"reason": "x"}).status_code == 403
    assert client.get(reverse("admin:core_auditevent_add")).status_code == 403
    assert AuditEvent.objects.get() == event


def test_every_list_page_opens(client, root):
    ours = [model for model in apps.get_models() if model in admin.site._registry]
    for model in ours:
        answer = client.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))
        assert answer.status_code == 200, model
