"""Every error has one shape, whoever raised it."""

import json

import pytest
import structlog
from django.db import connection

from flexspace.core.api_auth import TokenRate
from flexspace.core.api_fields import MAX_BODY
from members import queries
from tests.api.conftest import error_of

pytestmark = pytest.mark.django_db
NEW = {"reader": "tmr_x", "invoices": []}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("get", "", 404, "not_found"),
        ("get", "members", 404, "not_found"),  # no redirect: it would lose a POST's body
        ("get", "members/7/", 404, "not_found"),
        ("get", "members/?format=xml", 404, "not_found"),
        ("post", "members/", 405, "method_not_allowed"),
        ("delete", "nothing/", 404, "not_found"),
        ("patch", "invoices/", 405, "method_not_allowed"),
        ("options", "members/", 405, "method_not_allowed"),
        ("get", "attempts/", 405, "method_not_allowed"),
        ("get", "members/?limit=101", 400, "invalid"),
        ("get", "members/?limit=0", 400, "invalid"),
        ("get", "members/?limit=x", 400, "invalid"),
        ("get", "members/?location=%00", 400, "invalid"),
        ("get", "members/?nmae=Lena", 400, "invalid"),
        ("get", "members/?limit=5&limit=6", 400, "invalid"),
        ("get", "members/?cursor=abc", 400, "invalid"),
        ("get", "invoices/?status=late", 400, "invalid"),
        ("get", "invoices/?member=7", 400, "invalid"),
        ("get", "memberships/?on=9999-12-31", 400, "invalid"),
        ("get", "invoices/?number=%27%22", 400, "invalid"),
        ("get", "readers/tmr_none/", 404, "not_found"),
    ],
)
def test_refusals(till, method, path, status, code):
    answer = getattr(till.http, method)(f"/api/v1/{path}")
    assert (answer.status_code, error_of(answer)["code"]) == (status, code)


def test_unknown_names_are_named(till):
    error = error_of(till.get("invoices/", staus="open", size=3))
    assert error["fields"] == {"staus": ["There is no such field."], "size": ["There is no such field."]}
    error = error_of(till.post("attempts/", NEW | {"capture": False}))
    assert error["fields"] == {"capture": ["There is no such field."]}


def test_form_post_is_415_and_html_is_406(till):
    answer = till.http.post("/api/v1/attempts/", {"reader": "x"}, headers={"Idempotency-Key": "a"})
    assert (answer.status_code, error_of(answer)["code"]) == (415, "unsupported_media_type")
    answer = till.http.get("/api/v1/members/", headers={"Accept": "text/html"})
    assert (answer.status_code, error_of(answer)["code"]) == (406, "not_acceptable")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("{", 400, "malformed"),
        ("\udcff", 400, "malformed"),
        ('{"reader": NaN}', 400, "malformed"),
        ("[" * 30_000, 400, "malformed"),
        ('{"reader": ' + "9" * 5000 + "}", 400, "malformed"),
        ("[]", 400, "invalid"),
        ('"text"', 400, "invalid"),
        ("null", 400, "invalid"),
        ('{"reader": "\\u0000"}', 400, "invalid"),
        ('{"reader": "\\ud800", "invoices": [{"invoice": "\\ud800"}]}', 400, "invalid"),
        (" " * (MAX_BODY + 1), 413, "too_large"),
    ],
)
def test_bodies_that_are_no_call(till, body, status, code):
    raw = body.encode("utf-8", "surrogateescape")
    answer = till.http.generic(
        "POST", "/api/v1/attempts/", raw, content_type="application/json", headers={"Idempotency-Key": "k"}
    )
    assert (answer.status_code, error_of(answer)["code"]) == (status, code)


def test_bug_is_500_without_details(reader, monkeypatch):
    def broken(_user):
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(queries, "member_list", broken)
    answer = reader.get("members/")
    assert (answer.status_code, error_of(answer)["code"]) == (500, "internal")
    assert "secret detail" not in json.dumps(answer.json())


def test_rate_is_counted_per_token_and_says_when_to_come_back(program, monkeypatch):
    monkeypatch.setattr(TokenRate, "rate", "2/min", raising=False)
    one, other = program(), program()
    assert [one.get("members/").status_code for _ in range(3)] == [200, 200, 429]
    answer = one.get("members/")
    assert error_of(answer)["code"] == "throttled"
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert other.get("members/").status_code == 200


def test_request_id_is_the_logs_own(reader):
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        error = error_of(reader.get("nothing/"))
    assert error["request_id"] in {line.get("request_id") for line in lines}


def test_nothing_of_a_refused_call_is_written(till):
    before = _rows()
    for body in ({}, NEW, {"reader": 1}, {"reader": "tmr_x", "invoices": [{}]}):
        assert till.post("attempts/", body).status_code in (400, 404)
    assert _rows() == before


def _rows():
    with connection.cursor() as cursor:
        names = [name for name in connection.introspection.table_names(cursor) if name != "django_cache"]
        counts = {}
        for name in names:
            cursor.execute(f'SELECT COUNT(*) FROM "{name}"')
            counts[name] = cursor.fetchone()
        return counts
