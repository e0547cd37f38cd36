"""A site of SALTO KS in the sandbox, connected through our own code as an admin would, and synced once."""

from datetime import datetime, timedelta
from http.client import HTTPConnection
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.conf import settings
from django.urls import reverse

from access.enums import Source
from access.models import AccessGroup, SaltoKSConfig, SeatDay
from access.services import connecting, mapping
from access.services.options import save_options
from access.services.syncing import preview, sync
from flexspace.core.actors import Actor
from flexspace.core.models import Location, User
from flexspace.management.seed.data import Place
from flexspace.management.seed.sandbox_api import SandboxApi
from members.models import Member, Membership, Plan, Product, Resource

OFFICE = Actor.job("seed_demo")
CLIENT: dict[str, Any] = {"client_id": "flexspace-practice", "client_secret": "practice"}
SEATS = 14
THERE = 5  # people whom the site knows already; the others are invited
DAYS = 60  # of seats that were counted before today
LOCKS = ("Front door", "Hot desk area", "Fixed desks", "Meeting room 1", "Server room")
ADMIN = "admin@flexspace.example"
# Whoever holds one of these is let into these groups.
# Nothing is mapped to the team office: a page says what is missing.
PLANS = {"Hot desk": ("Front door", "Hot desk area"), "Fixed desk": ("Front door", "Fixed desks")}
PASSES = ("Day pass", "Half day", "Five day passes")
ROOMS = {"Alster": ("Front door", "Meeting room 1")}


class Doors:
    """Connects one location to its doors, always the same way."""

    def __init__(self, place: Place, location: Location, now: datetime) -> None:
        self.place, self.location, self.now = place, location, now
        self.sandbox = SandboxApi(settings.SANDBOX_URL, place.key)

    def write(self) -> None:
        """Make the site, sign in, map what is sold, look at a preview, switch it on, and let it run once."""
        site = self._site()
        config = self._connect(site)
        self._map(config)
        look = preview(config, by=OFFICE)
        changes = {"enabled": True, "adopt_on_match": True}
        save_options(by=OFFICE, config=config, changes=changes, now=self.now, previewed=look.pk)
        sync(config, by=OFFICE)
        self._past(config)

    def _site(self) -> dict[str, Any]:
        """Let most of the people be there already, and with them whom every site has: staff, cleaners, the past."""
        rows = Membership.objects.filter(location=self.location, plan__name__in=PLANS)
        people = Member.objects.filter(pk__in=rows.values("member")).order_by("pk")
        users = [self._user(one.name, one.email, tag=1000 + one.pk, has_profile=True) for one in people[:THERE]]
        cleaner = self._user("Ilse Kranz", "cleaning@glanz.example", groups=["Front door"], tag=900, has_profile=True)
        former = self._user("Jan Peters", "jan.peters@example.com", state="suspended", tag=901, has_profile=True)
        idle = self._user("Rolf Adler", "rolf.adler@example.com", tag=902, has_profile=True)
        groups = [{"name": name, "locks": [name], "schedule": "always"} for name in LOCKS]
        groups[-1]["schedule"] = "none"
        facts = {
            "name": self.place.name, "seats": SEATS, "country": self.place.country, "time_zone": self.place.time_zone,
            "locks": list(LOCKS), "groups": groups, "users": [*users, cleaner, former, idle],
            "owner": self._user("Ada Lindqvist", "owner@hafenplatz.example", has_profile=True),
        }  # fmt: skip
        return self.sandbox.control("_sandbox/salto/sites", facts)

    def _user(self, name: str, email: str, **facts: Any) -> dict[str, Any]:
        first, _, last = name.partition(" ")
        return {"first_name": first, "last_name": last, "email": email, **facts}

    def _connect(self, site: dict[str, Any]) -> SaltoKSConfig:
        back = f"{settings.SITE_URL}{reverse('access:connection_callback')}"
        self.sandbox.control("_sandbox/salto/clients", {**CLIENT, "redirect_uris": [back]})
        config = connecting.save_connection(by=OFFICE, name=self.place.name, **CLIENT)
        admin = User.objects.get(email=ADMIN)
        trip: dict[str, Any] = {"session": "seed", "redirect_uri": back, "now": self.now}
        url = connecting.begin_sign_in(by=OFFICE, config=config, user=admin, **trip)
        config = connecting.finish_sign_in(by=OFFICE, **_sign_in(url, site["service"]), **trip)
        config = connecting.choose_site(by=OFFICE, config=config, site_id=site["id"])
        connecting.set_locations(by=OFFICE, config=config, locations=[self.location])
        return config

    def _map(self, config: SaltoKSConfig) -> None:
        groups = {group.name: group for group in mapping.read_groups(config, now=self.now)}
        for plan in Plan.objects.filter(location=self.location, name__in=PLANS):
            self._add(groups, PLANS[plan.name], Source.PLAN, plan.pk)
        for product in Product.objects.filter(location=self.location, name__in=PASSES):
            self._add(groups, PLANS["Hot desk"], Source.DAY_PASS, product.pk)
        for room in Resource.objects.filter(location=self.location, name__in=ROOMS):
            self._add(groups, ROOMS[room.name], Source.BOOKING, room.pk)

    def _add(self, groups: dict[str, AccessGroup], names: tuple[str, ...], source: Source, subject: int) -> None:
        for name in names:
            mapping.add_mapping(by=OFFICE, group=groups[name], source=source, subject_id=subject)

    def _past(self, config: SaltoKSConfig) -> None:
        """Make up how many seats were in use until yesterday: more in the week than at its end."""
        rows = []
        for back in range(1, DAYS + 1):
            day = (self.now - timedelta(days=back)).date()
            used = 7 + (DAYS - back) // 15 + (day.toordinal() * 7 % 3 == 0) - (back > 40)
            bought = SEATS if back < 30 else 12
            rows.append(SeatDay(connection=config, day=day, bought=bought, used=used, peak=used))
        SeatDay.objects.bulk_create(rows)


def _sign_in(url: str, somebody: dict[str, Any]) -> dict[str, Any]:
    """Be ``somebody`` at the sandbox's sign-in page; return what one is led back with."""
    there = urlsplit(url)
    form = urlencode({"username": somebody["email"], "password": somebody["password"], "do": "sign_in"})
    line = HTTPConnection(there.netloc, timeout=10)
    try:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        line.request("POST", f"{there.path}?{there.query}", form, headers)
        back = urlsplit(line.getresponse().getheader("Location") or "")
    finally:
        line.close()
    query = parse_qs(back.query)
    return {name: query[name][0] for name in ("state", "code")}
