"""While a restored database is not known to agree with Stripe and SALTO KS, money and doors are read-only.

Yesterday's backup does not know what was paid since, and a day after a charge Stripe has forgotten its key: only
reading tells. So nothing that moves money is sent, and nothing is taken away at a door, until a manager has confirmed.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Max

from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict
from flexspace.core.models import AuditEvent, Restore, User

CODE = "restored"
SENTENCE = (
    "The database was restored from a backup, so nothing was done: money does not move before a manager has confirmed "
    "on the page “Restored backup” that it agrees with Stripe and SALTO KS. Then try again."
)


def held() -> Restore | None:
    """Return the restore that nobody has confirmed yet; one query."""
    return Restore.objects.filter(held=True).first()


def refuse_while_held() -> None:
    """Raise Conflict while a restored database waits for being confirmed."""
    if held():
        raise Conflict(SENTENCE, code=CODE)


def last_declared_at() -> datetime | None:
    """Return when the database was last restored: what happened before may have had its effects already."""
    return Restore.objects.values_list("declared_at", flat=True).first()


def declare(*, by: Actor, now: datetime) -> tuple[Restore, bool]:
    """Say that the database was just restored; return the row, and False when that was said before."""
    known = AuditEvent.objects.aggregate(last=Max("at"))["last"]
    try:
        with transaction.atomic():
            row = Restore.objects.create(declared_at=now, declared_by=by.label, newest_at=known)
            audit.record(
                "core.restore.declared", by=by, about=[row], after={"newest": known.isoformat() if known else ""}
            )
    except IntegrityError:
        return Restore.objects.get(held=True), False
    return row, True


@transaction.atomic
def confirm(*, by: Actor, user: User, restore: Restore, reason: str, now: datetime) -> None:
    """Let money and doors move again. Raises Conflict when somebody has confirmed it before.

    Whether it may be confirmed is for the caller to know.
    """
    done = Restore.objects.filter(pk=restore.pk, held=True).update(
        held=False, confirmed_at=now, confirmed_by=user, reason=reason
    )
    if not done:
        raise Conflict("Somebody else has confirmed it already.", code="restore_over")
    audit.record("core.restore.confirmed", by=by, about=[restore], reason=reason)


def note_found(restore_id: int, part: str, key: str, what: dict[str, object]) -> None:
    """Write down what comparing ``part`` (such as "stripe") saw under ``key``, in place of what it saw before."""
    with transaction.atomic():
        row = Restore.objects.select_for_update().get(pk=restore_id)
        row.found = {**row.found, part: {**row.found.get(part, {}), key: what}}
        row.save(update_fields=["found"])
