"""The addresses of links we send: signed, so that nobody makes one up, and with nothing in them but an id and a time.

A token is always the same for the same id and time: what is frozen with an attempt stays one body under one key.
"""

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

SHAPE = struct.Struct(">16sI")  # uuid, unix seconds


class LinkKind(StrEnum):
    """What a link is for; a token of one kind is nothing to the other."""

    PAY = "pay"
    CARD = "card"


class BadLink(Exception):
    """Not one of our tokens."""


def make_token(kind: LinkKind, uuid: UUID, *, at: datetime) -> str:
    """Return the token of ``uuid``, made out at ``at``."""
    packed = urlsafe_b64encode(SHAPE.pack(uuid.bytes, int(at.timestamp()))).decode()
    return _signer(kind).sign(packed.rstrip("="))


def read_token(kind: LinkKind, token: str) -> tuple[UUID, datetime]:
    """Return the id and the time in a token. Raises BadLink."""
    try:
        packed = _signer(kind).unsign(token)
        raw, seconds = SHAPE.unpack(urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
    except (BadSignature, ValueError, struct.error) as error:
        raise BadLink from error
    return UUID(bytes=raw), datetime.fromtimestamp(seconds, UTC)


def link_url(kind: LinkKind, uuid: UUID, *, at: datetime) -> str:
    """Return the whole address, to be sent or shown as a QR code."""
    name = "terminal:pay" if kind is LinkKind.PAY else "terminal:add_card"
    return settings.SITE_URL + reverse(name, args=[make_token(kind, uuid, at=at)])


def _signer(kind: LinkKind) -> Signer:
    # The number is the token's version: with another one, no old link works any more.
    return Signer(salt=f"flexspace.{kind}.1", sep=".")
