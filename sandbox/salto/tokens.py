"""Clients, codes and tokens of the identity server.

Tokens look like JWTs of `typ: at+jwt`, but what counts is the sandbox's memory: only hashes are kept.
"""

import base64
import hashlib
import json
import secrets
from typing import Any

from sandbox.salto.space import Body, Realm, new_id

SCOPES = ("user_api.full_access", "openid", "profile", "offline_access")
NEEDED = "user_api.full_access"


class OAuthError(Exception):
    """An error of OAuth: its code, and a sentence for people."""

    def __init__(self, code: str, description: str = "") -> None:
        super().__init__(code)
        self.code, self.description = code, description


def digest(text: str) -> str:
    """Return the name under which a secret text is kept."""
    return hashlib.sha256(text.encode()).hexdigest()


def scopes(text: str) -> list[str]:
    """Return the scopes asked for. Raises `invalid_scope` for those of other APIs."""
    wanted = text.split() or [NEEDED]
    if not set(wanted) <= set(SCOPES):
        raise OAuthError("invalid_scope")
    return wanted


def client(realm: Realm, client_id: str) -> Body | None:
    """Return a client by its id, or None."""
    return next((one for one in realm.each("salto.client") if one["client_id"] == client_id), None)


def add_client(realm: Realm, given: Body) -> Body:
    """Register a client or change one: {client_id, client_secret, redirect_uris, require_pkce}."""
    one = client(realm, str(given["client_id"])) or realm.make(
        "salto.client", client_id=str(given["client_id"]), client_secret=None, redirect_uris=[], require_pkce=True
    )
    if "client_secret" in given:
        one["client_secret"] = given["client_secret"]
    if "require_pkce" in given:
        one["require_pkce"] = bool(given["require_pkce"])
    one["redirect_uris"] = sorted({*one["redirect_uris"], *given.get("redirect_uris", [])})
    return realm.save(one)


def issue_code(realm: Realm, profile: Body, asked: dict[str, str]) -> str:
    """Return a code that works once, for what was asked on the sign-in page."""
    code = secrets.token_urlsafe(32)
    realm.make(
        "salto.code",
        id=digest(code),
        profile=profile["id"],
        client=asked["client_id"],
        redirect_uri=asked["redirect_uri"],
        scope=asked.get("scope", ""),
        challenge=asked.get("code_challenge", ""),
        until=realm.now + realm.setting("code_seconds"),
    )
    return code


def redeem_code(realm: Realm, who: Body, given: dict[str, str]) -> Body:
    """Exchange a code for tokens. Raises `invalid_grant` for anything that does not fit."""
    code = realm.peek("salto.code", digest(given.get("code", "")))
    if code is None:
        raise OAuthError("invalid_grant")
    realm.store.remove(code["id"])  # whatever comes of it: it works once
    if code["client"] != who["client_id"] or code["redirect_uri"] != given.get("redirect_uri"):
        raise OAuthError("invalid_grant")
    if realm.now >= code["until"] or not _proves(code["challenge"], given.get("code_verifier", "")):
        raise OAuthError("invalid_grant")
    profile = realm.peek("salto.profile", code["profile"])
    if profile is None:
        raise OAuthError("invalid_grant")
    return issue(realm, who, profile, scopes(code["scope"]))


def _proves(challenge: str, verifier: str) -> bool:
    if not challenge:
        return not verifier
    if not 43 <= len(verifier) <= 128:
        return False
    found = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return secrets.compare_digest(found, challenge)


def refresh(realm: Realm, who: Body, given: dict[str, str]) -> Body:
    """Exchange a refresh token for new tokens; it has then been used up."""
    held = realm.peek("salto.refresh", digest(given.get("refresh_token", "")))
    if held is None or held["client"] != who["client_id"]:
        raise OAuthError("invalid_grant")
    reuse = realm.setting("refresh_reuse_seconds")
    if held["used_at"] is not None and realm.now >= held["used_at"] + reuse:
        raise OAuthError("invalid_grant")
    if held["until"] is not None and realm.now >= held["until"]:
        raise OAuthError("invalid_grant")
    profile = realm.peek("salto.profile", held["profile"])
    if profile is None:
        raise OAuthError("invalid_grant")
    wanted = scopes(given["scope"]) if given.get("scope") else held["scope"]
    if not set(wanted) <= set(held["scope"]):
        raise OAuthError("invalid_scope")
    held["used_at"] = realm.now if held["used_at"] is None else held["used_at"]
    realm.save(held)
    return issue(realm, who, profile, wanted)


def issue(realm: Realm, who: Body, profile: Body, wanted: list[str]) -> Body:
    """Return the answer of the token endpoint: an access token, and a refresh token if it was asked for."""
    seconds = int(realm.setting("access_seconds"))
    access = _jwt(realm, who, profile, wanted, seconds)
    _forget_old(realm)
    owned = {"profile": profile["id"], "client": who["client_id"], "scope": wanted}
    realm.make("salto.token", id=digest(access), until=realm.now + seconds, **owned)
    answer: Body = {"access_token": access, "expires_in": seconds, "token_type": "Bearer", "scope": " ".join(wanted)}
    if "offline_access" in wanted:
        text = secrets.token_hex(32).upper()
        lives = realm.setting("refresh_seconds")
        until = realm.now + lives if lives else None
        realm.make("salto.refresh", id=digest(text), used_at=None, until=until, **owned)
        answer["refresh_token"] = text
    return answer


def _jwt(realm: Realm, who: Body, profile: Body, wanted: list[str], seconds: int) -> str:
    now = int(realm.now)
    head = {"alg": "RS256", "kid": "sandbox", "typ": "at+jwt"}
    told = {
        "iss": "https://identity.sandbox.invalid",
        "nbf": now,
        "iat": now,
        "exp": now + seconds,
        "aud": "user_api",
        "scope": wanted,
        "client_id": who["client_id"],
        "sub": profile["sub"],
        "jti": new_id(),
    }
    return ".".join([_part(json.dumps(head)), _part(json.dumps(told)), _part(secrets.token_hex(16))])


def _part(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def _forget_old(realm: Realm) -> None:
    """Forget tokens that ended an hour ago, so that their number stays small."""
    ended = "json_extract(o.body, '$.until') < ?"
    for one in realm.store.query(realm.account, "salto.token", ended, [realm.now - 3600]):
        realm.store.remove(one["id"])


def holder(realm: Realm, token: str) -> tuple[Body, Body] | None:
    """Return the person behind an access token, and the token; None when it does not work."""
    found = realm.peek("salto.token", digest(token)) if token else None
    if found is None or realm.now >= found["until"] or NEEDED not in found["scope"]:
        return None
    profile = realm.peek("salto.profile", found["profile"])
    return None if profile is None else (profile, found)


def revoke(realm: Realm, profile_id: str | None, what: Any = "all") -> int:
    """End the access or refresh tokens, or all, of a person or of everybody; return how many."""
    kinds = {"access": ("salto.token",), "refresh": ("salto.refresh",)}.get(what, ("salto.token", "salto.refresh"))
    found = [one for kind in kinds for one in realm.each(kind) if profile_id in (None, one["profile"])]
    for one in found:
        realm.store.remove(one["id"])
    return len(found)
