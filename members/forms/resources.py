"""Forms of desks, offices and rooms: what they are, who holds one, who books one."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from flexspace.core.forms import DayField, FreeTextField, PageForm
from flexspace.core.models import Location, User
from members.calendars import ONE_DAY
from members.enums import ResourceKind
from members.explain import day_words
from members.models import Assignment, Company, Floor, Member, Resource
from members.queries import company_list, member_list
from members.queries.resources import Held, desks, rooms, with_holders
from members.rules import clean_email, sort_name
from members.services.resources import ResourceFacts


class FloorForm(PageForm):
    """A floor's name."""

    name = FreeTextField(label="New floor", max_length=80)


class ResourceForm(PageForm):
    """A desk, an office or a room."""

    name = FreeTextField(max_length=80, help_text="As people call it, such as Desk 4.")
    kind = forms.ChoiceField(choices=ResourceKind.choices(), widget=forms.RadioSelect, initial=ResourceKind.DESK.value)
    floor = forms.ModelChoiceField(queryset=Floor.objects.none(), required=False, empty_label="None")
    seats = forms.IntegerField(label="For people", min_value=1, max_value=1000, initial=1)

    def __init__(self, *args: Any, location: Location, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        floor = self.fields["floor"]
        assert isinstance(floor, forms.ModelChoiceField)
        floor.queryset = Floor.objects.filter(location=location)

    def facts(self) -> ResourceFacts:
        """Return what the services take."""
        return ResourceFacts(**self.cleaned_data)


class HolderField(FreeTextField):
    """Who gets something, typed: an e-mail address or a whole name. Cleans to a Member, or a Company when one may.

    ``user`` is who types it; the form says so.
    """

    user: User

    def __init__(self, *, companies: bool, **kwargs: Any) -> None:
        super().__init__(max_length=160, **kwargs)
        self.companies = companies
        self.widget.attrs.update({"list": "people", "autocomplete": "off"})

    def clean(self, value: Any) -> Any:
        """Return the one who is meant, or raise ValidationError."""
        text = super().clean(value)
        people = member_list(self.user)
        found: list[Member | Company] = []
        if "@" in text:
            found += people.filter(email=clean_email(text)).order_by("pk")[:2]
        else:
            found += people.filter(sort_name=sort_name(text)).order_by("pk")[:2]
            found += (
                company_list(self.user).filter(sort_name=sort_name(text)).order_by("pk")[:2] if self.companies else []
            )
        if not found:
            raise ValidationError(f"Nobody here is called “{text}”. Choose from the list.", code="unknown")
        if len(found) > 1:
            raise ValidationError(f"“{text}” is several. Start from the page of who is meant.", code="several")
        return found[0]


class _ResourceChoice(forms.ModelChoiceField):
    """Desks and offices, each with who has it."""

    held: dict[int, Held] = {}

    def label_from_instance(self, obj: Resource) -> str:
        """Return name, floor and holder."""
        where = f"{obj.name} · {obj.floor}" if obj.floor else obj.name
        held = self.held.get(obj.pk)
        if not held or not (held.now or held.following):
            return f"{where} · free"
        if held.now:
            until = f" until {day_words(held.now.ends_on)}" if held.now.ends_on else ""
            return f"{where} · {held.now.holder}{until}"
        assert held.following is not None
        return f"{where} · free before {day_words(held.following.starts_on)}"


class AssignForm(PageForm):
    """A desk or office for somebody; whichever of the two is known is not asked for."""

    resource = _ResourceChoice(label="Desk or office", queryset=Resource.objects.none(), empty_label=None)
    who = HolderField(label="For", companies=True, help_text="A person’s name or e-mail address, or a company.")
    starts_on = DayField(label="From")
    ends_on = DayField(label="Last day", required=False, help_text="Empty: until further notice.")
    note = FreeTextField(required=False, max_length=300)

    def __init__(
        self, *args: Any, user: User, now: datetime, resource: Resource | None, holder: Member | Company | None,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        choice, who = self.fields["resource"], self.fields["who"]
        assert isinstance(choice, _ResourceChoice)
        assert isinstance(who, HolderField)
        who.user = user
        place = resource.location if resource else holder.location if holder else None
        if resource:
            del self.fields["resource"]
        else:
            choice.queryset = desks(user).filter(location=place)
            choice.held = {held.row.pk: held for held in with_holders(choice.queryset, now)}
            choice.initial = next((held.row for held in choice.held.values() if not held.now), None)
        if holder:
            del self.fields["who"]
        if place:
            self.fields["starts_on"].initial = place.today(now)

    def clean(self) -> dict[str, Any]:
        """Refuse an end before the start."""
        data = super().clean() or self.cleaned_data
        if data.get("starts_on") and data.get("ends_on") and data["ends_on"] < data["starts_on"]:
            self.add_error("ends_on", "The last day is the first day or later.")
        return data


class EndForm(PageForm):
    """The last day of an assignment, and why."""

    ends_on = DayField(label="Last day")
    reason = FreeTextField(max_length=200, help_text="Kept with it, with your name.")

    def __init__(self, *args: Any, assignment: Assignment, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        begun = assignment.starts_on <= today
        self.fields["ends_on"].initial = today if begun else assignment.starts_on - ONE_DAY
        self.fields["ends_on"].help_text = "" if begun else "The day before it begins: it never will."


class TimeField(forms.TimeField):
    """A time of day at the location."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.TimeInput(attrs={"type": "time", "step": 900}, format="%H:%M"), **kwargs)


class BookForm(PageForm):
    """A room for somebody for some hours of one day; whichever of room and person is known is not asked for."""

    room = forms.ModelChoiceField(queryset=Resource.objects.none(), empty_label=None)
    who = HolderField(label="For", companies=False, help_text="Name or e-mail address.")
    day = DayField()
    starts = TimeField(label="From")
    ends = TimeField(label="Until", help_text="00:00 is the end of the day.")
    note = FreeTextField(required=False, max_length=200)

    def __init__(self, *args: Any, user: User, room: Resource | None, member: Member | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice, who = self.fields["room"], self.fields["who"]
        assert isinstance(choice, forms.ModelChoiceField)
        assert isinstance(who, HolderField)
        who.user, self.fixed = user, room
        if room:
            del self.fields["room"]
        elif member:
            choice.queryset = rooms(user).filter(location=member.location)
        if member:
            del self.fields["who"]

    def clean(self) -> dict[str, Any]:
        """Make two moments of the day and its times: ``starts_at`` and ``ends_at``."""
        data = super().clean() or self.cleaned_data
        room = self.fixed or data.get("room")
        if not (room and data.get("day") and data.get("starts") and data.get("ends") is not None):
            return data
        data["starts_at"] = self._moment(room, "starts", data["day"])
        midnight = data["ends"] == time.min
        data["ends_at"] = self._moment(room, "ends", data["day"] + ONE_DAY if midnight else data["day"])
        if data["starts_at"] and data["ends_at"] and data["ends_at"] <= data["starts_at"]:
            self.add_error("ends", "It ends after it begins.")
        return data

    def _moment(self, room: Resource, name: str, day: date) -> datetime | None:
        moment = datetime.combine(day, self.cleaned_data[name], tzinfo=room.location.zone)
        shown = datetime.fromtimestamp(moment.timestamp(), tz=room.location.zone)
        if shown.replace(fold=0) != moment:
            self.add_error(name, "Clocks skip that time on this day.")
            return None
        return moment
