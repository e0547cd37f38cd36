"""Forms that start and change a membership; each says beforehand what it means in days and money."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from flexspace.core.forms import DayField, FreeTextField, PageForm
from flexspace.core.money import Money, MoneyError
from members.calendars import ONE_DAY, Period
from members.explain import day_words
from members.explain.previews import change_preview, discount_preview, end_preview, pause_preview, start_preview
from members.models import Company, Member, Membership, Plan
from members.proration import Discount, Pause, PriceMissing
from members.queries.catalogue import plans_sold
from members.queries.memberships import billed_of

_WHOLE_COMPANY = "All of its people"


class _PreviewForm(PageForm):
    """A form that can say what it would do while it is being filled in."""

    needs: tuple[str, ...] = ()

    def preview(self) -> list[str]:
        """Return the sentences; none while something they need is missing."""
        self.is_valid()
        if any(self.cleaned_data.get(name) is None for name in self.needs):
            return []
        try:
            return self.say(self.cleaned_data)
        except PriceMissing:
            return ["This plan has no price for those days yet."]

    def say(self, data: dict[str, Any]) -> list[str]:
        """Return the sentences for values that are there."""
        raise NotImplementedError


class StartForm(_PreviewForm):
    """A plan for a member, or for a company and perhaps one of its people."""

    plan = forms.ModelChoiceField(queryset=Plan.objects.none(), empty_label=None)
    person = forms.ModelChoiceField(
        label="For", queryset=Member.objects.none(), required=False, empty_label=_WHOLE_COMPANY
    )
    starts_on = DayField(label="From")
    billed_until = DayField(
        label="Billed elsewhere until",
        required=False,
        help_text="Only when another system has billed it before: the last day it was billed for.",
    )
    note = FreeTextField(required=False, max_length=300)

    needs = ("plan", "starts_on")

    def __init__(self, *args: Any, payer: Member | Company, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["starts_on"].initial = today
        plan, person = self.fields["plan"], self.fields["person"]
        assert isinstance(plan, forms.ModelChoiceField)
        assert isinstance(person, forms.ModelChoiceField)
        company = isinstance(payer, Company)
        plan.queryset = plans_sold(payer.location, for_company=company).prefetch_related("prices")
        if isinstance(payer, Company):
            person.queryset = Member.objects.active().filter(company=payer)
        else:
            del self.fields["person"]

    def clean(self) -> dict[str, Any]:
        """Refuse days billed before the first one."""
        data = super().clean() or self.cleaned_data
        if data.get("starts_on") and data.get("billed_until") and data["billed_until"] < data["starts_on"]:
            self.add_error("billed_until", "This is a day of the membership. Leave it empty when nothing is billed.")
        return data

    def say(self, data: dict[str, Any]) -> list[str]:
        """Return what is billed first and then."""
        if "person" in self.fields and not data["plan"].for_company and not data.get("person"):
            return [f"{data['plan']} is for one person. Say who it is for."]
        return start_preview(data["plan"], data["plan"].terms(data["starts_on"]), data.get("billed_until"))


class MembershipForm(_PreviewForm):
    """A form about a membership that exists."""

    def __init__(self, *args: Any, membership: Membership, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.membership, self.today, self.terms = membership, today, membership.terms()
        here = self.terms.cycle.period_containing(max(today, membership.starts_on))
        self.this_period, self.next_period = here, self.terms.cycle.next_period(here)

    def billed(self) -> Sequence[Period]:
        """Return the days of the membership that are on bills already, drafts too."""
        return billed_of([self.membership], now=timezone.now())[self.membership.pk].periods


class ChangeForm(MembershipForm):
    """Another plan from a day on; the next period's start unless somebody says otherwise."""

    plan = forms.ModelChoiceField(label="New plan", queryset=Plan.objects.none(), empty_label=None)
    from_date = DayField(label="From")
    keep_discounts = forms.BooleanField(label="Discounts move along", required=False)

    needs = ("plan", "from_date")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row, plan = self.membership, self.fields["plan"]
        assert isinstance(plan, forms.ModelChoiceField)
        sold = plans_sold(row.location, for_company=row.company_id is not None).exclude(pk=row.plan_id)
        plan.queryset = sold.prefetch_related("prices")
        upcoming = row.starts_on > self.today
        self.fields["from_date"].initial = row.starts_on if upcoming else self.next_period.start
        if not row.discounts.all():
            del self.fields["keep_discounts"]

    def say(self, data: dict[str, Any]) -> list[str]:
        """Return what of the old plan is not used, and what the new one costs."""
        new = data["plan"].terms(data["from_date"], self.membership.ends_on)
        return change_preview((self.membership.plan, self.terms), (data["plan"], new), self.billed())


