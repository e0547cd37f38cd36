"""Signing in at SALTO KS: the authorization-code flow with PKCE, and refreshed tokens. Calls only; no rows."""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings

from access.rules import is_salto_host
from access.salto_client import transport
from access.salto_client.calls import read_json
from access.salto_client.errors import SaltoRefused, SaltoUnreachable, read_error

SCOPE = "user_api.full_access offline_access"


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What the token endpoint gives; ``refresh`` works once and is empty when none was given."""

    access: str
    refresh: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Trip:
    """One trip to the sign-in page: where to go, and what has to be remembered until somebody comes back."""

    url: str
    state: str
    verifier: str


def begin(client_id: str, redirect_uri: str) -> Trip:
    """Return a trip that nobody else can finish: its state is a secret, and its code needs the verifier.

    Asks the sign-in server for the page that browsers go to, which may have another address than the server has for
    us. Raises SaltoRefused or SaltoUnreachable.
    """
    transport.guard_address()
    page = _sign_in_page()
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(64)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "client_id": client_id,
        "response_type": "code",
        "redirect_uri": redirect_uri,
        "scope": SCOPE,
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return Trip(f"{page}?{urlencode(query)}", state, verifier)


def _sign_in_page() -> str:
    answer = _answer("GET", "/.well-known/openid-configuration")
    page = answer.get("authorization_endpoint") if isinstance(answer, dict) else None
    there, ours = urlsplit(page if isinstance(page, str) else ""), urlsplit(settings.SALTO_IDENTITY_BASE)
    safe = there.scheme == "https" or there.scheme == ours.scheme == "http"
    if not there.hostname or there.query or not safe or is_salto_host(there.hostname) != is_salto_host(ours.hostname):
        raise SaltoUnreachable("SALTO's sign-in names no page that is safe to go to.", code="unknown_shape")
    return there.geturl()


def fingerprint(secret: str) -> str:
    """Return what is stored of a secret that only has to be recognised."""
    return hashlib.sha256(secret.encode()).hexdigest()


def redeem(client: tuple[str, str], *, code: str, verifier: str, redirect_uri: str, now: datetime) -> TokenPair:
    """Exchange a code for tokens. ``client`` is id and secret. Raises SaltoRefused or SaltoUnreachable."""
    given = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier, "redirect_uri": redirect_uri}
    return _ask(client, given, now)


def refresh(client: tuple[str, str], *, token: str, now: datetime) -> TokenPair:
    """Exchange a refresh token, which is used up by it. Raises SaltoRefused (``invalid_grant``: it is dead)."""
    return _ask(client, {"grant_type": "refresh_token", "refresh_token": token}, now)


def _ask(client: tuple[str, str], given: dict[str, str], now: datetime) -> TokenPair:
    client_id, secret = client
    form = {**given, "client_id": client_id, **({"client_secret": secret} if secret else {})}
    answer = _answer("POST", "/connect/token", data=form)
    if not isinstance(answer, dict) or not answer.get("access_token"):
        raise SaltoUnreachable("SALTO's sign-in answered in an unknown shape.", code="unknown_shape")
    if str(answer.get("token_type", "")).lower() != "bearer":
        raise SaltoRefused("SALTO's sign-in gave a token of another kind.", code="unknown_shape")
    lives = timedelta(seconds=int(answer.get("expires_in") or 3600))
    return TokenPair(str(answer["access_token"]), str(answer.get("refresh_token") or ""), now + lives)


def _answer(method: str, path: str, **given: Any) -> Any:
    response = transport.send(method, f"{settings.SALTO_IDENTITY_BASE}{path}", **given)
    answer: Any = read_json(response)
    problem = read_error(response.status_code, answer, response.headers.get("Retry-After", ""))
    if problem:
        raise problem
    return answer
