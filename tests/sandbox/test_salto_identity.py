"""Signing in to SALTO KS: the code flow, tokens that end, errors in OAuth's own shape."""

from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.sandbox.desk import Clock
from tests.sandbox.ks import API, CALLBACK, CLIENT, IDENTITY, SECRET, Ks, come_back, pkce


def led_back(ks: Ks, **more: str) -> dict[str, str]:
    answer = ks.session.get(ks.authorize_url(**more), allow_redirects=False)
    assert answer.status_code == 302
    return {name: value[0] for name, value in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def test_discovery_names_the_endpoints(ks: Ks) -> None:
    found = ks.session.get(f"{IDENTITY}/.well-known/openid-configuration").json()
    assert found["token_endpoint"] == f"{IDENTITY}/connect/token"
    assert found["authorization_endpoint"] == f"{IDENTITY}/connect/authorize"
    assert found["code_challenge_methods_supported"] == ["S256"]


def test_sign_in_gives_tokens_as_documented(ks: Ks) -> None:
    assert ks.token["expires_in"] == 3600
    assert ks.token["token_type"] == "Bearer"
    assert ks.token["scope"] == "user_api.full_access offline_access"
    assert ks.token["access_token"].count(".") == 2
    assert [site["id"] for site in ks.call("GET", "sites").json()["items"]] == [ks.id]


def test_sign_in_page_is_filled_in_and_can_be_cancelled(ks: Ks) -> None:
    url = ks.authorize_url(pkce()[1])
    page = ks.session.get(url)
    assert f'value="{ks.site["service"]["email"]}"' in page.text
    assert "form-action 'self' https://desk.example" in page.headers["Content-Security-Policy"]
    back = come_back(ks.session, url, "", "", do="cancel")
    assert back == f"{CALLBACK}?error=access_denied&state=st"


def test_wrong_password_stays_on_the_page(ks: Ks) -> None:
    form = {"username": ks.site["service"]["email"], "password": "no", "do": "sign_in"}
    answer = ks.session.post(ks.authorize_url(pkce()[1]), data=form, allow_redirects=False)
    assert answer.status_code == 200
    assert "Wrong e-mail or password." in answer.text


def test_unknown_client_or_address_is_not_led_back(ks: Ks) -> None:
    for more in ({"client_id": "other"}, {"redirect_uri": "https://evil.example/"}):
        answer = ks.session.get(ks.authorize_url(pkce()[1], **more), allow_redirects=False)
        assert answer.status_code == 400


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"scope": "core_api.read"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
    ],
)
def test_wrong_wish_is_led_back_with_its_error(ks: Ks, more: dict[str, str], error: str) -> None:
    challenge = pkce()[1]
    found = led_back(ks, **{"code_challenge": challenge, "code_challenge_method": "S256", **more})
    assert (found["error"], found["state"]) == (error, "st")


def test_code_works_once_and_for_its_own_client_address_and_verifier(ks: Ks, clock: Clock) -> None:
    verifier, challenge = pkce()

    def redeem(code: str, **more: str) -> requests.Response:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": verifier}
        return ks.grant(**{**form, **more})

    good = ks.code(challenge)
    assert redeem(good).status_code == 200
    refused = [
        redeem(good),
        redeem(ks.code(challenge), code_verifier=pkce()[0]),
        redeem(ks.code(challenge), redirect_uri="https://desk.example/other"),
        redeem("made-up"),
    ]
    late = ks.code(challenge)
    clock.advance(301)
    refused.append(redeem(late))
    assert [(one.status_code, one.json()) for one in refused] == [(400, {"error": "invalid_grant"})] * 5


def test_token_endpoint_says_who_is_wrong(ks: Ks) -> None:
    password = {"grant_type": "password", "username": ks.site["service"]["email"], "password": "sandbox"}

    def error(**form: str) -> str:
        answer = ks.grant(**form)
        assert answer.status_code == 400
        return answer.json()["error"]

    assert error(**password, client_secret="no") == "invalid_client"
    assert error(**password, client_id="nobody") == "invalid_client"
    assert error(**{**password, "password": "no"}) == "invalid_grant"
    assert error(**password, scope="hardware_api") == "invalid_scope"
    assert error(grant_type="client_credentials") == "unauthorized_client"
    assert error(grant_type="device") == "unsupported_grant_type"
    json_body = ks.session.post(f"{IDENTITY}/connect/token", json=password)
    assert json_body.json() == {"error": "invalid_request"}


