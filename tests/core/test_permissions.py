"""Who may do what: the table as data, and what a view's guard answers."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django_htmx.middleware import HtmxDetails

from flexspace.core.models import Location, User
from flexspace.core.permissions import public, require
from flexspace.core.roles import ROLE_PERMISSIONS, SCOPES, Permission, Role, allows

# One line a permission: from which role upwards. A changed right is changed here too, on purpose.
LOWEST = {
    Permission.VIEW: Role.VIEWER,
    Permission.MEMBER_WRITE: Role.FRONT_DESK,
    Permission.MEMBERSHIP_WRITE: Role.FRONT_DESK,
    Permission.BOOK: Role.FRONT_DESK,
    Permission.CHECK_IN: Role.FRONT_DESK,
    Permission.SELL: Role.FRONT_DESK,
    Permission.PAYMENT_RECORD: Role.FRONT_DESK,
    Permission.REFUND: Role.FRONT_DESK,
    Permission.REFUND_LIMITS: Role.ADMIN,
    Permission.MAIL: Role.FRONT_DESK,
    Permission.CHARGE: Role.FRONT_DESK,
    Permission.CHARGE_CANCEL_ANY: Role.FRONT_DESK,
    Permission.READER_SYNC: Role.FRONT_DESK,
    Permission.ACCESS_VIEW: Role.FRONT_DESK,
    Permission.ACCESS_SYNC: Role.FRONT_DESK,
    Permission.DISCOUNT: Role.MANAGER,
    Permission.CATALOGUE: Role.MANAGER,
    Permission.RESOURCES: Role.MANAGER,
    Permission.INVOICE_WRITE: Role.MANAGER,
    Permission.INVOICE_VOID: Role.MANAGER,
    Permission.BILLING_RUN: Role.MANAGER,
    Permission.COLLECTIONS: Role.MANAGER,
    Permission.READER_RESET: Role.MANAGER,
    Permission.STRIPE_CONFIG_VIEW: Role.MANAGER,
    Permission.ACCESS_WRITE: Role.MANAGER,
    Permission.EVENTS: Role.MANAGER,
    Permission.FLAGS: Role.MANAGER,
    Permission.AUDIT: Role.MANAGER,
    Permission.EXPORT: Role.MANAGER,
    Permission.HEALTH: Role.MANAGER,
    Permission.RESTORED: Role.MANAGER,
    Permission.STRIPE_CONFIG: Role.ADMIN,
    Permission.ACCESS_CONFIG: Role.ADMIN,
    Permission.TOKENS: Role.ADMIN,
}
RANK = [Role.VIEWER, Role.FRONT_DESK, Role.MANAGER, Role.ADMIN]


@pytest.mark.parametrize("permission", list(Permission))
@pytest.mark.parametrize("role", list(Role))
def test_role_has_exactly_its_permissions(role, permission):
    assert allows(role, permission) == (RANK.index(role) >= RANK.index(LOWEST[permission]))


def test_every_role_is_in_the_table():
    assert set(ROLE_PERMISSIONS) == set(Role)


@pytest.mark.parametrize("role", ["", "owner", "ADMIN"])
def test_unknown_role_may_nothing(role):
    assert not any(allows(role, permission) for permission in Permission)


def test_no_token_may_change_the_set_up():
    assert not {Permission.STRIPE_CONFIG, Permission.ACCESS_CONFIG, Permission.TOKENS} & frozenset().union(
        *SCOPES.values()
    )


def user(role=Role.FRONT_DESK, **fields):
    return User(email="a@example.org", name="A", role=role, **fields)


def get(rf, who, *, htmx=False, **headers):
    request = rf.get("/members/?page=2", headers={"HX-Request": "true", **headers} if htmx else headers)
    request.user = who
    request.htmx = HtmxDetails(request)
    return request


def _void(request):
    return HttpResponse("done")


void: Any = require(Permission.INVOICE_VOID)(_void)


def test_guard_lets_in_who_may(rf):
    assert void(get(rf, user(Role.MANAGER))).content == b"done"


@pytest.mark.parametrize("who", [user(Role.FRONT_DESK), user(Role.VIEWER), user(Role.ADMIN, is_active=False)])
def test_guard_refuses_who_may_not(rf, who):
    with pytest.raises(PermissionDenied):
        void(get(rf, who))


def test_guard_sends_strangers_to_sign_in_and_back(rf):
    answer = void(get(rf, AnonymousUser()))
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/?next=/members/%3Fpage%3D2")


def test_guard_moves_the_whole_page_when_a_fragment_meets_a_stranger(rf):
    answer = void(get(rf, AnonymousUser(), htmx=True, **{"HX-Current-URL": "http://testserver/members/?page=2"}))
    assert answer.status_code == 200
    assert answer["HX-Redirect"] == "/sign-in/?next=/members/%3Fpage%3D2"


def test_guard_never_sends_people_to_another_site_after_sign_in(rf):
    answer = void(get(rf, AnonymousUser(), htmx=True, **{"HX-Current-URL": "https://evil.example/x"}))
    assert "evil" not in answer["HX-Redirect"]


def test_views_say_what_they_ask():
    assert void.permission is Permission.INVOICE_VOID
    assert getattr(public(_void), "public", False)


@pytest.mark.django_db
def test_people_see_their_own_locations_and_an_admin_all():
    here, there = (
        Location.objects.create(name=name, code=name, time_zone="UTC", currency="EUR", country="DE") for name in "AB"
    )
    desk = User.objects.create_user("Desk@Example.org", name="Desk")
    desk.locations.add(here)
    assert list(Location.objects.for_user(desk)) == [here]
    assert list(Location.objects.for_user(user(Role.ADMIN))) == [here, there]
    assert User.objects.get_by_natural_key("DESK@example.ORG") == desk
