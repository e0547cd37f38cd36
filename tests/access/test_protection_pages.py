"""Whom the Sync Options protect: by role, by domain, by name."""

import pytest

from access.models import Protection
from tests.access.test_option_pages import client, text_of
from tests.members.test_pages import page, send

__all__ = ["client"]  # the fixture
pytestmark = pytest.mark.django_db


def protect(client, ada, doors, kind, value, **more):
    return send(client, ada, "access:protection_add", doors.config.uuid, kind=kind, value=value, **more)


@pytest.mark.parametrize(
    ("kind", "said", "kept", "shown"),
    [
        ("domain", "Cleaning.example", "cleaning.example", "@cleaning.example"),
        ("domain", "kim@cleaning.example", "cleaning.example", "@cleaning.example"),
        ("role", "Site user", "site_user", "Site user"),
    ],
)
def test_role_or_domain_is_protected(client, doors, ada, kind, said, kept, shown):
    doors.inside()
    protect(client, ada, doors, kind, said, reason="Contract of the landlord")
    row = Protection.objects.get()
    assert (row.value, row.reason) == (kept, "Contract of the landlord")
    assert shown in text_of(page(client, ada, "access:options", doors.config.uuid))


def test_person_is_protected_by_name_or_address(client, doors, ada):
    lena = doors.inside()
    protect(client, ada, doors, "person", lena.email.upper())
    assert Protection.objects.get().value == doors.row(lena).platform_id
    shown = page(client, ada, "access:options", doors.config.uuid)
    assert [one.name for one in shown.context["protections"]] == ["Lena Fischer"]
    doors.lose(lena)
    assert doors.steps(doors.run()) == []
    send(client, ada, "access:protection_remove", doors.config.uuid, Protection.objects.get().pk)
    assert not Protection.objects.exists()


@pytest.mark.parametrize(
    ("kind", "said", "answer"),
    [
        ("person", "Nobody", "saw nobody of that name"),
        ("role", "King", "saw nobody with that role"),
        ("domain", "not a domain", "A domain looks like"),
        ("person", "", "This field is required"),
    ],
)
def test_whom_nobody_knows_is_not_protected(client, doors, ada, kind, said, answer):
    shown = protect(client, ada, doors, kind, said)
    assert (shown.status_code, answer in text_of(shown)) == (422, True)
    assert not Protection.objects.exists()


def test_only_an_admin_protects(client, doors, mia):
    assert protect(client, mia, doors, "domain", "x.example").status_code == 403
