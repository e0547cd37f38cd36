"""Reads how far the set-up of locations is; the number of queries is the same for any number of them."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from access.models import SaltoKSConfig
from access.queries.connections import connections, granted_at
from flexspace.core.models import Location, User
from flexspace.core.roles import Role
from flexspace.portal.setup import Doors, Facts, Line, Link, State, Stripe, lines, open_lines
from members.models import Plan, TaxRate
from terminal.explain.hearing import hearing
from terminal.explain.self_test import lacks
from terminal.models import LocationAccount, Reader, StripeConfig, StripeLocation
from terminal.queries import trials_of, tried
from terminal.rights import lacking
from terminal.services.endpoint import webhook_address


@dataclass(frozen=True, slots=True)
class Step:
    """A line that is not done, and the address where it is."""

    line: Line
    url: str

    @property
    def later(self) -> bool:
        """Return whether another step comes first."""
        return self.line.state is State.LATER


@dataclass(frozen=True, slots=True)
class Progress:
    """A location whose set-up is not over: what is open, in order, and what is done."""

    location: Location
    steps: list[Step]
    done: list[str]

    @property
    def of(self) -> int:
        """Return how many steps there are."""
        return len(self.steps) + len(self.done)


def to_set_up(user: User, places: list[Location], now: datetime) -> list[Progress]:
    """Return the locations of ``places`` whose set-up is not over; eleven queries."""
    found = []
    for location, facts in _facts(user, places, now):
        steps = lines(facts)
        todo = [Step(line, _address(line.link)) for line in open_lines(steps)]
        if todo:
            found.append(Progress(location, todo, [line.label for line in steps if line.state is State.DONE]))
    return found


def _address(link: Link) -> str:
    return reverse(link[0], args=link[1]) if link[0] else ""


def _facts(user: User, places: list[Location], now: datetime) -> list[tuple[Location, Facts]]:
    rows = LocationAccount.objects.filter(location__in=places).select_related("config")
    accounts = {row.location_id: _stripe(row.config, now) for row in rows}
    accounts_in = Counter(StripeConfig.objects.values_list("country", flat=True))
    mapped = set(StripeLocation.objects.filter(location__in=places, gone_at=None).values_list("location_id", flat=True))
    readers, lacking = _readers(places)
    doors = _doors()
    planned = set(Plan.objects.filter(is_active=True).order_by().values_list("location_id", flat=True).distinct())
    taxed = set(TaxRate.objects.filter(is_active=True).order_by().values_list("country", flat=True).distinct())
    staff = _staff(places)
    return [
        (
            place,
            Facts(
                name=place.name,
                country=place.country,
                stripe=accounts.get(place.pk),
                accounts=accounts_in[place.country],
                mapped=place.pk in mapped,
                readers=tuple(readers.get(place.pk, ())),
                lacking=tuple(lacking.get(place.pk, ())),
                doors=doors.get(place.pk) or doors.get(None),
                plans=place.pk in planned,
                tax_rates=place.country in taxed,
                staff=staff.get(place.pk, 0),
                may_add_staff=user.is_superuser,
            ),
        )
        for place in places
    ]


def _stripe(config: StripeConfig, now: datetime) -> Stripe:
    heard = hearing(config, address=webhook_address(config), now=now)
    return Stripe(
        pk=config.pk,
        name=config.name,
        missing=lacking(config.key_rights),
        heard=bool(config.webhook_proven_at),
        heard_said=f"{heard.badge}. {heard.sentence}".strip(),
    )


def _readers(places: list[Location]) -> tuple[dict[int, list[str]], dict[int, list[tuple[str, str]]]]:
    """Return the labels of readers by location, and of some of them what they have not done."""
    rows = Reader.objects.usable().filter(stripe_location__location__in=places).select_related("stripe_location")
    live = set(StripeConfig.objects.filter(livemode=True).values_list("pk", flat=True))
    readers: dict[int, list[str]] = {}
    lacking: dict[int, list[tuple[str, str]]] = {}
    for reader in tried(rows.order_by("label")):
        place = reader.stripe_location.location_id
        readers.setdefault(place, []).append(reader.label)
        lack = lacks(trials_of(reader), livemode=reader.config_id in live)
        if lack:
            lacking.setdefault(place, []).append((reader.label, lack))
    return readers, lacking


def _doors() -> dict[int | None, Doors]:
    """Return the connections by location; one that names none yet stands under None and concerns every location."""
    found: dict[int | None, Doors] = {}
    granted = granted_at()
    for config in connections():
        doors = Doors(config.uuid, config.is_ready, _enabled(config), config.pk in granted)
        places: list[int | None] = [place.location_id for place in config.places.all()]
        found |= dict.fromkeys(places, doors) if places else {None: doors}
    return found


def _enabled(config: SaltoKSConfig) -> bool:
    options = getattr(config, "options", None)
    return bool(options and options.enabled)


def _staff(places: list[Location]) -> dict[int, int]:
    """Return how many people beside the admins work at each location."""
    rows = User.objects.filter(is_active=True, locations__in=places).exclude(role=Role.ADMIN).order_by()
    found: dict[int, int] = {}
    for place in rows.values_list("locations", flat=True):
        if place is not None:
            found[place] = found.get(place, 0) + 1
    return found