def test_client_may_name_itself_in_a_basic_header(ks: Ks) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": ks.token["refresh_token"]}
    answer = ks.session.post(f"{IDENTITY}/connect/token", data=form, auth=(CLIENT, SECRET))
    assert answer.status_code == 200


def test_refresh_token_is_rotated_and_works_once(ks: Ks) -> None:
    first = ks.token["refresh_token"]
    second = ks.grant(grant_type="refresh_token", refresh_token=first).json()["refresh_token"]
    assert second != first
    again = ks.grant(grant_type="refresh_token", refresh_token=first)
    assert (again.status_code, again.json()) == (400, {"error": "invalid_grant"})
    assert ks.grant(grant_type="refresh_token", refresh_token=second).status_code == 200


def test_used_refresh_token_may_be_told_to_live_on_and_to_end(ks: Ks, clock: Clock) -> None:
    ks.control("POST", "settings", {"refresh_reuse_seconds": 60, "refresh_seconds": 86400})
    held = ks.sign_in()["refresh_token"]
    assert [ks.grant(grant_type="refresh_token", refresh_token=held).status_code for _ in range(2)] == [200, 200]
    clock.advance(61)
    assert ks.grant(grant_type="refresh_token", refresh_token=held).status_code == 400
    late = ks.sign_in()["refresh_token"]
    clock.advance(86400)
    assert ks.grant(grant_type="refresh_token", refresh_token=late).status_code == 400


def test_no_refresh_token_without_offline_access(ks: Ks) -> None:
    form = {"username": ks.site["service"]["email"], "password": "sandbox", "scope": "user_api.full_access"}
    assert "refresh_token" not in ks.grant(grant_type="password", **form).json()


def test_access_token_ends_after_an_hour(ks: Ks, clock: Clock) -> None:
    clock.advance(3599)
    assert ks.at("GET").status_code == 200
    clock.advance(1)
    answer = ks.at("GET")
    assert (answer.status_code, answer.json()["ErrorCode"]) == (401, 1500)
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_token_without_the_api_in_its_scope_is_refused(ks: Ks) -> None:
    form = {"username": ks.site["service"]["email"], "password": "sandbox", "scope": "openid"}
    ks.token = ks.grant(grant_type="password", **form).json()
    assert ks.at("GET").status_code == 401
    assert ks.session.get(f"{API}/v1.2/sites").status_code == 401


def test_tokens_can_be_revoked(ks: Ks) -> None:
    ks.control("POST", "revoke", {"what": "access"})
    assert ks.at("GET").status_code == 401
    ks.token = ks.grant(grant_type="refresh_token", refresh_token=ks.token["refresh_token"]).json()
    ks.control("POST", "revoke", {"email": ks.site["service"]["email"]})
    assert ks.at("GET").status_code == 401
    assert ks.grant(grant_type="refresh_token", refresh_token=ks.token["refresh_token"]).status_code == 400


def test_changed_password_ends_what_was_granted_with_the_old_one(ks: Ks) -> None:
    service = {"id": ks.site["service"]["user_id"]}
    ks.staff("change_password", service, password="new")
    assert ks.at("GET").status_code == 401
    assert ks.grant(grant_type="refresh_token", refresh_token=ks.token["refresh_token"]).status_code == 400


def test_secrets_are_not_written_down(ks: Ks) -> None:
    held = str(ks.control("GET", "calls"))
    assert ks.token["access_token"] not in held
    assert ks.token["refresh_token"] not in held
    assert SECRET not in held
    stored = str([tuple(row) for row in ks.box.store.db.execute("SELECT body FROM objects WHERE kind LIKE 'salto.%'")])
    assert ks.token["refresh_token"] not in stored
