"""What the made-up operator sells, and who holds what: a company, somebody who pauses, somebody who leaves."""

from datetime import date, datetime, timedelta

from flexspace.core.actors import Actor
from flexspace.core.models import Location
from flexspace.core.money import Money
from flexspace.management.seed.data import Place
from members.calendars import ONE_DAY, Cycle
from members.enums import ProductKind
from members.models import Company, Member, Membership, Plan, Product, TaxRate
from members.services.adjustments import give_discount, pause
from members.services.catalogue import PlanFacts, ProductFacts, create_plan, create_product
from members.services.memberships import cancel, start
from members.services.prices import set_price

OFFICE = Actor.job("seed_demo")
DROP_INS = 4  # the last people of a place hold no membership


class Offers:
    """Writes what one location offers and who holds it, always the same way."""

    def __init__(self, place: Place, location: Location, now: datetime) -> None:
        self.place, self.location, self.now, self.today = place, location, now, location.today(now)
        self.tax = TaxRate.objects.filter(country=place.country).order_by("-basis_points")[0]
        self.since = date(self.today.year - 1, 1, 1)
        self.month = Cycle.calendar(1).period_containing(self.today)

    def write(self) -> None:
        """Make plans, products and memberships; a price of next month is known already."""
        hot, fixed = (
            self._plan("Hot desk", "Any free desk, day and night"),
            self._plan("Fixed desk", "A desk of one’s own"),
        )
        locker = self._plan("Locker", "", lets_in=False)
        office = self._plan("Team office", "A room with a door for six", for_company=True)
        self._products()
        people = list(Member.objects.filter(location=self.location).select_related("company").order_by("pk"))
        alone = [person for person in people if not person.company_id][:-DROP_INS]
        held = [self._start(hot if n % 3 else fixed, member=one, back=40 * n + 12) for n, one in enumerate(alone[:7])]
        for one in alone[1:7:4]:
            self._start(locker, member=one, back=60)
        self._companies(office, fixed)
        self._turns(held)
        price = Money(self._price("Hot desk, monthly") * 105 // 10_000 * 100, self.place.currency)
        set_price(by=OFFICE, item=hot, price=price, from_date=self.month.end, today=self.today)

    def _plan(self, name: str, description: str, *, for_company: bool = False, lets_in: bool = True) -> Plan:
        facts = PlanFacts(
            name=name, description=description, tax_rate=self.tax, for_company=for_company, lets_in=lets_in
        )
        price = Money(self._price(f"{name}, monthly"), self.place.currency)
        return create_plan(by=OFFICE, location=self.location, facts=facts, price=price, from_date=self.since)

    def _products(self) -> None:
        day = self._price("Day pass")
        self._product("Day pass", ProductKind.DAY_PASS, day, shortcut="d", valid_days=30)
        self._product("Half day", ProductKind.HALF_DAY, day * 6 // 1000 * 100, shortcut="h", valid_days=30)
        pack = {"credits": 5, "valid_days": 90, "is_shared": True}
        self._product("Five day passes", ProductKind.PACK, day * 45 // 1000 * 100, shortcut="p", **pack)
        self._product("Meeting room, 2 hours", ProductKind.SERVICE, self._price("Meeting room, 2 hours"), shortcut="b")
        self._product("Coffee", ProductKind.SERVICE, day // 1000 * 100 or 100, shortcut="f")
        self._product("Printing", ProductKind.SERVICE, self._price("Printing"))

    def _product(self, name: str, kind: ProductKind, price: int, **facts: object) -> Product:
        made = ProductFacts(name=name, kind=kind, tax_rate=self.tax, **facts)  # type: ignore[arg-type]
        money = Money(price, self.place.currency)
        return create_product(by=OFFICE, location=self.location, facts=made, price=money, from_date=self.since)

    def _start(
        self,
        plan: Plan,
        *,
        back: int,
        member: Member | None = None,
        company: Company | None = None,
        person: Member | None = None,
    ) -> Membership:
        return start(
            by=OFFICE,
            plan=plan,
            member=member,
            company=company,
            person=person,
            starts_on=self.today - timedelta(days=back),
            today=self.today,
        )

    def _companies(self, office: Plan, fixed: Plan) -> None:
        """Give every company an office, and one of them a desk for a named person."""
        companies = list(Company.objects.filter(location=self.location).order_by("pk"))
        for number, company in enumerate(companies):
            self._start(office, company=company, back=200 - 30 * number)
        person = companies[0].people.order_by("-pk").first()
        if person:
            self._start(fixed, company=companies[0], person=person, back=20)

    def _turns(self, held: list[Membership]) -> None:
        """Let one be paused, one cheaper, one end with the period, and one have begun just now."""
        give_discount(
            by=OFFICE,
            membership=held[0],
            from_date=self.month.start if held[0].starts_on <= self.month.start else held[0].starts_on,
            until=None,
            reason="Founding member",
            today=self.today,
            basis_points=1000,
        )
        if len(held) > 2:
            back = self.today + timedelta(days=20)
            pause(by=OFFICE, membership=held[1], from_date=self.today, until=back, reason="Travels", today=self.today)
            last = self.month.end - ONE_DAY
            cancel(by=OFFICE, membership=held[2], ends_on=last, reason="Moves to another city", now=self.now)

    def _price(self, name: str) -> int:
        return self.place.prices[name]
