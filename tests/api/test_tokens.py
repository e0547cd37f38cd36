"""Tokens: their form, what is kept of them, and their end."""

import datetime as dt
import string
import uuid

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from flexspace.core.actors import Actor
from flexspace.core.api_tokens import create_token, digest_of, new_secret, revoke_token
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.models import ApiToken, AuditEvent
from flexspace.core.roles import Role
from flexspace.core.sentences import tell
from flexspace.settings.redaction import redact
from tests.api.conftest import error_of

pytestmark = pytest.mark.django_db


def test_token_is_random_and_carries_its_checksum():
    secrets = {new_secret() for _ in range(100)}
    assert len(secrets) == 100
    for secret in secrets:
        assert (secret[:3], len(secret)) == ("fx_", 41)
        assert digest_of(secret)
        other = next(char for char in string.ascii_letters if char != secret[10])
        assert digest_of(secret[:10] + other + secret[11:]) == ""


@pytest.mark.parametrize("text", ["", "fx_", "fx_" + "a" * 38, "x" * 41, "fx_é" + "a" * 37, "fx_" + "a" * 4000])
def test_other_texts_are_no_token(text):
    assert digest_of(text) == ""


def test_logs_never_show_a_token():
    assert redact(f"Authorization: Bearer {new_secret()}") == "Authorization: Bearer [secret]"


def test_database_never_holds_the_token(reader):
    assert reader.get("members/").status_code == 200
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            assert reader.secret[12:] not in str(cursor.fetchall()), table


def test_revoked_token_is_refused_at_once(reader, ada):
    assert reader.get("members/").status_code == 200
    revoke_token(by=Actor.of(ada), token=reader.token, now=timezone.now())
    answer = reader.get("members/")
    assert (answer.status_code, error_of(answer)["code"]) == (401, "token_invalid")
    assert answer["WWW-Authenticate"] == "Bearer"
    with pytest.raises(Conflict):
        revoke_token(by=Actor.of(ada), token=reader.token, now=timezone.now())


def test_expired_token_is_refused(program):
    caller = program(days=1)
    with time_machine.travel(timezone.now() + dt.timedelta(hours=23, minutes=59)):
        assert caller.get("members/").status_code == 200
    with time_machine.travel(timezone.now() + dt.timedelta(days=1, seconds=1)):
        assert caller.get("members/").status_code == 401


def test_token_ends_with_its_makers_account(reader, ada):
    ada.is_active = False
    ada.save()
    assert reader.get("members/").status_code == 401


def test_token_never_may_more_than_its_maker_now(till, ada, hafen, kiyosumi, program):
    both = program("charge", at=[hafen, kiyosumi])
    ada.role = Role.VIEWER
    ada.save()
    ada.locations.set([kiyosumi])
    assert till.post("attempts/").status_code == 403
    assert both.get("readers/").status_code == 200
    assert both.get("members/").json()["data"] == []


@pytest.mark.parametrize("header", ["", "Basic YTpi", "Bearer", "Bearer x", "fx_abc", "Bearer fx_" + "a" * 38])
def test_stranger_is_refused(header, hafen):
    answer = Client(headers={"Authorization": header} if header else {}).get("/api/v1/members/")
    assert answer.status_code == 401
    assert error_of(answer)["code"] in ("not_authenticated", "token_invalid")


def test_token_in_the_address_is_not_read(reader):
    for name in ("token", "access_token", "api_key"):
        assert Client().get(f"/api/v1/members/?{name}={reader.secret}").status_code == 401


def test_signed_in_person_is_not_let_in_without_a_token(ada):
    client = Client()
    client.force_login(ada)
    assert client.get("/api/v1/members/").status_code == 401
    assert client.post("/api/v1/attempts/", {}, content_type="application/json").status_code == 401


def test_last_use_is_written_once_a_minute(reader):
    start = timezone.now()
    for seconds, moved in ((0, True), (30, False), (59, False), (61, True)):
        with time_machine.travel(start + dt.timedelta(seconds=seconds), tick=False):
            before = ApiToken.objects.get(pk=reader.token.pk).last_used_at
            reader.get("members/")
            after = ApiToken.objects.get(pk=reader.token.pk).last_used_at
            assert (after != before) == moved, seconds


@pytest.mark.parametrize(
    "wrong", [{"name": " "}, {"scopes": ["admin"]}, {"scopes": []}, {"locations": []}, {"days": 366}, {"days": 0}]
)
def test_token_is_not_made_of_nonsense(wrong, ada, hafen):
    now = timezone.now()
    good = {"name": "Site", "scopes": ["read"], "locations": [hafen], "days": 1} | wrong
    days = good.pop("days")
    with pytest.raises(DomainError):
        create_token(by=ada, now=now, expires_at=now + dt.timedelta(days=days), **good)
    assert not ApiToken.objects.exists()


def form(hafen, **more):
    token = str(uuid.uuid4())
    return {"name": "Website", "scope": "read", "locations": [hafen.pk], "days": "90", "form_token": token, **more}


@pytest.fixture
def admin(ada):
    client = Client()
    client.force_login(ada)
    return client


def test_page_shows_a_new_token_once(admin, hafen):
    data = form(hafen)
    page = admin.post("/api-tokens/", data).content.decode()
    secret = page.split('id="new-token">')[1].split("<")[0]
    answer = Client(headers={"Authorization": f"Bearer {secret}"}).get("/api/v1/members/")
    assert answer.status_code == 200
    assert secret not in admin.get("/api-tokens/").content.decode()
    again = admin.post("/api-tokens/", data)
    assert again.status_code == 422
    assert ApiToken.objects.count() == 1


def test_page_revokes_and_the_log_tells_both(admin, hafen, ada):
    admin.post("/api-tokens/", form(hafen))
    token = ApiToken.objects.get()
    assert admin.post(f"/api-tokens/{token.uuid}/revoke/").status_code == 302
    assert admin.post(f"/api-tokens/{token.uuid}/revoke/").status_code == 302
    token.refresh_from_db()
    assert token.revoked_at
    told = [(event.action, tell(event).sentence) for event in AuditEvent.objects.order_by("pk")]
    assert told == [
        ("core.token.created", "API token “Website” made: read at HFN"),
        ("core.token.revoked", "API token “Website” revoked"),
    ]


def test_page_refuses_a_wrong_form(admin, hafen):
    for wrong in ({"scope": "admin"}, {"locations": []}, {"days": "999"}, {"name": ""}, {"name": "4242424242424242"}):
        assert admin.post("/api-tokens/", form(hafen, **wrong)).status_code == 422
    assert not ApiToken.objects.exists()


def test_page_is_for_admins_only(mia, ben, vic, hafen, reader):
    for person in (mia, ben, vic):
        client = Client()
        client.force_login(person)
        assert client.get("/api-tokens/").status_code == 403
        assert client.post("/api-tokens/", form(hafen)).status_code == 403
        assert client.post(f"/api-tokens/{reader.token.uuid}/revoke/").status_code == 403
    assert ApiToken.objects.filter(revoked_at=None).count() == 1


def test_page_asks_as_often_for_three_tokens_as_for_one(admin, program):
    counts = []
    for more in (1, 2):
        for _ in range(more):
            program()
        with CaptureQueriesContext(connection) as seen:
            admin.get("/api-tokens/")
        counts.append(len(seen))
    assert counts[0] == counts[1]
