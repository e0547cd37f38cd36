"""What is sold once: day passes, packs, services; each with a price from a date."""

import uuid
from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q

from flexspace.core.fields import MoneyAmountField
from flexspace.core.models import Location, PlacedQuerySet
from flexspace.core.money import Money
from members.enums import ProductKind
from members.models.tax_rate import TaxRate


class ProductQuerySet(PlacedQuerySet):
    """Products."""

    def active(self) -> Self:
        """Return those that are sold now."""
        return self.filter(is_active=True)


class Product(models.Model):
    """Something sold at the desk or put on the next bill. ``credits`` and ``valid_days`` are for passes only."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="products")
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=ProductKind.choices())
    tax_rate = models.ForeignKey(TaxRate, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    credits = models.PositiveSmallIntegerField(default=1)  # passes in a pack
    is_half = models.BooleanField(default=False)  # the passes are for half a day
    valid_days = models.PositiveSmallIntegerField(null=True, blank=True)  # from the day it is paid; empty = for ever
    is_shared = models.BooleanField(default=False)  # everybody of the paying company may use it
    shortcut = models.CharField(max_length=1, blank=True)  # the key at the desk
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["location", "name"], name="product_name_once"),
            models.UniqueConstraint(
                fields=["location", "shortcut"], condition=Q(is_active=True) & ~Q(shortcut=""), name="product_key_once"
            ),
            models.CheckConstraint(condition=Q(credits__gt=0), name="product_credits"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_pass(self) -> bool:
        """Return whether paying it credits day passes."""
        return self.kind != ProductKind.SERVICE

    def price_on(self, day: date) -> Money | None:
        """Return the price in force on ``day``, with or without tax as the location types it; None before the first."""
        prices = [price for price in self.prices.all() if price.from_date <= day]
        return Money(max(prices, key=lambda price: price.from_date).amount, self.location.currency) if prices else None


class ProductPrice(models.Model):
    """What a product costs from a date on, in minor units of its location's currency."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="prices")
    from_date = models.DateField()
    amount = MoneyAmountField()

    class Meta:
        ordering = ["from_date"]
        constraints = [
            models.UniqueConstraint(fields=["product", "from_date"], name="product_price_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="product_price_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.product} from {self.from_date}"
