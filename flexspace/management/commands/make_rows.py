"""Fills an empty database with made-up members and invoices, a million of each in minutes: for measuring."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from flexspace.core.models import Location
from flexspace.management.seed import rows


class Command(BaseCommand):
    """Refuses to run beside anything real."""

    help = "Fill an empty database with made-up members and invoices, to measure how pages behave with many rows."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How many."""
        parser.add_argument("--members", type=int, default=10_000)
        parser.add_argument("--invoices", type=int, default=10_000)

    def handle(self, *args: Any, **options: Any) -> None:
        """Make everything, and let the database count what it holds."""
        if Location.objects.exists():
            raise CommandError("There are rows already. This command fills an empty database only.")
        rows.make(members=options["members"], invoices=options["invoices"], now=timezone.now())
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        self.stdout.write(f"Made {options['members']} members and {options['invoices']} invoices.")
