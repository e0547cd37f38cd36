"""The form of the Sync Options, and the one that protects somebody."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_domain_name

from access.enums import ProtectionKind, WhenFull
from access.models import SaltoKSConfig, SyncOptions
from access.queries.options import known_roles, people_called
from flexspace.core.forms import FreeTextField, PageForm


def _number(label: str, unit: str, *, most: int, least: int = 0) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=least, max_value=most, help_text=unit)


class OptionsForm(PageForm):
    """The Sync Options, each by the name of its column."""

    enabled = forms.BooleanField(
        label="Let Flexspace change this site",
        required=False,
        help_text="Invite people, put them into groups and take them out again. Off: it only looks.",
    )
    unsubscribe = forms.BooleanField(
        label="Unsubscribe users who have lost all access",
        required=False,
        help_text="Frees their seat. Only after the last group we gave is gone because what they held expired, ended, "
        "was cancelled or was used up.",
    )
    grace_hours = _number("Grace period", "Hours between losing all access and being unsubscribed.", most=24 * 90)
    manual_groups_count = forms.BooleanField(
        label="People with manual groups count as having access",
        required=False,
        help_text="Whoever is in a group that staff gave them in SALTO KS keeps the seat.",
    )
    max_unsubscribes = _number(
        "People per run, at most", "More than this, and than the share, waits for your word.", most=500, least=1
    )
    max_share_percent = _number("Largest share per run", "Percent of the people we look after.", most=100)
    resubscribe = forms.BooleanField(
        label="Resubscribe by itself",
        required=False,
        help_text="When rights come back; only people whom Flexspace unsubscribed.",
    )
    when_full = forms.ChoiceField(
        label="When no seat is free",
        widget=forms.RadioSelect,
        choices=[
            (WhenFull.WAIT.value, "Wait: a list in order of start, and the next free seat is theirs"),
            (WhenFull.SKIP.value, "Skip: say so, and try again in every run"),
        ],
    )
    adopt_on_match = forms.BooleanField(
        label="Take SALTO KS users with a member's e-mail address to be that member",
        required=False,
        help_text="Off: somebody says so for each. Groups that staff gave them stay theirs either way.",
    )
    pause_overdue = forms.BooleanField(
        label="Pause access for overdue invoices",
        required=False,
        help_text="Their doors close until it is paid, and nobody is unsubscribed for it. A company’s invoices pause "
        "nobody.",
    )
    overdue_grace_days = _number("Pause after", "Days past the due date.", most=365)
    booking_lead_minutes = _number("Let in before a booking", "Minutes.", most=240)
    booking_lag_minutes = _number("Let in after a booking", "Minutes.", most=240)

    @classmethod
    def of(cls, options: SyncOptions, data: Any = None) -> "OptionsForm":
        """Return the form with the stored options, or with what was sent."""
        return cls(data, initial={name: getattr(options, name) for name in cls.base_fields})


class ProtectionForm(PageForm):
    """Whom no run may touch: one person, everybody of a role, or of an e-mail domain."""

    kind = forms.ChoiceField(
        label="Protect",
        choices=[
            (ProtectionKind.PERSON.value, "A person"),
            (ProtectionKind.ROLE.value, "A role"),
            (ProtectionKind.DOMAIN.value, "An e-mail domain"),
        ],
    )
    value = forms.CharField(
        label="Who", max_length=254, help_text="Name or e-mail as in SALTO KS, the role's name, or a domain.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    reason = FreeTextField(label="Why", max_length=200, required=False)

    def __init__(self, *args: Any, config: SaltoKSConfig, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.config = config

    def clean(self) -> dict[str, Any]:
        """Turn what people type into what SALTO KS knows them by."""
        data: dict[str, Any] = super().clean() or {}
        if {"kind", "value"} <= data.keys():
            try:
                data["value"] = _FINDERS[ProtectionKind(data["kind"])](self.config, data["value"].strip())
            except ValidationError as error:
                self.add_error("value", error)
        return data


def _person(config: SaltoKSConfig, said: str) -> str:
    found = people_called(config, said)
    if len(found) > 1:
        raise ValidationError("Several people are called so. Type the e-mail address.")
    if not found:
        raise ValidationError("The last look at the site saw nobody of that name or address.")
    return found[0].platform_id


def _role(config: SaltoKSConfig, said: str) -> str:
    code = said.lower().replace(" ", "_")
    if code not in known_roles(config):
        raise ValidationError("The last look at the site saw nobody with that role.")
    return code


def _domain(_config: SaltoKSConfig, said: str) -> str:
    domain = said.rpartition("@")[2].lower()
    try:
        validate_domain_name(domain)
    except ValidationError:
        raise ValidationError("A domain looks like example.org.") from None
    return domain


_FINDERS = {ProtectionKind.PERSON: _person, ProtectionKind.ROLE: _role, ProtectionKind.DOMAIN: _domain}
