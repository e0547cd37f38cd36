"""API tokens: made, recognised, revoked. The token itself exists once, in the answer to who made it."""

import re
import secrets
import string
from collections.abc import Collection
from datetime import datetime, timedelta
from hashlib import sha256
from zlib import crc32

from django.db import transaction

from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.cards import refuse_card_number
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.models import ApiToken, AuditEvent, Location, User
from flexspace.core.roles import SCOPES
from flexspace.core.sentences import says

ALPHABET = string.digits + string.ascii_letters
RANDOM, CHECK, SHOWN = 32, 6, 9  # characters: 190 random bits, the checksum, what the list shows (36 bits of them)
MAX_AGE = timedelta(days=365)
_TOKEN = re.compile(rf"fx_([0-9A-Za-z]{{{RANDOM}}})([0-9A-Za-z]{{{CHECK}}})", re.ASCII)


def new_secret() -> str:
    """Return a fresh token: ``fx_``, random characters, and a checksum by which scanners tell a real one."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM))
    return f"fx_{body}{_checksum(body)}"


def digest_of(secret: str) -> str:
    """Return what is stored of a token: its SHA-256 in hex; empty when it is no token of ours.

    A plain hash is enough because the token is random.
    """
    match = _TOKEN.fullmatch(secret)
    if not match or _checksum(match[1]) != match[2]:
        return ""
    return sha256(secret.encode()).hexdigest()


def create_token(
    *,
    by: User,
    name: str,
    scopes: Collection[str],
    locations: Collection[Location],
    expires_at: datetime,
    now: datetime,
) -> tuple[ApiToken, str]:
    """Store a token and return its row and the token itself, which cannot be had again.

    Raises DomainError without a name, for an unknown scope, without a location, and for more than a year.
    """
    name = refuse_card_number(name.strip())
    if not name:
        raise DomainError("Enter a name, so that people know what the token is for.", code="name_missing")
    if not scopes or not set(scopes) <= set(SCOPES):
        raise DomainError("Choose what the token may do.", code="scope_unknown")
    if not locations:
        raise DomainError("Choose at least one location.", code="location_missing")
    if not now < expires_at <= now + MAX_AGE:
        raise DomainError("A token lasts at most a year.", code="expiry_out_of_range")
    secret = new_secret()
    with transaction.atomic():
        token = ApiToken.objects.create(
            name=name,
            prefix=secret[:SHOWN],
            digest=digest_of(secret),
            scopes=sorted(set(scopes)),
            created_by=by,
            created_at=now,
            expires_at=expires_at,
        )
        token.locations.set(locations)
        after = {
            "name": name,
            "scopes": token.scopes,
            "locations": sorted(location.code for location in locations),
            "expires_at": expires_at.isoformat(),
        }
        audit.record("core.token.created", by=Actor.of(by), about=[token], after=after)
    return token, secret


@transaction.atomic
def revoke_token(*, by: Actor, token: ApiToken, now: datetime) -> None:
    """End a token; the next request with it is refused. Raises Conflict when it was revoked before."""
    if not ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now):
        raise Conflict("This token was revoked before.", code="token_revoked")
    audit.record("core.token.revoked", by=by, about=[token], before={"name": token.name}, after={"revoked": True})


@says("core.token.created", tone="warn", icon="key-round")
def _created(event: AuditEvent) -> str:
    scopes, places = (", ".join(map(str, event.after.get(name, []))) for name in ("scopes", "locations"))
    return f"API token “{event.after.get('name', '')}” made: {scopes} at {places}"


@says("core.token.revoked", icon="key-round")
def _revoked(event: AuditEvent) -> str:
    return f"API token “{event.before.get('name', '')}” revoked"


def _checksum(body: str) -> str:
    number, text = crc32(f"fx_{body}".encode()), ""
    for _ in range(CHECK):
        number, digit = divmod(number, len(ALPHABET))
        text = ALPHABET[digit] + text
    return text
