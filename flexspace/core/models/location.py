"""An operator's own space, and the scoping of every row that belongs to one."""

import zoneinfo
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Upper

from flexspace.core.fields import CurrencyField, MoneyAmountField, RefundLimitField

if TYPE_CHECKING:
    from flexspace.core.models.user import User


class PlacedQuerySet(models.QuerySet[Any]):
    """Rows that belong to a Location; ``for_user`` keeps people inside their own."""

    location_path = "location"

    def for_user(self, user: "User") -> Self:
        """Return only what ``user`` may see: everything for an admin, else rows of the person's locations."""
        if user.sees_all_locations:
            return self
        return self.filter(**{f"{self.location_path}__in": user.location_ids})


class LocationQuerySet(models.QuerySet["Location"]):
    """Locations."""

    def for_user(self, user: "User") -> Self:
        """Return the locations ``user`` works at; all of them for an admin."""
        return self if user.sees_all_locations else self.filter(pk__in=user.location_ids)


def validate_time_zone(name: str) -> None:
    """Raise ValidationError for a name that is not in the time zone database."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(f"“{name}” is not a time zone. Write it like Europe/Berlin.")


class Location(models.Model):
    """One of the operator's own spaces."""

    name = models.CharField(max_length=80, unique=True)
    code = models.CharField(
        max_length=6,
        unique=True,
        validators=[RegexValidator(r"^[A-Z0-9]{1,6}\Z", "Use one to six capital letters or digits.")],
        help_text="Starts this location's invoice numbers, e.g. HFN.",
    )
    time_zone = models.CharField(max_length=40, validators=[validate_time_zone])
    currency = CurrencyField(help_text="What this location charges in. Stripe takes the local currency only.")
    country = models.CharField(
        max_length=2, validators=[RegexValidator(r"^[A-Z]{2}\Z", "Two capital letters, such as DE.")]
    )
    line1 = models.CharField("street", max_length=120, blank=True)
    city = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=40, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    tax_included = models.BooleanField(default=True, help_text="Prices are typed with tax.")
    payment_days = models.PositiveSmallIntegerField(default=14, help_text="Days from issue to due date.")
    legal_name = models.CharField(max_length=160, blank=True, help_text="The seller on invoices; empty: the name.")
    tax_id = models.CharField("tax id", max_length=40, blank=True, help_text="The seller's, printed on invoices.")
    invoice_note = models.TextField(blank=True, help_text="Printed below every invoice: bank account, register.")
    send_receipts = models.BooleanField(default=True, help_text="Mail our own receipt when a payment is booked.")
    stripe_receipts = models.BooleanField(
        default=False, help_text="Let Stripe mail its receipt when a card payment is booked."
    )
    refund_limit_desk = MoneyAmountField(
        default=0,
        validators=[MinValueValidator(0)],
        help_text="In the smallest unit. The page Refund limits says it in whole units.",
    )
    refund_limit_manager = RefundLimitField(
        default=None,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="In the smallest unit: 50000 is €500.00, and ¥50,000. Empty: what is usual in the currency.",
    )
    day_pass_capacity = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Day passes sold for one day at most; empty: no limit."
    )
    house_note = models.CharField(max_length=200, blank=True, help_text="One line for walk-ins: Wi-Fi, house rules.")
    walk_off_seconds = models.PositiveSmallIntegerField(
        default=90,
        validators=[MinValueValidator(20), MaxValueValidator(600)],
        help_text="A reader that nobody taps is disarmed after this many seconds.",
    )
    opens_at = models.TimeField(default=time(9), help_text="Readers, Stripe and doors are looked at shortly before.")
    open_days = models.CharField(
        max_length=7,
        default="1234567",
        validators=[RegexValidator(r"^1?2?3?4?5?6?7?\Z", "Write each day once and in order, such as 12345.")],
        blank=True,
        help_text="Days on which somebody is at the desk, 1 is Monday: 12345. Empty: never.",
    )

    objects = LocationQuerySet.as_manager()

    class Meta:
        ordering = [Upper("name")]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """Return the time zone."""
        return zoneinfo.ZoneInfo(self.time_zone)

    def today(self, now: datetime) -> date:
        """Return the calendar day it is here at ``now`` (an aware time)."""
        return now.astimezone(self.zone).date()

    def opens(self, day: date) -> datetime | None:
        """Return when it opens on ``day``, as an aware time; None when it stays closed."""
        if str(day.isoweekday()) not in self.open_days:
            return None
        return datetime.combine(day, self.opens_at, self.zone)
