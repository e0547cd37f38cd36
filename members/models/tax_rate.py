"""Taxes, and what replaces them from a date."""

from datetime import date

from django.db import models
from django.db.models import Q


class TaxRate(models.Model):
    """A tax in force for a country, by name and rate. It never changes; from a date another one takes its place."""

    name = models.CharField(max_length=40)  # USt. 19 %
    basis_points = models.PositiveIntegerField(help_text="1900 is 19 %.")
    country = models.CharField(max_length=2)
    is_active = models.BooleanField(default=True)
    successor = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    successor_from = models.DateField(null=True, blank=True)

    class Meta:
        db_table = "billing_taxrate"
        ordering = ["country", "-basis_points"]
        constraints = [
            models.UniqueConstraint(fields=["country", "name"], name="tax_rate_once"),
            models.CheckConstraint(
                condition=Q(successor=None, successor_from=None)
                | Q(successor__isnull=False, successor_from__isnull=False),
                name="tax_rate_successor_has_date",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def on(self, day: date) -> "TaxRate":
        """Return the rate that is in force on ``day``: this one, or what has replaced it by then."""
        rate, seen = self, {self.pk}
        while rate.successor and rate.successor_from and rate.successor_from <= day and rate.successor.pk not in seen:
            rate = rate.successor
            seen.add(rate.pk)
        return rate
