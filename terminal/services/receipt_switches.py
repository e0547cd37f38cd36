"""Who mails receipts at a location, and an admin's word on what Stripe's Dashboard mails."""

from datetime import datetime

from django.db import transaction

from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.models import Location
from terminal.models import LocationAccount, StripeConfig

WHO = {
    (True, True): "us and by Stripe",
    (True, False): "us",
    (False, True): "Stripe",
    (False, False): "nobody",
}


@transaction.atomic
def set_switches(*, by: Actor, location: Location, ours: bool, stripes: bool) -> None:
    """Say who mails the receipts of ``location``; DomainError where Stripe takes no money for it."""
    row = Location.objects.select_for_update().get(pk=location.pk)
    if stripes and not LocationAccount.objects.filter(location=row).exists():
        raise DomainError(
            f"{row} charges through no Stripe account, so Stripe mails nothing. Map it under Stripe Terminal first.",
            code="no_account",
        )
    before = (row.send_receipts, row.stripe_receipts)
    if before == (ours, stripes):
        return
    row.send_receipts, row.stripe_receipts = ours, stripes
    row.save(update_fields=["send_receipts", "stripe_receipts"])
    audit.record(
        "terminal.receipts.switched",
        by=by,
        about=[row],
        location=row,
        before={"who": WHO[before]},
        after={"who": WHO[ours, stripes]},
    )


@transaction.atomic
def state_dashboard(*, by: Actor, config: StripeConfig, mails_none: bool, now: datetime) -> None:
    """Keep an admin's word that Stripe's Dashboard mails no receipts by itself, or take it back.

    Stripe has no call that tells. The word counts until the account's key is changed.
    """
    row = StripeConfig.objects.select_for_update().get(pk=config.pk)
    if row.mails_none == mails_none:
        return  # sent twice: the first word stays
    row.mails_none_at, row.mails_none_by = (now, by.label) if mails_none else (None, "")
    row.save(update_fields=["mails_none_at", "mails_none_by"])
    action = "terminal.receipts.dashboard_stated" if mails_none else "terminal.receipts.dashboard_doubted"
    audit.record(action, by=by, about=[row], after={"account": row.account_id})
