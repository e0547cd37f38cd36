"""The form that says anew which days of a membership another system has billed."""

from dataclasses import replace
from datetime import date
from typing import Any

from django.utils import timezone

from flexspace.core.forms import DayField, FreeTextField
from members.explain.previews import elsewhere_preview
from members.forms.memberships import MembershipForm
from members.models import Membership
from members.queries.memberships import billed_of


class ElsewhereForm(MembershipForm):
    """The last day that another system billed; empty when it billed nothing."""

    billed_until = DayField(
        label="Billed elsewhere until",
        required=False,
        help_text="The last day that another system has billed. Empty: it is billed here from its first day.",
    )
    reason = FreeTextField(
        label="Reason (required)",
        max_length=200,
        help_text="Kept with the membership, with your name.",
        error_messages={"required": "Say why, such as “Paid until March, not February”."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["billed_until"].initial = self.membership.billed_until

    def clean_billed_until(self) -> date | None:
        """Refuse a day before the first one."""
        day: date | None = self.cleaned_data["billed_until"]
        if day and day < self.membership.starts_on:
            self.add_error("billed_until", "This is a day of the membership. Leave it empty when nothing is billed.")
        return day

    def preview(self) -> list[str]:
        """Return what is billed next then; nothing for a day that cannot be."""
        self.is_valid()
        return [] if "billed_until" in self.errors else super().preview()

    def say(self, data: dict[str, Any]) -> list[str]:
        """Return what is billed next, and what is on a bill here though it is billed elsewhere."""
        row, until = self.membership, data.get("billed_until")
        now = timezone.now()
        bare = Membership(pk=row.pk, location=row.location, starts_on=row.starts_on)
        here = billed_of([bare], now=now)[row.pk]
        bare.billed_until = until
        periods = (*bare.billed_elsewhere, *here.periods)
        billed = replace(here, periods=periods)
        return elsewhere_preview(row.plan, self.terms, until, billed, here.periods, today=self.today)
