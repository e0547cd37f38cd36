"""A few cards kept at the desk: real captures on a reader of the sandbox, one of a company, one that expires soon."""

from datetime import datetime

from django.conf import settings
from django.utils import timezone

from billing.enums import ConsentPurpose
from billing.models import SavedCard
from billing.wording import current
from flexspace.core.actors import Actor
from flexspace.core.models import Location, User
from flexspace.management.seed.data import Place
from flexspace.management.seed.sandbox_api import SandboxApi
from members.models import Company, Member
from terminal.models import Attempt, LocationAccount
from terminal.queries import readers_at
from terminal.services.card_sync import sync_card
from terminal.services.keeping import Agreed, agree_and_capture
from terminal.services.reserve import Payer
from terminal.services.step import advance

VISA, MASTERCARD = "4242424242424242", "5555555555554444"


class Kept:
    """Keeps one location's cards, as the person at its front desk."""

    def __init__(self, place: Place, location: Location, now: datetime) -> None:
        self.place, self.location, self.now = place, location, now
        self.sandbox = SandboxApi(settings.STRIPE_API_BASE, place.key)
        self.clerk = Actor.of(User.objects.filter(role="front_desk", locations=location).get())
        self.reader = readers_at(location)[0]

    def write(self) -> None:
        """Keep a company's card for whatever it buys, and one of its people's, which expires next month."""
        company = Company.objects.filter(location=self.location).order_by("pk")[0]
        person = Member.objects.filter(location=self.location, company__isnull=False).order_by("pk")[0]
        settings_path = f"_sandbox/accounts/{self.place.key}/settings"
        self.sandbox.control(settings_path, {"authorize_seconds": 0})
        self._keep(Payer(self.location, None, company), MASTERCARD, ConsentPurpose.PURCHASES)
        card = self._keep(Payer(self.location, person, None), VISA)
        self.sandbox.control(settings_path, {"authorize_seconds": 0.8})
        self._let_expire(card)

    def _keep(self, payer: Payer, number: str, purpose: ConsentPurpose = ConsentPurpose.DUES) -> SavedCard:
        agreed = Agreed(purpose, current(purpose).version)
        attempt = agree_and_capture(by=self.clerk, payer=payer, agreed=agreed, reader=self.reader, now=timezone.now())
        advance(attempt.pk, now=timezone.now())
        self.sandbox.tap(self.reader.stripe_id, number)
        Attempt.objects.filter(pk=attempt.pk).update(next_check_at=timezone.now())
        advance(attempt.pk, now=timezone.now())
        attempt.refresh_from_db()
        assert attempt.kept_card is not None  # the sandbox keeps these
        return attempt.kept_card

    def _let_expire(self, card: SavedCard) -> None:
        """Let the bank have made it out until the end of next month, and read that at Stripe."""
        today = self.location.today(self.now)
        year, month = divmod(today.year * 12 + today.month, 12)
        date = {"card[exp_month]": month + 1, "card[exp_year]": year}
        self.sandbox.stripe(f"payment_methods/{card.payment_method_id}", **date)
        account = LocationAccount.objects.select_related("config").get(location=self.location)
        sync_card(account.config, card.payment_method_id, now=self.now)