class PauseForm(MembershipForm):
    """Days that cost and give nothing."""

    from_date = DayField(label="From")
    until = DayField(label="Counts again from", required=False, help_text="Empty: until somebody resumes it.")
    reason = FreeTextField(label="Reason (optional)", required=False, max_length=200)

    needs = ("from_date",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["from_date"].initial = max(self.today, self.membership.starts_on)

    def clean(self) -> dict[str, Any]:
        """Refuse an end before the start."""
        data = super().clean() or self.cleaned_data
        if data.get("from_date") and data.get("until") and data["until"] <= data["from_date"]:
            self.add_error("until", "It counts again after the first paused day.")
        return data

    def say(self, data: dict[str, Any]) -> list[str]:
        """Return what is billed less, and what is billed already."""
        pause = Pause(data["from_date"], data.get("until"))
        return pause_preview(self.membership.plan, self.terms, pause, self.billed())


class DiscountForm(MembershipForm):
    """Less to pay, as a share or an amount a period."""

    less = forms.CharField(label="How much less", max_length=20, help_text="A share such as 10 %, or an amount.")
    from_date = DayField(label="From")
    until = DayField(label="Full price again from", required=False, help_text="Empty: until further notice.")
    reason = FreeTextField(
        label="Reason (required)", max_length=200, help_text="Kept with the membership, with your name."
    )

    needs = ("less", "from_date")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["from_date"].initial = max(self.next_period.start, self.membership.starts_on)

    def clean_less(self) -> dict[str, Any]:
        """Return ``basis_points`` or ``amount``, whichever was typed."""
        text = self.cleaned_data["less"].strip()
        try:
            if text.endswith("%"):
                share = Money.parse(text[:-1].strip(), "EUR").amount  # hundredths, as basis points are
                if not 0 < share <= 10_000:
                    raise ValidationError("A share is more than 0 and at most 100 %.", code="share")
                return {"basis_points": share}
            amount = Money.parse(text, self.membership.location.currency)
        except MoneyError as error:
            raise ValidationError("Write a share such as 10 %, or an amount such as 20.", code="less") from error
        if amount.amount <= 0:
            raise ValidationError("A discount is more than nothing.", code="less")
        return {"amount": amount}

    def clean(self) -> dict[str, Any]:
        """Refuse an end before the start."""
        data = super().clean() or self.cleaned_data
        if data.get("from_date") and data.get("until") and data["until"] <= data["from_date"]:
            self.add_error("until", "The full price comes back after the discount's first day.")
        return data

    def say(self, data: dict[str, Any]) -> list[str]:
        """Return what is billed instead."""
        share, amount = data["less"].get("basis_points", 0), data["less"].get("amount")
        less = Discount(data["from_date"], data.get("until"), share, amount.amount if amount else 0)
        return discount_preview(self.membership.plan, self.terms, less, self.billed())


class CancelForm(MembershipForm):
    """The last day, and why."""

    ends_on = forms.TypedChoiceField(label="Last day", widget=forms.RadioSelect, coerce=date.fromisoformat)
    reason = FreeTextField(
        label="Reason (required)",
        max_length=300,
        help_text="Kept with the membership, with your name.",
        error_messages={"required": "Say why, such as “Moves away”."},
    )

    needs = ("ends_on",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ends_on = self.fields["ends_on"]
        assert isinstance(ends_on, forms.ChoiceField)
        days = self._days()
        ends_on.choices = [(day.isoformat(), words) for day, words in days.items()]
        ends_on.initial = next(iter(days), None)

    def _days(self) -> dict[date, str]:
        row, end = self.membership, self.membership.ends_on
        days: dict[date, str] = {}
        if row.starts_on > self.today:
            days[row.starts_on - ONE_DAY] = "It never begins"
        days[self.this_period.last] = f"{day_words(self.this_period.last)}, the end of this period"
        days[self.next_period.last] = f"{day_words(self.next_period.last)}, one period later"
        if row.starts_on <= self.today:
            days.setdefault(self.today, f"Today, {day_words(self.today)}")
        return {day: words for day, words in days.items() if end is None or day < end}

    def say(self, data: dict[str, Any]) -> list[str]:
        """Return what is not used, and that nothing is billed afterwards."""
        return end_preview(self.membership.plan, self.terms, data["ends_on"], self.billed())
