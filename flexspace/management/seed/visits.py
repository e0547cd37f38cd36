"""Day passes that people hold, who came yesterday and who is in the house today, and a sale that waits."""

from datetime import datetime, time, timedelta

from billing.services import sales
from flexspace.core.actors import Actor
from flexspace.core.models import Location, User
from members.models import Company, Member, Product
from members.queries.memberships import giving_access
from members.services.check_ins import check_in
from members.services.day_passes import grant

OFFICE = Actor.job("seed_demo")


class Visits:
    """Writes one location's last two days, always the same way."""

    def __init__(self, location: Location, now: datetime) -> None:
        self.location, self.now, self.today = location, now, location.today(now)
        self.clerk = Actor.of(User.objects.filter(role="front_desk", locations=location).get())
        self.people = list(Member.objects.filter(location=location).select_related("company").order_by("pk"))

    def write(self) -> None:
        """Make passes, check-ins of yesterday and today, and one parked sale."""
        drop_ins = [one for one in self.people if not one.company_id and not self._holds(one)]
        for number, person in enumerate(drop_ins[1:4]):
            self._passes(5 - number, member=person)
        company = Company.objects.filter(location=self.location, people__isnull=False).order_by("pk").first()
        if company:
            self._passes(5, company=company)
        inside = [one for one in self.people if self._holds(one)]
        for back, visitors in ((1, inside[:3] + drop_ins[1:3]), (0, inside[:4] + drop_ins[1:2])):
            for number, person in enumerate(visitors):
                self._comes(person, back, number)
        self._parked(drop_ins[-1])

    def _holds(self, person: Member) -> bool:
        return giving_access(person, self.location, self.today).exists()

    def _passes(self, count: int, *, member: Member | None = None, company: Company | None = None) -> None:
        pack = Product.objects.get(location=self.location, name="Five day passes")
        first = self.today - timedelta(days=20)
        grant(
            by=OFFICE, location=self.location, member=member, company=company, product=pack, credits=count,
            valid_from=first, valid_until=first + timedelta(days=(pack.valid_days or 90) - 1),
        )  # fmt: skip

    def _comes(self, person: Member, back: int, number: int) -> None:
        """Check somebody in at nine and a bit, or just now when it is not nine yet."""
        day = self.today - timedelta(days=back)
        nine = datetime.combine(day, time(9), tzinfo=self.location.zone) + timedelta(minutes=7 * number)
        check_in(by=self.clerk, member=person, location=self.location, now=min(nine, self.now))

    def _parked(self, person: Member) -> None:
        product = Product.objects.get(location=self.location, name="Day pass")
        sale = sales.open_sale(by=self.clerk, location=self.location, payer=person, now=self.now)
        sales.add(by=self.clerk, sale=sale, product=product, day=self.today, now=self.now)
        sales.park(sale=sale, now=self.now)
