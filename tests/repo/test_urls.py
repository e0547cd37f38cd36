"""Every address says who may open it; nothing is open by forgetting."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

from flexspace.core.roles import Permission

# Pages of other people's code, each guarded in its own way. Everything of ours carries the guard's mark.
OTHERS = {
    "allauth.account.views": "sign-in, sign-out, passwords: what a stranger must reach",
    "django.views.generic.base": "redirects only",
}


def patterns(resolver=None, prefix=""):
    """Yield every address with its pattern."""
    for item in (resolver or get_resolver()).url_patterns:
        route = prefix + str(item.pattern)
        if isinstance(item, URLResolver):
            yield from patterns(item, route)
        elif isinstance(item, URLPattern):
            yield route, item


def is_guarded(view):
    if isinstance(getattr(view, "permission", None), Permission) or getattr(view, "public", False) is True:
        return True
    api = getattr(view, "cls", None) or getattr(view, "view_class", None)
    return api is not None and hasattr(api, "required_permission")


def test_every_address_has_a_permission_or_says_it_is_public():
    open_by_accident = [
        f"/{route} ({pattern.callback.__module__})"
        for route, pattern in patterns()
        if not is_guarded(pattern.callback)
        and pattern.callback.__module__ not in OTHERS
        and not route.startswith(f"{settings.ADMIN_PATH}/")  # its own guard: tests/core/test_admin.py
    ]
    assert open_by_accident == []


def test_public_addresses_are_few_and_known():
    public = {route for route, pattern in patterns() if getattr(pattern.callback, "public", False)}
    known = ("healthz", "readyz", "webhooks/", "pay/", "card/", "api/v1/schema", "favicon")
    assert [route for route in public if not route.startswith(known)] == []


def test_raw_data_pages_are_not_where_everybody_looks():
    assert settings.ADMIN_PATH != "admin"


def test_webhook_is_tried_first_because_its_rate_depends_on_it():
    assert next(patterns())[1].name == "webhook"
