"""Writes down who took data away as a file, and which."""

from collections.abc import Iterable, Mapping

from django.db import models, transaction

from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.models import Location


def note_export(
    action: str, *, by: Actor, about: Iterable[models.Model], places: Iterable[Location], facts: Mapping[str, str]
) -> None:
    """Leave the audit row of a file of ``places``, committed before its first line is sent.

    ``facts`` say what was asked for. The row belongs to the place when it is one; a file of several is for admins.
    """
    here = list(places)
    with transaction.atomic():
        audit.record(action, by=by, about=about, location=here[0] if len(here) == 1 else None, after=facts)
