"""Connecting SALTO KS in a browser: credentials, its sign-in page, site, locations, checks, disconnecting."""

import re
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from access.enums import ConnectionState
from access.models import SaltoKSConfig, SyncOptions
from access.services import connecting
from flexspace.core.models import AuditEvent
from tests.access.doors import BY
from tests.members.test_pages import page, send
from tests.sandbox.ks import come_back

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    """Return a browser, where other tests of doors have SALTO's client."""
    return Client()


@pytest.fixture
def site(doors, settings):
    """Return Hafenplatz's doors with our own callback registered, as SALTO's office would."""
    settings.SITE_URL = "https://desk.example.org"
    callback = f"{settings.SITE_URL}{reverse('access:connection_callback')}"
    doors.control("POST", "clients", {"client_id": "flexspace", "client_secret": "s3cret", "redirect_uris": [callback]})
    return doors


def text_of(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def said(answer):
    return [str(message) for message in answer.wsgi_request._messages]


def reread(doors):
    return SaltoKSConfig.objects.get(pk=doors.config.pk)


def go(client, doors, user, do="sign_in"):
    """Press "Sign in", be the admin at SALTO's page, and come back to where it leads."""
    left = send(client, user, "access:connection_sign_in", doors.config.uuid)
    service = doors.site["service"]
    back = urlsplit(come_back(doors.http, left["HX-Redirect"], service["email"], service["password"], do))
    return client.get(f"{back.path}?{back.query}"), back


def test_secret_goes_in_and_never_comes_out(client, site, ada):
    new = {"name": "Yard", "client_id": "flexspace", "client_secret": "very-secret-thing"}
    answer = send(client, ada, "access:connection_add", **new)
    row = SaltoKSConfig.objects.get(name="Yard")
    assert (answer.url, row.client_secret) == (reverse("access:connection", args=[row.uuid]), "very-secret-thing")
    for name, args in (("connections", []), ("connection", [row.uuid]), ("connection_edit", [row.uuid])):
        shown = page(client, ada, f"access:{name}", *args).content.decode()
        assert "very-secret" not in shown
        assert "thing" not in shown
    send(client, ada, "access:connection_edit", row.uuid, name="Yard", client_id="other", client_secret="")
    row.refresh_from_db()
    assert (row.client_id, row.client_secret) == ("other", "very-secret-thing")


def test_refused_credentials_do_not_send_the_secret_back(client, site, ada):
    answer = send(client, ada, "access:connection_add", name="", client_id="x", client_secret="very-secret-thing")
    assert answer.status_code == 422
    assert "very-secret-thing" not in answer.content.decode()


def test_sign_in_leaves_by_the_browser_and_comes_back_once(client, site, ada):
    connecting.disconnect(by=BY, config=site.config)
    answer, back = go(client, site, ada)
    assert (answer.url, reread(site).state) == (
        reverse("access:connection", args=[site.config.uuid]), ConnectionState.READY,
    )  # fmt: skip
    again = client.get(f"{back.path}?{back.query}")
    assert "finished before" in said(again)[-1]


def test_browsers_go_where_the_sign_in_server_says(client, site, ada):
    discovery = "GET /salto/identity/.well-known/openid-configuration"
    site.answer(discovery, 200, {"authorization_endpoint": "http://localhost:1/for/browsers"})
    left = send(client, ada, "access:connection_sign_in", site.config.uuid)
    assert left["HX-Redirect"].startswith("http://localhost:1/for/browsers?client_id=flexspace&")


@pytest.mark.parametrize("page_at", ["javascript:alert(1)", "https://identity.eu.my-clay.com/x", "", None])
def test_no_other_page_is_gone_to(client, site, ada, page_at):
    discovery = "GET /salto/identity/.well-known/openid-configuration"
    site.answer(discovery, 200, {"authorization_endpoint": page_at})
    left = send(client, ada, "access:connection_sign_in", site.config.uuid)
    assert left["HX-Redirect"] == reverse("access:connection", args=[site.config.uuid])


def test_cancelled_sign_in_is_said_and_changes_nothing(client, site, ada):
    before = reread(site).refresh_token
    answer, _ = go(client, site, ada, do="cancel")
    assert said(answer) == ["The sign-in at SALTO KS was cancelled. Nothing was changed."]
    assert reread(site).refresh_token == before


def test_wrong_secret_is_said(client, site, ada):
    send(client, ada, "access:connection_edit", site.config.uuid, name="A", client_id="flexspace", client_secret="no")
    answer, _ = go(client, site, ada)
    assert "does not know this client id with this secret" in said(answer)[-1]


def test_return_of_a_strangers_browser_is_refused(client, site, ada):
    left = send(client, ada, "access:connection_sign_in", site.config.uuid)
    service = site.site["service"]
    back = urlsplit(come_back(site.http, left["HX-Redirect"], service["email"], service["password"]))
    other = Client()
    other.force_login(ada)
    answer = other.get(f"{back.path}?{back.query}")
    assert (answer.url, "began in another browser" in said(answer)[-1]) == (reverse("access:connections"), True)


def test_first_sign_in_leads_to_the_choice_of_a_site(client, site, ada):
    SaltoKSConfig.objects.filter(pk=site.config.pk).update(site_id="", site_name="", state=ConnectionState.NEW)
    answer, _ = go(client, site, ada)
    assert answer.url == reverse("access:connection_site", args=[site.config.uuid])
    shown = page(client, ada, "access:connection_site", site.config.uuid)
    assert "Harbour Works" in text_of(shown)
    done = send(client, ada, "access:connection_site", site.config.uuid, site=site.site["id"])
    assert (done.url, reread(site).site_name) == (
        reverse("access:connection", args=[site.config.uuid]), "Harbour Works",
    )  # fmt: skip


def test_site_that_is_not_in_the_list_is_refused(client, site, ada):
    answer = send(client, ada, "access:connection_site", site.config.uuid, site="00000000-0000-0000-0000-000000000000")
    assert (answer.status_code, "Choose a site." in text_of(answer)) == (422, True)


def test_site_that_is_not_released_is_said(client, site, ada):
    site.staff("unrelease")
    answer = send(client, ada, "access:connection_site", site.config.uuid, site=site.site["id"])
    assert "not released yet" in text_of(answer)


def test_locations_are_chosen_among_those_nobody_else_has(client, site, ada, hafen, kiyosumi):
    other = connecting.save_connection(by=BY, name="Other", client_id="x")
    assert "Hafenplatz" not in [
        str(label)
        for _, label in page(client, ada, "access:connection", other.uuid).context["form"]["locations"].field.choices
    ]
    send(client, ada, "access:connection_locations", site.config.uuid, locations=[hafen.pk, kiyosumi.pk])
    assert sorted(place.location.name for place in site.config.places.all()) == ["Hafenplatz", "Kiyosumi"]
    answer = send(client, ada, "access:connection_locations", other.uuid, locations=[hafen.pk])
    assert (other.places.count(), "another connection" in said(answer)[-1]) == (0, True)


def names(answer, *, met):
    return [one.name for one in answer.context["checks"] if one.is_met is met]


def test_checks_of_a_sound_connection(client, site, ada):
    answer = send(client, ada, "access:connection_check", site.config.uuid)
    assert names(answer, met=False) == []
    assert "2 of 10 seats are in use" in text_of(answer)


def test_expired_site_is_said(client, site, ada):
    site.staff("expire")
    answer = send(client, ada, "access:connection_check", site.config.uuid)
    assert "subscription has expired" in text_of(answer)
    assert reread(site).problem == "site_expired"


def test_own_user_without_rights_is_said_and_mended_when_it_has_them_again(client, site, ada):
    me = site.site["service"]["user_id"]
    site.staff("make_user", user=me)
    answer = send(client, ada, "access:connection_check", site.config.uuid)
    assert "is not an admin of the site" in text_of(answer)
    assert (reread(site).state, reread(site).problem) == (ConnectionState.BROKEN, "own_user")
    assert "Doors no longer follow" in text_of(page(client, ada, "access:connection", site.config.uuid))
    site.staff("make_admin", user=me)
    send(client, ada, "access:connection_check", site.config.uuid)
    assert (reread(site).state, reread(site).problem) == (ConnectionState.READY, "")
    assert AuditEvent.objects.filter(action="access.connection.mended").count() == 1


def test_revoked_sign_in_is_said_and_cured_by_signing_in_again(client, site, ada):
    site.control("POST", "revoke", {})
    answer = send(client, ada, "access:connection_check", site.config.uuid)
    assert "Sign in again" in text_of(answer)
    assert "Needs you" in text_of(page(client, ada, "access:connections"))
    go(client, site, ada)
    assert reread(site).state == ConnectionState.READY


def test_disconnecting_asks_first_and_switches_writing_off(client, site, ada):
    assert "Keep it" in text_of(page(client, ada, "access:connection_disconnect", site.config.uuid))
    assert reread(site).refresh_token
    send(client, ada, "access:connection_disconnect", site.config.uuid)
    assert (reread(site).refresh_token, reread(site).state) == ("", ConnectionState.NEW)
    assert not SyncOptions.objects.get(connection=site.config).enabled


def test_history_tells_what_people_decided_and_not_every_grant(client, site, ada):
    site.inside()
    told = [item.sentence for item in page(client, ada, "access:connection", site.config.uuid).context["timeline"]]
    assert told[0] == "Flex opens access group Members"
    assert "SALTO KS site Harbour Works chosen" in told
    assert not any("rant" in sentence for sentence in told)


@pytest.mark.parametrize(
    "name", ["connection", "connection_edit", "connection_site", "connection_disconnect", "options"]
)
def test_only_an_admin_sees_these_pages(client, site, mia, name):
    assert page(client, mia, f"access:{name}", site.config.uuid).status_code == 403


def test_list_takes_the_same_queries_at_one_and_three(client, site, ada, django_assert_num_queries):
    for number in (1, 3):
        while SaltoKSConfig.objects.count() < number:
            connecting.save_connection(by=BY, name=f"Yard {SaltoKSConfig.objects.count()}", client_id="x")
        client.force_login(ada)
        with django_assert_num_queries(6):  # session, user, own locations, connections, their places and locations
            client.get(reverse("access:connections"))
