"""Encrypts every stored secret again, with the first of ENCRYPTION_KEYS; then the old keys may leave the list."""

from typing import Any

from django.apps import apps
from django.core.management import BaseCommand

from flexspace.core.fields import EncryptedTextField


class Command(BaseCommand):
    """Safe to repeat and to stop half-way: both keys are accepted until it has finished."""

    help = "Encrypt every stored secret with the newest key. Put the new key first in ENCRYPTION_KEYS before."

    def handle(self, *args: Any, **options: Any) -> None:
        """Rewrite the encrypted columns of every model, row by row."""
        for model in apps.get_models():
            names = [field.name for field in model._meta.fields if isinstance(field, EncryptedTextField)]
            if not names:
                continue
            rows = 0
            for row in model._base_manager.only("pk", *names).iterator():
                row.save(update_fields=names)
                rows += 1
            self.stdout.write(f"{model._meta.verbose_name_plural}: {rows} rows")
