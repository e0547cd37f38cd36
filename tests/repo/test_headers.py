"""Every answer carries the headers that keep a browser safe; answers to programs set no cookie."""

import uuid

import pytest
from django.test import Client
from django.urls import URLPattern

from flexspace.core.models import User
from tests.repo.test_urls import patterns

SAMPLES = {"uuid": str(uuid.UUID(int=7)), "int": "7", "slug": "x", "str": "x"}
LEAVES_COOKIES_ALONE = ("api/", "webhooks/", "healthz", "readyz")


def plain_addresses():
    return sorted({route for route, _ in patterns() if not any(mark in route for mark in "<(^?")})


def check(answer):
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]
    assert "no-store" in answer["Cache-Control"]
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "Server" not in answer
    assert "Access-Control-Allow-Origin" not in answer


@pytest.mark.django_db
@pytest.mark.parametrize("route", plain_addresses())
def test_headers_for_a_stranger(route):
    check(Client(raise_request_exception=False).get(f"/{route}"))


@pytest.mark.django_db
@pytest.mark.parametrize("route", plain_addresses())
def test_page_works_and_has_its_headers_for_an_admin(route):
    client = Client()
    client.force_login(User.objects.create_superuser("ada@example.org", "correct horse battery staple"))
    answer = client.get(f"/{route}")
    check(answer)
    assert answer.status_code < 500 or answer.request["PATH_INFO"] == "/readyz"  # which says so when no worker runs


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/no-such-page", "/sign-in/%00", "/static/none.css"])
def test_headers_of_an_error(path):
    answer = Client(raise_request_exception=False).get(path)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"


def for_programs():
    for route, pattern in patterns():
        if isinstance(pattern, URLPattern) and route.startswith(LEAVES_COOKIES_ALONE) and "(" not in route:
            filled = route
            for kind, sample in SAMPLES.items():
                while f"<{kind}:" in filled:
                    start = filled.index(f"<{kind}:")
                    filled = filled[:start] + sample + filled[filled.index(">", start) + 1 :]
            yield filled


@pytest.mark.django_db
@pytest.mark.parametrize("path", sorted(for_programs()))
@pytest.mark.parametrize("method", ["get", "post"])
def test_answers_to_programs_set_no_cookie(path, method):
    answer = getattr(Client(raise_request_exception=False), method)(f"/{path}")
    assert not answer.cookies
    assert answer.status_code < 500 or answer.request["PATH_INFO"] == "/readyz"  # which says so when no worker runs
