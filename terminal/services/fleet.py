"""Makes Stripe Locations, and registers, names, moves and removes readers.

Each is one call to Stripe with no transaction open, then our rows with an audit event. A call whose answer was lost
may be sent again with the same ``token``: Stripe answers it as it did, and nothing is made twice.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import transaction

from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.models import Location
from terminal import explain
from terminal.models import Reader, StripeConfig, StripeLocation
from terminal.models.config import note_right
from terminal.queries import reader_holder
from terminal.services.asked import asked
from terminal.services.readers import check_fits, map_location, store_location, store_reader
from terminal.stripe_client import StripeGateway, StripeProblem

CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")


def create_place(
    *, by: Actor, config: StripeConfig, location: Location, name: str, address: Mapping[str, Any], token: UUID
) -> StripeLocation:
    """Make a Stripe Location called ``name`` for ``location`` and map it.

    ``address`` holds Stripe's own fields: ``address``, or for Japan ``address_kanji``, ``address_kana``, ``phone`` and
    the names in both scripts. Raises DomainError when it would not fit, or with what Stripe minds.
    """
    check_fits(name, config.country, config, location)
    named = {} if "display_name_kanji" in address else {"display_name": name}
    params = {**named, **address, "metadata": {"flexspace_location": location.code}}
    made = asked(lambda: StripeGateway.of(config).create_location(key=_key(token, "location", params), params=params))
    note_right(config.pk, "terminal_location_write", "proven")
    with transaction.atomic():
        place = store_location(config, made)
        audit.record(
            "terminal.stripe_location.made",
            by=by,
            about=[place, location],
            location=location,
            after={"stripe_location": str(place), "stripe_id": place.stripe_id},
        )
        map_location(by=by, place=place, location=location)
    return place


def register_reader(*, by: Actor, place: StripeLocation, code: str, label: str, token: UUID, now: datetime) -> Reader:
    """Register the reader whose screen shows ``code`` at ``place``, under ``label``.

    Raises DomainError for a code that cannot be one or that Stripe does not know, and for a place that is deleted at
    Stripe or not mapped: a reader there could not be used.
    """
    _check_place(place)
    reader = _register(place, code=code, label=label, token=token, now=now)
    note_right(place.config_id, "terminal_reader_write", "proven")
    with transaction.atomic():
        audit.record(
            "terminal.reader.registered",
            by=by,
            about=[reader, place],
            location=place.location,
            after={"reader": reader.label, "serial_number": reader.serial_number, "stripe_location": str(place)},
        )
    return reader


def rename_reader(*, by: Actor, reader: Reader, label: str) -> None:
    """Give ``reader`` the name that staff and its own screen show. Raises DomainError when Stripe refuses."""
    before = reader.label
    if label == before:
        return
    asked(lambda: StripeGateway.of(reader.config).label_reader(reader.stripe_id, label))
    note_right(reader.config_id, "terminal_reader_write", "proven")
    with transaction.atomic():
        Reader.objects.filter(pk=reader.pk).update(label=label)
        reader.label = label
        audit.record(
            "terminal.reader.renamed",
            by=by,
            about=[reader],
            location=reader.location,
            before={"reader": before},
            after={"reader": label},
        )


def remove_reader(*, by: Actor, reader: Reader, now: datetime) -> None:
    """Take ``reader`` out of the Stripe account; its row stays for the payments it took.

    Raises Conflict while it is in use, DomainError when Stripe refuses. One that Stripe no longer has is fine.
    """
    _check_idle(reader)
    try:
        asked(lambda: StripeGateway.of(reader.config).delete_reader(reader.stripe_id))
    except DomainError as error:
        if error.code != "resource_missing":
            raise
    with transaction.atomic():
        Reader.objects.filter(pk=reader.pk).update(gone_at=now)
        audit.record(
            "terminal.reader.removed",
            by=by,
            about=[reader, *([reader.stripe_location] if reader.stripe_location else [])],
            location=reader.location,
            before={"reader": reader.label, "stripe_location": str(reader.stripe_location or "")},
        )


def move_reader(*, by: Actor, reader: Reader, place: StripeLocation, code: str, token: UUID, now: datetime) -> Reader:
    """Take ``reader`` out and register it at ``place`` by the new ``code`` on its screen; return its new row.

    Stripe cannot change where a Reader stands. Raises Conflict while it is in use, and DomainError: when the second
    half is refused, the sentence says that the first half is done.
    """
    _check_place(place)
    _check_code(code)
    remove_reader(by=by, reader=reader, now=now)
    try:
        return register_reader(by=by, place=place, code=code, label=reader.label, token=token, now=now)
    except DomainError as error:
        raise DomainError(
            f"{reader} was taken out of {reader.stripe_location}, but is not at {place} yet: {error.message} "
            f"Then register it at {place}.",
            code="moved_half",
        ) from error


def _register(place: StripeLocation, *, code: str, label: str, token: UUID, now: datetime) -> Reader:
    code = _check_code(code)
    key = _key(token, "register", {"code": code, "label": label, "location": place.stripe_id})
    made = asked(
        lambda: StripeGateway.of(place.config).register_reader(
            key=key, code=code, label=label, location_id=place.stripe_id
        )
    )
    with transaction.atomic():
        return store_reader(place.config, made, place, now=now)


def _check_place(place: StripeLocation) -> None:
    if place.gone_at:
        raise DomainError(f"{place} was deleted at Stripe. Create it again first.", code="stripe_location_gone")
    if place.location is None:
        raise DomainError(f"Map {place} to one of your locations first.", code="stripe_location_unmapped")


def _check_code(code: str) -> str:
    """Return the code as Stripe wants it: "Sleepy Llama Tiny" is "sleepy-llama-tiny"."""
    code = "-".join(code.lower().replace("-", " ").split())
    if not CODE.fullmatch(code):
        raise DomainError("The code is the three words on the reader's screen, such as sunny-apple-boat.", code="code")
    return code


def _check_idle(reader: Reader) -> None:
    """Raise Conflict when something is on the reader, of ours or of somebody else."""
    holder = reader_holder(reader)
    if holder:
        raise Conflict(explain.busy_sentence(holder), code="reader_in_use")
    if reader.gone_at:
        return
    try:
        shown = StripeGateway.of(reader.config).reader(reader.stripe_id)
    except StripeProblem as problem:
        if problem.code == "resource_missing":
            return
        raise DomainError(explain.problem_sentence(problem), code=problem.code or "unreachable") from problem
    if shown.action_status == "in_progress":
        raise Conflict(f"{reader} shows something at the moment. Clear it first.", code="reader_in_use")


def _key(token: UUID, what: str, params: Mapping[str, Any]) -> str:
    """Return the idempotency key of one submit: other parameters are another request."""
    return f"{token}:{what}:{sha256(repr(sorted(params.items())).encode()).hexdigest()[:16]}"
