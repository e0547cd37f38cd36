"""The house itself: floors, desks, an office, rooms, and who has them today."""

from datetime import date, datetime, time, timedelta

from flexspace.core.actors import Actor
from flexspace.core.models import Location, User
from flexspace.management.seed.data import Place
from members.enums import ResourceKind
from members.models import Company, Floor, Member, Membership, Resource
from members.services.assignments import assign
from members.services.bookings import book
from members.services.resources import ResourceFacts, create_floor, create_resource

OFFICE = Actor.job("seed_demo")
HOURS = ((0, 9, 2, 0), (0, 11, 1, 1), (0, 14, 2, 2), (1, 10, 3, 3), (1, 16, 1, 0))  # room, hour, hours, who


class Rooms:
    """Writes one location's floors, desks and rooms, always the same way."""

    def __init__(self, place: Place, location: Location, now: datetime) -> None:
        self.place, self.location, self.now, self.today = place, location, now, location.today(now)
        self.clerk = Actor.of(User.objects.filter(role="front_desk", locations=location).get())

    def write(self) -> None:
        """Make what the place has, give the desks to who pays for one, and fill today and tomorrow of the rooms."""
        floors = [create_floor(by=OFFICE, location=self.location, name=name) for name in self.place.floors]
        if not floors:
            return
        desks = [self._make(ResourceKind.DESK, f"Desk {number}", floors[0]) for number in range(1, 7)]
        office = self._make(ResourceKind.OFFICE, "Office 1", floors[-1], seats=6)
        rooms = [self._make(ResourceKind.ROOM, name, floors[-1], seats=seats) for name, seats in self.place.rooms]
        self._assign(desks, office)
        self._book(rooms)

    def _make(self, kind: ResourceKind, name: str, floor: Floor, *, seats: int = 1) -> Resource:
        facts = ResourceFacts(name=name, kind=kind, floor=floor, seats=seats)
        return create_resource(by=OFFICE, location=self.location, facts=facts)

    def _assign(self, desks: list[Resource], office: Resource) -> None:
        """Who pays for a fixed desk has one; the company with an office has it; one desk changes hands."""
        rows = Membership.objects.on(self.today).filter(location=self.location).select_related("member", "company")
        fixed = rows.filter(plan__name="Fixed desk", member__isnull=False).order_by("pk")[:4]
        for desk, row in zip(desks, fixed, strict=False):
            self._give(desk, row.starts_on, row.ends_on, member=row.member)
        team = rows.filter(company__isnull=False, person=None).order_by("pk").first()
        if team:
            self._give(office, team.starts_on, None, company=team.company)
        self._give(
            desks[-1], self.today - timedelta(days=20), self.today + timedelta(days=9), member=self._people()[-1]
        )

    def _give(
        self, what: Resource, starts_on: date, ends_on: date | None, *, member: Member | None = None,
        company: Company | None = None,
    ) -> None:  # fmt: skip
        first = max(starts_on, self.today - timedelta(days=300))
        assign(
            by=OFFICE, resource=what, member=member, company=company, starts_on=first, ends_on=ends_on,
            today=self.today,
        )  # fmt: skip

    def _book(self, rooms: list[Resource]) -> None:
        people = self._people()
        for back in (0, 1):
            day = self.today + timedelta(days=back)
            for room, hour, hours, who in HOURS:
                start = datetime.combine(day, time(hour), tzinfo=self.location.zone)
                booked_at = min(self.now, start - timedelta(days=1))
                book(
                    by=self.clerk, resource=rooms[room], member=people[who + back], starts_at=start,
                    ends_at=start + timedelta(hours=hours), now=booked_at, note="Team meeting" if hours > 2 else "",
                )  # fmt: skip

    def _people(self) -> list[Member]:
        return list(Member.objects.active().filter(location=self.location).order_by("pk")[:8])
