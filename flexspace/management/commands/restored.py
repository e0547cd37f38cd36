"""Says that the database was just restored from a backup: money and doors are read-only until a manager confirms."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from flexspace.core.actors import Actor
from flexspace.core.restored import held
from flexspace.portal.restored import declare


class Command(BaseCommand):
    """Run it after the restore and before web, worker and beat start. Safe to repeat."""

    help = "Declare that the database was restored from a backup: money and doors stay read-only until confirmed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Ask who says so: it is kept."""
        parser.add_argument("--by", required=True, help="who restored it, as it should stand in the log")

    def handle(self, *args: Any, **options: Any) -> None:
        """Declare it, and say what follows."""
        name = str(options["by"]).strip()
        if not name:
            raise CommandError("Say who restored it: --by NAME.")
        before = held()
        row, mails = declare(by=Actor("job", "restored", name[:120]), now=timezone.now())
        if before:
            self.stdout.write(f"Declared already, {row.declared_at:%Y-%m-%d %H:%M} UTC. Nothing was changed.")
            return
        known = f"{row.newest_at:%Y-%m-%d %H:%M} UTC" if row.newest_at else "nothing"
        self.stdout.write(
            f"Money and doors are read-only. The last thing this database knows of: {known}. {mails} mails are held "
            "back. Start web, worker and beat; a manager confirms on the page “Restored backup”."
        )
