"""Makes the demo's data, once: locations, staff, Stripe accounts in the sandbox, members, invoices, payments."""

from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from flexspace.core.models import Location
from flexspace.management.seed.charges import charge_some
from flexspace.management.seed.data import PLACES
from flexspace.management.seed.ledger import Ledger
from flexspace.management.seed.places import connect_stripe, make_location, make_staff


class Command(BaseCommand):
    """Refuses to run beside anything real."""

    help = "Make the demo's data: two locations with readers in the sandbox, members, invoices and payments."

    def handle(self, *args: Any, **options: Any) -> None:
        """Make everything, or nothing when it is there already."""
        if not settings.DEMO:
            raise CommandError("Made-up data is only made in the demo: run `make demo`.")
        if Location.objects.exists():
            self.stdout.write("The data is there already.")
            return
        locations = [make_location(place) for place in PLACES]
        make_staff()
        for place, location in zip(PLACES, locations, strict=True):
            connect_stripe(place, location)
            still_open = Ledger(place, location, timezone.now()).write()
            charge_some(place, location, still_open)
        self.stdout.write("Made two locations, their readers, members, invoices and payments.")
