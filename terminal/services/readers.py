"""Reads Stripe's Locations and Readers into our rows, maps them, and clears a reader that is stuck."""

from datetime import datetime

from django.db import transaction

from billing.models import Payment
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.models import Location
from terminal import explain
from terminal.data import TERMINAL_CURRENCIES
from terminal.enums import CancelReason
from terminal.models import Attempt, LocationAccount, Reader, StripeConfig, StripeLocation
from terminal.rules import PAGE_TIMEOUT
from terminal.services.cancel import request_cancel
from terminal.services.reader_screen import writing
from terminal.stripe_client import StripeGateway, StripeProblem
from terminal.stripe_client.objects import LocationObject, ReaderObject
from terminal.stripe_client.transport import clock_ahead


def sync_account(config: StripeConfig, *, now: datetime) -> None:
    """Read all Locations and Readers of an account; rows that Stripe no longer has are kept and marked gone.

    Raises StripeProblem, after noting it on the account, and then changes nothing else.
    """
    gateway = StripeGateway.of(config)
    try:
        locations, readers = gateway.locations(), gateway.readers()
    except StripeProblem as problem:
        StripeConfig.objects.filter(pk=config.pk).update(sync_error=explain.problem_sentence(problem)[:300])
        raise
    ahead = clock_ahead()
    with transaction.atomic():
        stood = dict(config.readers.values_list("stripe_id", "stripe_location__stripe_id"))
        places = {place.id: store_location(config, place) for place in locations}
        for reader in readers:
            row = store_reader(config, reader, places.get(reader.location_id), now=now)
            if stood.get(reader.id, reader.location_id) != reader.location_id:
                _note_move(row)
        here = [reader.id for reader in readers]
        config.stripe_locations.filter(gone_at=None).exclude(stripe_id__in=places).update(gone_at=now)
        config.readers.filter(gone_at=None).exclude(stripe_id__in=here).update(gone_at=now)
        StripeConfig.objects.filter(pk=config.pk).update(synced_at=now, sync_error="", clock_ahead=ahead)


def _note_move(reader: Reader) -> None:
    """Keep in the timeline that a reader was found elsewhere: somebody moved it in Stripe's Dashboard."""
    audit.record(
        "terminal.reader.moved",
        by=Actor.job("stripe"),
        about=[reader, *([reader.stripe_location] if reader.stripe_location else [])],
        location=reader.location,
        after={"reader": reader.label, "stripe_location": str(reader.stripe_location or "no Location")},
    )


def store_location(config: StripeConfig, place: LocationObject) -> StripeLocation:
    """Write what Stripe says of a Location, and return our row of it."""
    row, _ = StripeLocation.objects.update_or_create(
        config=config,
        stripe_id=place.id,
        defaults={
            "display_name": place.display_name[:200],
            "country": place.country[:2],
            "address": place.address[:300],
            "gone_at": None,
        },
    )
    return row


def store_reader(config: StripeConfig, reader: ReaderObject, place: StripeLocation | None, *, now: datetime) -> Reader:
    """Write what Stripe says of a Reader that stands at ``place``, and return our row of it."""
    row, _ = Reader.objects.update_or_create(
        config=config,
        stripe_id=reader.id,
        defaults={
            "stripe_location": place,
            "label": reader.label[:120],
            "device_type": reader.device_type[:60],
            "serial_number": reader.serial_number[:80],
            "software": reader.software[:80],
            "status": reader.status[:20],
            "last_seen_at": reader.last_seen_at,
            "read_at": now,
            "gone_at": None,
        },
    )
    shows = (reader.action_intent or reader.action_type)[:80] if reader.action_status == "in_progress" else ""
    if row.shows != shows:
        row.shows, row.shows_since = shows, now if shows else None
        row.save(update_fields=["shows", "shows_since"])
    return row


@transaction.atomic
def map_location(*, by: Actor, place: StripeLocation, location: Location | None) -> None:
    """Say which of our locations a Stripe Location is, or that it is none.

    Raises DomainError when country, currency or account do not fit.
    """
    if location is not None:
        _check_mapping(place, location)
        LocationAccount.objects.update_or_create(location=location, defaults={"config": place.config})
    was, place.location = place.location, location
    place.save(update_fields=["location"])
    audit.record(
        "terminal.stripe_location.mapped",
        by=by,
        about=[place, *([location] if location else [])],
        location=location or was,
        before={"location": was.name if was else ""},
        after={"location": location.name if location else "", "stripe_location": str(place)},
    )


def _check_mapping(place: StripeLocation, location: Location) -> None:
    if place.gone_at:
        raise DomainError(f"{place} was deleted at Stripe. Create it there again.", code="stripe_location_gone")
    check_fits(str(place), place.country, place.config, location)


def check_fits(name: str, country: str, config: StripeConfig, location: Location) -> None:
    """Raise DomainError when a Stripe Location ``name`` in ``country`` could not serve our ``location``."""
    if country != location.country:
        raise DomainError(
            f"{name} is in {country} and {location} in {location.country}. "
            "A reader charges in its own country only, so map a Stripe Location of the same country.",
            code="country_differs",
        )
    if TERMINAL_CURRENCIES.get(country) != location.currency:
        raise DomainError(
            f"Readers in {country} charge in {TERMINAL_CURRENCIES.get(country, 'no currency')} only; "
            f"{location} is in {location.currency}.",
            code="currency_not_local",
        )
    if not config.livemode and Payment.objects.filter(location=location, livemode=True).exists():
        raise DomainError(
            f"{location} takes real money, and {config} is in test mode: its cards would pay invoices with nothing. "
            "Make a location of its own for tests.",
            code="test_beside_live",
        )
    others = StripeLocation.objects.filter(location=location, gone_at=None).exclude(config=config)
    other = others.select_related("config").first()
    if other:
        raise DomainError(
            f"{location} charges through {other.config}, but {name} belongs to {config}. "
            f"Unmap {other} first, and {location} moves to {config}.",
            code="account_differs",
        )


def reset_reader(*, by: Actor, reader: Reader, expected_intent: str, now: datetime) -> str:
    """Clear what is on a reader if it is still ``expected_intent`` (empty: anything but a payment of ours).

    A payment of ours is ended through its attempt, so that its intent is canceled too. Returns a sentence for the
    person. Raises Conflict when the reader shows something else by now.
    """
    gateway = StripeGateway.of(reader.config)
    shown = gateway.reader(reader.stripe_id)
    current = shown.action_intent if shown.action_status == "in_progress" else ""
    if current != expected_intent:
        raise Conflict(explain.READER_CHANGED.format(reader=reader), code="reader_changed")
    ours = Attempt.objects.live().filter(remote_id=current, config=reader.config).first() if current else None
    if ours:
        request_cancel(ours.pk, by=by, now=now, reason=CancelReason.READER_RESET)
        return f"The payment on {reader} is being cancelled."
    with writing(reader, now=now):
        gateway.cancel_action(reader.stripe_id, timeout=PAGE_TIMEOUT)
    with transaction.atomic():
        audit.record(
            "terminal.reader.reset",
            by=by,
            about=[reader],
            location=reader.location,
            before={"intent": current, "action": shown.action_type},
        )
    return f"{reader} was cleared."
