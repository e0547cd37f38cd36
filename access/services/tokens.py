"""Access tokens of a connection: refreshed by one of us at a time, and stored before they are used."""

from datetime import datetime
from typing import Literal

from django.db import transaction
from django.utils import timezone

from access import oauth
from access.enums import ConnectionState
from access.explain import problem_sentence
from access.models import SaltoKSConfig
from access.oauth import TokenPair
from access.rules import REFRESH_AHEAD
from access.salto_client import SaltoRefused, SaltoUnreachable
from access.salto_client import transport as wire
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.locks import only_one

WAIT_FOR_OTHERS = 20  # looks, half a second apart
_TOKENS = ("access_token", "token_expires_at", "refresh_token")
_DEAD = ("invalid_grant", "invalid_client", "unauthorized_client")


class ConnectionTokens:
    """The tokens of one connection, for the client."""

    def __init__(self, config: SaltoKSConfig) -> None:
        self._pk = config.pk

    def fresh(self, spent: str = "") -> str:
        """Return a token that is believed to work and is not ``spent``.

        Raises SaltoRefused (``revoked``) when somebody has to sign in again; the connection is then marked so.
        """
        for _ in range(WAIT_FOR_OTHERS):
            row = SaltoKSConfig.objects.only(*_TOKENS).get(pk=self._pk)  # before every call
            now = timezone.now()
            if not row.refresh_token and not row.access_token:
                raise SaltoRefused(problem_sentence("sign_in_again"), code="sign_in_again", status=401)
            if row.access_token and row.access_token != spent and _lasts(row, now):
                return row.access_token
            # A refresh token works once: two of us who used it at one moment would lose the connection. The lease,
            # and no row's lock, keeps us apart, because nothing may be locked while SALTO KS is asked.
            with only_one(f"access.token.{self._pk}", seconds=60) as lease:
                if lease:
                    return self._refresh(spent, now)
            wire.sleep(0.5)
        raise SaltoUnreachable("Another process is still refreshing the sign-in.", code="unreachable")

    def _refresh(self, spent: str, now: datetime) -> str:
        row = SaltoKSConfig.objects.get(pk=self._pk)  # again: somebody may have refreshed just before we had the lease
        if row.access_token and row.access_token != spent and _lasts(row, now):
            return row.access_token
        client = (row.client_id, row.client_secret)
        problem: SaltoRefused | None = None
        for token in dict.fromkeys(filter(None, (row.refresh_token, row.previous_refresh_token))):
            try:
                return store_tokens(row, oauth.refresh(client, token=token, now=now), used=token).access_token
            except SaltoRefused as refusal:
                problem = refusal
                if refusal.code != "invalid_grant":
                    break
        code = problem.code if problem and problem.code in _DEAD else "revoked"
        if problem is None or problem.code in _DEAD:
            mark_broken(row, code, now=now)
        raise SaltoRefused(problem_sentence(code), code=code, status=401) from problem


def _lasts(row: SaltoKSConfig, now: datetime) -> bool:
    return row.token_expires_at is not None and row.token_expires_at > now + REFRESH_AHEAD


@transaction.atomic
def store_tokens(config: SaltoKSConfig, pair: TokenPair, *, used: str = "") -> SaltoKSConfig:
    """Keep new tokens, and ``used``, the refresh token that gave them, until these have worked in their turn."""
    row = SaltoKSConfig.objects.select_for_update().get(pk=config.pk)
    row.access_token, row.token_expires_at = pair.access, pair.expires_at
    if pair.refresh and pair.refresh != used:
        row.refresh_token, row.previous_refresh_token = pair.refresh, used
    row.save(update_fields=["access_token", "token_expires_at", "refresh_token", "previous_refresh_token"])
    return row


@transaction.atomic
def mark_broken(config: SaltoKSConfig, code: str, *, now: datetime) -> None:
    """Say that a connection needs somebody, once; runs leave it alone until then."""
    row = SaltoKSConfig.objects.select_for_update().get(pk=config.pk)
    if (row.state, row.problem) == (ConnectionState.BROKEN, code):
        return
    row.state, row.problem, row.problem_at = ConnectionState.BROKEN, code, now
    row.save(update_fields=["state", "problem", "problem_at"])
    audit.record("access.connection.broken", by=Actor.job("access"), about=[row], after={"problem": code})


def note_problem(config: SaltoKSConfig, code: str | Literal[""], *, now: datetime) -> None:
    """Note what hinders a connection for now ("": nothing); it is tried again by itself.

    One that needs somebody keeps saying why: a run that was under way when it broke has nothing to add.
    """
    rows = SaltoKSConfig.objects.exclude(state=ConnectionState.BROKEN)
    rows.filter(pk=config.pk).update(problem=code, problem_at=now if code else None)
