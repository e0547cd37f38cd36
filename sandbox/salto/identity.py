"""The identity server: authorization-code flow with PKCE, refresh tokens that work once, discovery.

`GET /connect/authorize` shows the sign-in page, `POST` to the same address is its form, `POST
/connect/token` is for programs.
"""

import base64
import binascii
import json
from collections.abc import Callable
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from sandbox.messages import Reply, Request, json_reply
from sandbox.salto import people, tokens
from sandbox.salto.pages import login
from sandbox.salto.space import Body, Realm, realm_of
from sandbox.salto.tokens import OAuthError
from sandbox.store import Store

PREFIX = "/salto/identity"
_NO_STORE = {"Cache-Control": "no-store, no-cache, max-age=0", "Pragma": "no-cache"}


class Identity:
    """Answers requests under /salto/identity. `page_base` is where browsers find its pages."""

    def __init__(self, store: Store, clock: Callable[[], float], page_base: str | None) -> None:
        self._store, self._clock, self._page_base = store, clock, page_base

    def answer(self, request: Request) -> Reply:
        """Answer one request. Call it inside a transaction."""
        realm, path = realm_of(self._store, self._clock()), request.path.removeprefix(PREFIX)
        query = dict(parse_qsl(request.query, keep_blank_values=True))
        if (request.method, path) == ("GET", "/.well-known/openid-configuration"):
            return json_reply(self._discovery(request))
        if (request.method, path) == ("POST", "/connect/token"):
            return token(realm, request)
        if path == "/connect/authorize" and request.method in ("GET", "POST"):
            form = dict(parse_qsl(request.body.decode())) if request.method == "POST" else None
            return authorize(realm, query, form, request)
        return Reply(404, b"")

    def _discovery(self, request: Request) -> Body:
        here = f"http://{request.headers.get('host', 'localhost')}{PREFIX}"
        pages = f"{self._page_base}{PREFIX}" if self._page_base else here
        return {
            "issuer": here,
            "authorization_endpoint": f"{pages}/connect/authorize",
            "token_endpoint": f"{here}/connect/token",
            "scopes_supported": list(tokens.SCOPES),
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token", "password"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
        }


def authorize(realm: Realm, query: dict[str, str], form: dict[str, str] | None, request: Request) -> Reply:
    """Show the sign-in page, or do what its form says: lead back with a code or an error.

    Who cannot be led back safely (an unknown client or address) is told so here.
    """
    if form is not None and request.headers.get("sec-fetch-site") == "cross-site":
        return login.refused("Forms are taken from this page only.")
    who = tokens.client(realm, query.get("client_id", ""))
    if who is None:
        return login.refused("unauthorized_client: no client has this id.")
    if query.get("redirect_uri", "") not in who["redirect_uris"]:
        return login.refused("invalid_request: this redirect address is not registered for the client.")
    try:
        _asked_well(who, query)
    except OAuthError as error:
        return _back(query, error=error.code, error_description=error.description)
    if form is None:
        return login.page(realm, query)
    if form.get("do") == "cancel":
        return _back(query, error="access_denied")
    profile = people.profile_of(realm, form.get("username", ""))
    if profile is None or not profile["has_profile"] or profile["password"] != form.get("password"):
        return login.page(realm, query, form.get("username", ""), "Wrong e-mail or password.")
    return _back(query, code=tokens.issue_code(realm, profile, query), scope=query.get("scope", ""))


def _asked_well(who: Body, query: dict[str, str]) -> None:
    """Raise the error of a request that leads back with it."""
    if query.get("response_type") != "code":
        raise OAuthError("unsupported_response_type")
    tokens.scopes(query.get("scope", ""))
    if not query.get("code_challenge"):
        if who["require_pkce"]:
            raise OAuthError("invalid_request", "code challenge required")
        return
    if query.get("code_challenge_method") != "S256":
        raise OAuthError("invalid_request", "Transform algorithm not supported")
    if not 43 <= len(query["code_challenge"]) <= 128:
        raise OAuthError("invalid_request", "code challenge too short or too long")


def _back(query: dict[str, str], **told: str) -> Reply:
    """Lead the browser back to the client."""
    said = {name: value for name, value in told.items() if value}
    if query.get("state"):
        said["state"] = query["state"]
    joint = "&" if urlsplit(query["redirect_uri"]).query else "?"
    return Reply(302, b"", {"Location": f"{query['redirect_uri']}{joint}{urlencode(said)}", **_NO_STORE})


def token(realm: Realm, request: Request) -> Reply:
    """Answer the token endpoint."""
    try:
        answer = _granted(realm, request)
    except OAuthError as error:
        said = {"error": error.code, **({"error_description": error.description} if error.description else {})}
        return Reply(400, json.dumps(said).encode(), {"Content-Type": "application/json; charset=UTF-8", **_NO_STORE})
    return json_reply(answer, 200, _NO_STORE)


def _granted(realm: Realm, request: Request) -> Body:
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise OAuthError("invalid_request")
    given = dict(parse_qsl(request.body.decode(errors="replace"), keep_blank_values=True))
    who = _client(realm, request, given)
    grant = given.get("grant_type", "")
    if grant == "authorization_code":
        return tokens.redeem_code(realm, who, given)
    if grant == "refresh_token":
        return tokens.refresh(realm, who, given)
    if grant == "password":
        return _by_password(realm, who, given)
    if grant == "client_credentials":
        raise OAuthError("unauthorized_client")
    raise OAuthError("unsupported_grant_type" if grant else "invalid_request")


def _client(realm: Realm, request: Request, given: dict[str, str]) -> Body:
    """Return the client, whose secret is in a Basic header or in the form. Raises `invalid_client`."""
    name, secret = given.get("client_id", ""), given.get("client_secret", "")
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            name, _, secret = base64.b64decode(rest, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise OAuthError("invalid_client") from None
        name, secret = unquote(name), unquote(secret)
    who = tokens.client(realm, name)
    if who is None or (who["client_secret"] is not None and who["client_secret"] != secret):
        raise OAuthError("invalid_client")
    return who


def _by_password(realm: Realm, who: Body, given: dict[str, str]) -> Body:
    profile = people.profile_of(realm, given.get("username", ""))
    if profile is None or not profile["has_profile"] or profile["password"] != given.get("password"):
        raise OAuthError("invalid_grant", "invalid_username_or_password")
    return tokens.issue(realm, who, profile, tokens.scopes(given.get("scope", "")))
