"""A few card payments of this morning: real charges through the sandbox, so that both sides' books agree.

Then Stripe pays out what is in its balance; the product hears of it from its events, as always.
"""

from django.conf import settings
from django.utils import timezone

from billing.models import Invoice
from flexspace.core.actors import Actor
from flexspace.core.models import Location, User
from flexspace.management.seed.data import Place
from flexspace.management.seed.sandbox_api import SandboxApi
from terminal.queries import readers_at
from terminal.services.collect import start
from terminal.services.step import advance

HOW_MANY = 2


def charge_some(place: Place, location: Location, still_open: list[Invoice]) -> None:
    """Charge some open invoices on the location's first reader, as the person at its front desk."""
    sandbox = SandboxApi(settings.STRIPE_API_BASE, place.key)
    settings_path = f"_sandbox/accounts/{place.key}/settings"
    sandbox.control(settings_path, {"authorize_seconds": 0, "settle_seconds": 0})
    clerk = User.objects.filter(role="front_desk", locations=location).get()
    reader = readers_at(location)[0]
    for invoice in [row for row in still_open if row.member_id and row.paid_amount == 0][:HOW_MANY]:
        attempt = start(by=Actor.of(clerk), parts=[(invoice, invoice.open)], reader=reader, now=timezone.now())
        advance(attempt.pk, now=timezone.now())
        sandbox.tap(reader.stripe_id)
        type(attempt).objects.filter(pk=attempt.pk).update(next_check_at=timezone.now())
        advance(attempt.pk, now=timezone.now())
    sandbox.control(settings_path, {"authorize_seconds": 0.8, "settle_seconds": 1})
    sandbox.control(f"_sandbox/accounts/{place.key}/dashboard", {"do": "pay_out"})
