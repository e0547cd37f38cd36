"""Hands a change of what members hold or owe to the queue; nothing else happens in the page that made it."""

from typing import Any

from django.dispatch import receiver

from access.models import SaltoKSConfig, SyncOptions
from access.rules import PEOPLE_AT_ONCE
from access.tasks import sync_members, sync_paid_for
from billing.signals import invoice_paid, invoice_voided
from flexspace.core.enqueue import enqueue
from members.signals import entitlements_changed


@receiver(entitlements_changed)
def follow_rights(member_ids: list[int], **_kwargs: Any) -> None:
    """Sync these members soon; the schedule finds them when the message is lost."""
    if SaltoKSConfig.objects.exists():
        for start in range(0, len(member_ids), PEOPLE_AT_ONCE):
            enqueue(sync_members, *member_ids[start : start + PEOPLE_AT_ONCE])


@receiver(invoice_paid)
@receiver(invoice_voided)
def follow_money(invoice_id: int, **_kwargs: Any) -> None:
    """Open soon what was paused for an invoice; the next full run does when the message is lost."""
    if SyncOptions.objects.filter(pause_overdue=True).exists():
        enqueue(sync_paid_for, invoice_id)
