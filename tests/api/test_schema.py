"""The API's description: valid, complete, and only for who may read."""

import pytest
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from flexspace.core.roles import Permission
from flexspace.portal.api_urls import urlpatterns

pytestmark = pytest.mark.django_db


def test_description_is_valid_and_nothing_had_to_be_guessed():
    GENERATOR_STATS.reset()
    with GENERATOR_STATS.silence():
        schema = SchemaGenerator().get_schema(request=None, public=True)
    validate_schema(schema)
    assert not GENERATOR_STATS._warn_cache
    assert not GENERATOR_STATS._error_cache
    operations = {body["operationId"]: body for path in schema["paths"].values() for body in path.values()}
    assert len(operations) == 24
    for body in operations.values():
        assert body["security"] == [{"token": []}]
        assert {"401", "403", "429"} <= set(body["responses"])
    for name in ("start_attempt", "cancel_attempt", "refund_payment"):
        key = next(one for one in operations[name]["parameters"] if one["name"] == "Idempotency-Key")
        assert (key["in"], key["required"]) == ("header", True)


def test_every_view_names_its_permission():
    for pattern in urlpatterns:
        view = getattr(pattern.callback, "cls", None)
        named = view.required_permission if view else pattern.callback.permission
        assert isinstance(named, Permission)


def test_description_is_for_staff_and_tokens_only(reader, vic):
    assert Client().get("/api/v1/schema/").status_code == 401
    assert Client().get("/api/v1/docs/").status_code == 302
    assert reader.get("schema/").json()["openapi"].startswith("3.")
    assert reader.get("docs/").status_code == 302
    person = Client()
    person.force_login(vic)
    assert person.get("/api/v1/schema/").json()["info"]["title"] == "Flexspace API"
    page = person.get("/api/v1/docs/").content.decode()
    assert "//" not in page.replace("https://example", "").split("<body>")[1]


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_reference_is_drawn_from_this_server_alone(live_server, page, vic, client):
    client.force_login(vic)
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    elsewhere = []
    page.on("request", lambda asked: elsewhere.append(asked.url) if live_server.url not in asked.url else None)
    page.goto(f"{live_server.url}/api/v1/docs/")
    page.get_by_text("/api/v1/attempts/", exact=True).first.wait_for()
    assert [url for url in elsewhere if not url.startswith("data:")] == []
