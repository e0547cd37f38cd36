"""Makes the demo's data, once: locations, staff, Stripe accounts in the sandbox, members, invoices, payments."""

import subprocess
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from flexspace.core.models import Location
from flexspace.management.seed.billed import Billed
from flexspace.management.seed.charges import charge_some
from flexspace.management.seed.collected import Collected
from flexspace.management.seed.data import PLACES, Place
from flexspace.management.seed.doors import Doors
from flexspace.management.seed.kept import Kept
from flexspace.management.seed.ledger import Ledger
from flexspace.management.seed.offers import Offers
from flexspace.management.seed.places import connect_stripe, listen, make_location, make_staff
from flexspace.management.seed.rooms import Rooms
from flexspace.management.seed.visits import Visits


class Command(BaseCommand):
    """Refuses to run beside anything real."""

    requires_system_checks = []  # `make demo` has checked, and somebody waits
    help = "Make the demo's data: two locations with readers in the sandbox, plans, members, invoices and payments."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say of which place; the command gives each place a process of its own, because somebody waits."""
        parser.add_argument("--place", help="code of one place, whose location is there already")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make everything, or nothing when it is there already."""
        if not settings.DEMO:
            raise CommandError("Made-up data is only made in the demo: run `make demo`.")
        if options["place"]:
            fill(next(place for place in PLACES if place.code == options["place"]))
            return
        if Location.objects.exists():
            self.stdout.write("The data is there already.")
            return
        for place in PLACES:
            make_location(place)
        make_staff()
        command = [sys.executable, sys.argv[0], "seed_demo", "--place"]
        others = [subprocess.Popen([*command, place.code]) for place in PLACES[1:]]  # noqa: S603  (ourselves)
        fill(PLACES[0])
        ends = [other.wait() for other in others]
        if any(ends):
            raise CommandError("The data of one place could not be made; what stands above says why.")
        self.stdout.write("Made two locations, their readers, plans, members, invoices and payments.")


def fill(place: Place) -> None:
    """Connect a location to its Stripe account and fill it with people, what they hold, owe and paid."""
    location = Location.objects.get(code=place.code)
    config = connect_stripe(place, location)
    now = timezone.now()
    still_open = Ledger(place, location, now).write()
    Offers(place, location, now).write()
    Rooms(place, location, now).write()
    Visits(location, now).write()
    Billed(location, now).write()
    Kept(place, location, timezone.now()).write()
    Collected(place, location, now).write()
    if place.has_doors:
        Doors(place, location, timezone.now()).write()
    listen(place, config)  # so late because the web server would take hundreds of events while somebody waits
    charge_some(place, location, still_open)
