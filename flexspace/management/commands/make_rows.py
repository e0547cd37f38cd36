"""Fills an empty database with made-up members and invoices, a million of each in minutes: for measuring."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from billing.dues.facts import Month
from billing.models import Invoice
from flexspace.core.models import Location
from flexspace.management.seed import holders, rows
from members.models import Member


class Command(BaseCommand):
    """Refuses to run beside anything real."""

    help = "Fill an empty database with made-up members and invoices, to measure how pages behave with many rows."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How many."""
        parser.add_argument("--members", type=int, default=10_000)
        parser.add_argument("--invoices", type=int, default=10_000)
        parser.add_argument("--holders", type=int, help="instead: so many members who hold a plan from last month on")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make everything, and let the database count what it holds."""
        if Location.objects.exists():
            raise CommandError("There are rows already. This command fills an empty database only.")
        now = timezone.now()
        if options["holders"]:
            holders.make(members=options["holders"], starts_on=Month.of(now.date()).plus(-1).start, now=now)
        else:
            rows.make(members=options["members"], invoices=options["invoices"], now=now)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        self.stdout.write(f"Made {Member.objects.count()} members and {Invoice.objects.count()} invoices.")
