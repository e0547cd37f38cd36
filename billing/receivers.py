"""Answers what is billed of memberships, and lets go of the cards of somebody who leaves."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.dispatch import receiver

from billing.queries.billed import billed_of
from billing.services.saved_cards import remove_all
from flexspace.core.actors import Actor
from members.models import Member, Membership
from members.signals import member_archived, what_is_billed
from members.terms import Billed


@receiver(member_archived)
def remove_cards_of_the_archived(member: Member, by: Actor, now: datetime, **_kwargs: Any) -> None:
    """Remove the cards in the same transaction, so that nothing can be charged to them from its commit on."""
    remove_all(by=by, owner=member, reason="Archived", now=now)


@receiver(what_is_billed)
def tell_what_is_billed(memberships: Sequence[Membership], now: datetime, **_kwargs: Any) -> dict[int, Billed]:
    """Answer for the pages of memberships, which know no invoices."""
    return billed_of(memberships, now=now)
