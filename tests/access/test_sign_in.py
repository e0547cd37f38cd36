"""Signing in at SALTO KS, and tokens: one use, one session, one refresher at a time."""

import datetime as dt
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from access.enums import ConnectionState
from access.models import OAuthAttempt, SaltoKSConfig
from access.salto_client import SaltoRefused, SaltoUnreachable
from access.services import connecting
from access.services.tokens import ConnectionTokens
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.models import AuditEvent
from tests.access.doors import BY, CALLBACK
from tests.races import at_once
from tests.sandbox.ks import come_back

pytestmark = pytest.mark.django_db
WAIT = time.sleep
TOKEN = "POST /salto/identity/connect/token"


def reread(doors):
    return SaltoKSConfig.objects.get(pk=doors.config.pk)


def begin(doors, session="one"):
    return connecting.begin_sign_in(
        by=BY, config=doors.config, user=doors.admin, session=session, redirect_uri=CALLBACK, now=timezone.now()
    )


def finish(doors, query, session="one"):
    return connecting.finish_sign_in(
        by=BY, session=session, state=query.get("state", ""), code=query.get("code", ""),
        error=query.get("error", ""), redirect_uri=CALLBACK, now=timezone.now(),
    )  # fmt: skip


def came_back(doors, do="sign_in", session="one"):
    service = doors.site["service"]
    back = come_back(doors.http, begin(doors, session), service["email"], service["password"], do)
    return {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}


def test_address_asks_for_a_code_with_a_challenge(doors):
    query = {name: values[0] for name, values in parse_qs(urlsplit(begin(doors)).query).items()}
    assert (query["response_type"], query["code_challenge_method"]) == ("code", "S256")
    trip = OAuthAttempt.objects.latest("pk")
    assert trip.verifier not in begin(doors)
    assert query["state"] not in (trip.state_hash, trip.verifier)


def test_return_works_once(doors):
    query = came_back(doors)
    finish(doors, query)
    with pytest.raises(Conflict):
        finish(doors, query)


def test_return_works_in_its_own_session_only(doors):
    query = came_back(doors)
    with pytest.raises(Conflict):
        finish(doors, query, session="of somebody else")
    finish(doors, query)


def test_return_comes_too_late(doors):
    query = came_back(doors)
    doors.pass_time(minutes=11)
    with pytest.raises(Conflict):
        finish(doors, query)


def test_cancel_changes_nothing(doors):
    before = reread(doors)
    with pytest.raises(DomainError) as refusal:
        finish(doors, came_back(doors, do="cancel"))
    assert refusal.value.code == "access_denied"
    assert reread(doors).refresh_token == before.refresh_token


def test_wrong_secret_is_said(doors):
    connecting.save_connection(by=BY, config=doors.config, name="X", client_id="flexspace", client_secret="wrong")
    doors.config = reread(doors)
    with pytest.raises(DomainError) as refusal:
        finish(doors, came_back(doors))
    assert refusal.value.code == "invalid_client"


def test_secrets_are_encrypted_and_audited_by_nobody(doors):
    row = SaltoKSConfig.objects.filter(pk=doors.config.pk).extra(select={"raw": "refresh_token"}).get()
    assert row.raw != row.refresh_token
    told = " ".join(f"{event.before}{event.after}" for event in AuditEvent.objects.all())
    assert not any(secret in told for secret in ("s3cret", row.refresh_token, row.access_token))


def test_token_is_refreshed_ahead_and_rotated(doors, client):
    first = reread(doors)
    doors.pass_time(minutes=56)
    client.site()
    second = reread(doors)
    assert second.access_token != first.access_token
    assert (second.previous_refresh_token, second.refresh_token != first.refresh_token) == (first.refresh_token, True)


def test_dead_access_token_is_replaced_once(doors, client):
    doors.control("POST", "revoke", {"what": "access"})
    client.site()
    assert reread(doors).state == ConnectionState.READY


def test_revoked_sign_in_is_said_and_not_hammered(doors):
    doors.control("POST", "revoke", {})
    assert doors.run().problem in ("revoked", "invalid_grant")
    row = reread(doors)
    assert (row.state, row.problem) == (ConnectionState.BROKEN, "invalid_grant")
    assert AuditEvent.objects.filter(action="access.connection.broken").count() == 1
    doors.sign_in()
    assert reread(doors).state == ConnectionState.READY
    assert doors.run().problem == ""


def test_refresh_whose_answer_was_lost_goes_on_with_what_still_works(doors, client):
    doors.control("POST", "settings", {"refresh_reuse_seconds": 600})
    doors.pass_time(hours=2)
    doors.control("POST", "faults", {"kind": "answer_lost", "match": "POST connect/token"})
    client.site()
    assert reread(doors).state == ConnectionState.READY


def test_trouble_at_the_sign_in_server_breaks_nothing(doors, client):
    doors.pass_time(hours=2)
    doors.control("POST", "faults", {"kind": "unavailable", "match": "POST connect/token", "times": None})
    with pytest.raises(SaltoUnreachable):
        client.site()
    assert reread(doors).state == ConnectionState.READY


def test_user_of_no_admin_role_is_refused(doors):
    doors.staff("make_user", user=doors.site["service"]["user_id"])
    with pytest.raises(DomainError) as refusal:
        connecting.choose_site(by=BY, config=doors.config, site_id=doors.site["id"])
    assert refusal.value.code == "own_user"


def test_site_that_is_not_released_is_refused(doors):
    doors.staff("unrelease")
    with pytest.raises(DomainError) as refusal:
        connecting.choose_site(by=BY, config=doors.config, site_id=doors.site["id"])
    assert refusal.value.code == "not_released"


def test_location_has_one_site(doors):
    other = connecting.save_connection(by=BY, name="Other", client_id="x")
    with pytest.raises(Conflict):
        connecting.set_locations(by=BY, config=other, locations=[doors.location])


def test_practice_does_not_open_real_doors(doors, settings):
    settings.DEMO, settings.SALTO_API_BASE = True, "https://connect.my-clay.com"
    with pytest.raises(DomainError) as refusal:
        begin(doors)
    assert refusal.value.code == "real_doors_in_practice"


def test_stand_in_and_real_one_are_not_mixed(doors, settings):
    settings.SALTO_API_BASE = "https://connect.my-clay.com"
    with pytest.raises(DomainError) as refusal:
        begin(doors)
    assert refusal.value.code == "mixed_addresses"


def test_never_signed_in_is_said(db):
    config = connecting.save_connection(by=BY, name="New", client_id="x")
    with pytest.raises(SaltoRefused) as refusal:
        ConnectionTokens(config).fresh()
    assert refusal.value.code == "sign_in_again"


@pytest.mark.django_db(transaction=True)
def test_trap_24_twenty_at_once_refresh_once(doors, monkeypatch):
    monkeypatch.setattr("access.salto_client.transport.sleep", lambda _: WAIT(0.05))
    SaltoKSConfig.objects.update(token_expires_at=timezone.now() + dt.timedelta(minutes=1))
    asked = [what for what, _ in doors.box.wire.sent].count(TOKEN)
    tokens = at_once(lambda _: ConnectionTokens(doors.config).fresh())
    assert len(set(map(str, tokens))) == 1
    assert [what for what, _ in doors.box.wire.sent].count(TOKEN) == asked + 1
