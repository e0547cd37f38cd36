"""Accounts and their keys: one Stripe account per secret key, or several keys for one.

https://docs.stripe.com/keys
"""

import base64
from typing import Any

from sandbox.errors import ApiError
from sandbox.ids import new_id
from sandbox.messages import Request
from sandbox.store import Store


def key_of(request: Request) -> str:
    """Return the key of a request, from a Bearer or Basic header; empty without one."""
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest).decode().partition(":")[0]
        except ValueError:
            return ""
    return ""


def masked(key: str) -> str:
    """Return a key as Stripe shows it in messages."""
    return f"{key[:8]}{'*' * max(len(key) - 12, 3)}{key[-4:]}"


class Accounts:
    """All accounts of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, given: dict[str, Any], now: float) -> dict[str, Any]:
        """Create an account for a key, or another key for one; return the account.

        `given` is {"key", "country", "currency", "name", "restricted", "account"}. The same key
        again changes only what it may not do. Raises ValueError when something is missing.
        """
        key = given.get("key")
        if not isinstance(key, str) or not key:
            raise ValueError("key is missing")
        account = self.by_key(key) or self._other(given.get("account"))
        if account is None:
            account = _new(given, now)
        account["_keys"][key] = list(given.get("restricted") or [])
        self._store.save(account["id"], "account", account)
        return account

    def _other(self, account_id: str | None) -> dict[str, Any] | None:
        if account_id is None:
            return None
        found = self._store.get(account_id, "account", account_id)
        if found is None:
            raise ValueError(f"no account {account_id}")
        return found

    def by_key(self, key: str) -> dict[str, Any] | None:
        """Return the account a key belongs to, or None."""
        for account in self._store.each(None, "account"):
            if key in account["_keys"]:
                return account
        return None

    def current(self, account_id: str) -> dict[str, Any]:
        """Return an account; call it inside a transaction, and again in the next one."""
        account = self._store.get(account_id, "account", account_id)
        if account is None:
            raise ApiError(401, "The account of this key is gone.", stored=False)
        return account

    def all(self) -> list[dict[str, Any]]:
        """Return all accounts, oldest first."""
        return self._store.each(None, "account", newest_first=False)

    def require(self, request: Request) -> dict[str, Any]:
        """Return the account of a request's key. Raises the 401 of a missing or unknown key."""
        key = key_of(request)
        if not key:
            raise ApiError(
                401,
                "You did not provide an API key. You need to provide your API key in the "
                "Authorization header, using Bearer auth (e.g. 'Authorization: Bearer "
                "YOUR_SECRET_KEY').",
                stored=False,
            )
        with self._store.transaction():
            account = self.by_key(key)
        if account is None:
            raise ApiError(401, f"Invalid API Key provided: {masked(key)}", stored=False)
        other = request.headers.get("stripe-account")
        if other and other != account["id"]:
            raise ApiError(
                403,
                f"The provided key '{masked(key)}' does not have access to account '{other}' (or "
                "that account does not exist).",
                code="account_invalid",
                stored=False,
            )
        return account


def denied(account: dict[str, Any], key: str, permission: str) -> None:
    """Raise the 403 of a restricted key that lacks a permission.

    https://docs.stripe.com/keys/restricted-api-keys
    """
    if permission in account["_keys"].get(key, []):
        raise ApiError(
            403,
            f"The provided key '{masked(key)}' does not have the required permissions for this "
            f"endpoint on account '{account['id']}'. Having the '{permission}' permission would "
            "allow this request to continue.",
            stored=False,
        )


def _new(given: dict[str, Any], now: float) -> dict[str, Any]:
    country, currency = given.get("country"), given.get("currency")
    if not isinstance(country, str) or not isinstance(currency, str):
        raise ValueError("country and currency are needed for a new account")
    name = given.get("name") or "Sandbox"
    return {
        "id": new_id("account")[:21],
        "object": "account",
        "business_profile": {"name": name, "support_email": None, "url": None},
        "business_type": "company",
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "controller": {"type": "account"},
        "country": country.upper(),
        "created": int(now),
        "default_currency": currency.lower(),
        "details_submitted": True,
        "email": None,
        "payouts_enabled": True,
        "settings": {"dashboard": {"display_name": name, "timezone": "Etc/UTC"}},
        "type": "standard",
        "_keys": {},
        "_name": name,
        "_settings": {},
        "_inactive_methods": [],
    }
