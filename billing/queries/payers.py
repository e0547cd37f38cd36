"""What a billing run must know of its payers, batch by batch: as many queries for one payer as for two hundred."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from billing.dues.facts import Card, Held, LastBill, Month, Part, Payer, Tax, Used
from billing.dues.lines import first_day
from billing.enums import CollectionReason, InvoiceState, RunItemState
from billing.models import BilledPeriod, BillingRun, BillingRunItem, Collection, Invoice, InvoiceLine, SavedCard
from members.calendars import ONE_DAY, Period
from members.models import Company, Member, Membership, TaxRate, UsageCharge

KINDS = ("member", "company")  # payers are walked in this order, by ascending id
Taxes = dict[int | None, tuple[Tax, ...]]
LOOK_BACK = 3  # months in which a collection that staff stopped still says something
COUNTED = (RunItemState.DRAFT, RunItemState.APPROVED, RunItemState.ISSUED)


def run_before(run: BillingRun) -> BillingRun | None:
    """Return the location's run of the nearest month before ``run``."""
    earlier = BillingRun.objects.filter(location=run.location_id, month__lt=run.month)
    found: BillingRun | None = earlier.order_by("-month").first()
    return found


def payer_ids(run: BillingRun, before: BillingRun | None, kind: str, *, after: int, limit: int) -> list[int]:
    """Return the next ids of members or companies (``kind``) above ``after`` that ``run`` must look at.

    Those who hold a membership that may have unbilled days, who have something on the next bill, and who were billed
    by the run before. Whether there is anything to bill, only their facts tell.
    """
    ids: set[int] = set()
    for rows in _payers(run, before, kind):
        ids.update(rows.filter(payer__gt=after).order_by("payer")[:limit])
    return sorted(ids)[:limit]


def count_payers(run: BillingRun) -> int:
    """Return how many payers ``run`` must look at; two queries."""
    before = run_before(run)
    first, *others = zip(*(_payers(run, before, kind) for kind in KINDS), strict=True)
    return sum(rows.union(*[each[number] for each in others]).count() for number, rows in enumerate(first))


def _payers(run: BillingRun, before: BillingRun | None, kind: str) -> list[QuerySet[Any, int]]:
    sources: list[QuerySet[Any]] = [_memberships(run), _usage(run, Month(run.month).end)]
    if before:
        sources.append(BillingRunItem.objects.filter(run=before, total_amount__gt=0, state__in=COUNTED))
    column = f"{kind}_id"
    return [
        rows.filter(**{f"{column}__isnull": False})
        .order_by()
        .annotate(payer=F(column))
        .values_list("payer", flat=True)
        .distinct()
        for rows in sources
    ]


def count_late(run: BillingRun) -> tuple[int, int]:
    """Return how many payers joined, and how many others used something, since ``run`` looked; three queries.

    They are not in the run though it would bill them. A run that another month follows has none: that one finds them.
    """
    month, runs = Month(run.month), BillingRun.objects.filter(location=run.location_id, month__gt=run.month)
    if runs.exists():
        return 0, 0
    covers = Q(period_end__gte=month.end) | Q(period_end__gt=OuterRef("ends_on"))
    billed = BilledPeriod.objects.filter(covers, membership=OuterRef("pk"), released_at=None)
    elsewhere = Q(billed_until__gte=month.end - ONE_DAY) | Q(billed_until__gte=F("ends_on"))
    held = _memberships(run).that_begin().exclude(elsewhere)  # type: ignore[attr-defined]
    joined = _not_in(run, held.filter(~Exists(billed)))
    return len(joined), len(_not_in(run, _usage(run, month.end)) - joined)


def _not_in(run: BillingRun, rows: QuerySet[Any]) -> set[tuple[int | None, int | None]]:
    """Return the payers of ``rows`` who have no place in ``run``, as (member, company)."""
    same = Q(member=OuterRef("member")) | Q(company=OuterRef("company"))
    inside = BillingRunItem.objects.filter(same, run=run)
    return set(rows.filter(~Exists(inside)).order_by().values_list("member_id", "company_id").distinct())


def payers_of(run: BillingRun, before: BillingRun | None, rows: Sequence[Member | Company]) -> list[Payer]:
    """Return what is known of ``rows``, all members or all companies, in their order."""
    if not rows:
        return []
    kind = "member" if isinstance(rows[0], Member) else "company"
    who = {f"{kind}__in": [row.pk for row in rows]}
    taxes = _taxes(run)
    held, used = _held(run, kind, who, taxes), _used(run, kind, who, taxes)
    cards, stopped = cards_by_payer(run.location_id, kind, who), stopped_by_payer(run, kind, who)
    last = _last(before, kind, who) if before else {}
    return [
        Payer(
            name=row.name,
            email=row.email,
            is_company=kind == "company",
            address=row.address if isinstance(row, Company) else "",
            tax_id=row.tax_id if isinstance(row, Company) else "",
            held=tuple(held[row.pk]),
            used=tuple(used[row.pk]),
            card=cards.get(row.pk),
            stopped=stopped.get(row.pk, ""),
            last=LastBill(tuple(last.get(row.pk, ()))) if before else None,
        )
        for row in rows
    ]


def cards_of(invoices: Sequence[Invoice]) -> dict[int, Card]:
    """Return the card that each invoice of one location may be charged to, by the invoice's id; two queries."""
    found: dict[int, Card] = {}
    for kind in KINDS:
        payers = {row.pk: pk for row in invoices if (pk := getattr(row, f"{kind}_id"))}
        cards = cards_by_payer(invoices[0].location_id, kind, {f"{kind}__in": set(payers.values())}) if payers else {}
        found |= {invoice: cards[pk] for invoice, pk in payers.items() if pk in cards}
    return found


def _memberships(run: BillingRun) -> QuerySet[Membership]:
    """Return the memberships that hold on a day the run may bill."""
    month = Month(run.month)
    rows = Membership.objects.filter(location=run.location_id)
    found: QuerySet[Membership] = rows.touching(first_day(month, run.bills_from), month.end)
    return found


def _usage(run: BillingRun, end: date) -> QuerySet[UsageCharge]:
    found: QuerySet[UsageCharge] = UsageCharge.objects.filter(
        location=run.location_id, billed_line=None, dropped_at=None, on_date__lt=end
    )
    return found


def _held(run: BillingRun, kind: str, who: dict[str, Any], taxes: Taxes) -> dict[int, list[Held]]:
    rows = list(_memberships(run).filter(**who).with_terms().order_by("starts_on", "pk"))  # type: ignore[attr-defined]
    since = first_day(Month(run.month), run.bills_from)
    periods: defaultdict[int, list[Period]] = defaultdict(list)
    done = BilledPeriod.objects.filter(membership__in=rows, released_at=None, period_end__gt=since)
    for membership, start, end in done.values_list("membership_id", "period_start", "period_end"):
        periods[membership].append(Period(start, end))
    found: defaultdict[int, list[Held]] = defaultdict(list)
    for row in rows:
        found[getattr(row, f"{kind}_id")].append(
            Held(
                membership_id=row.pk,
                plan=row.plan.name,
                terms=row.terms(),
                interval_months=row.plan.interval_months,
                taxes=taxes.get(row.plan.tax_rate_id, ()),
                billed=(*row.billed_elsewhere, *periods[row.pk]),
                previous_id=row.previous_id,
                person=row.person.name if row.person else "",
                person_id=row.person_id,
            )
        )
    return found


def _used(run: BillingRun, kind: str, who: dict[str, Any], taxes: Taxes) -> dict[int, list[Used]]:
    rows = _usage(run, Month(run.month).end).filter(**who).select_related("product", "used_by")
    found: defaultdict[int, list[Used]] = defaultdict(list)
    for row in rows.order_by("on_date", "pk"):
        found[getattr(row, f"{kind}_id")].append(
            Used(
                usage_id=row.pk,
                product=row.product.name,
                quantity=row.quantity,
                unit=row.unit_amount,
                on_date=row.on_date,
                product_id=row.product_id,
                taxes=taxes.get(row.product.tax_rate_id, ()),
                note=row.note,
                person=row.used_by.name if row.used_by and row.used_by_id != row.member_id else "",
                person_id=row.used_by_id,
            )
        )
    return found


def _taxes(run: BillingRun) -> Taxes:
    """Return each tax rate of the location's country with what follows it, as ``TaxRate.on`` does."""
    rates = {rate.pk: rate for rate in TaxRate.objects.filter(country=run.location.country)}
    found: Taxes = {}
    for rate in rates.values():
        chain, seen, one = [Tax(rate.name, rate.basis_points)], {rate.pk}, rate
        while one.successor_id in rates and one.successor_id not in seen:
            following = rates[one.successor_id]
            chain.append(Tax(following.name, following.basis_points, one.successor_from))
            seen.add(following.pk)
            one = following
        found[rate.pk] = tuple(chain)
    return found


def cards_by_payer(location_id: int, kind: str, who: dict[str, Any]) -> dict[int, Card]:
    """Return each payer's default card at a location; one whose consent was withdrawn only when there is no other."""
    kept = Q(removed_at=None, is_default=True) | Q(consent__withdrawn_at__isnull=False)
    rows = SavedCard.objects.filter(kept, location=location_id, **who).select_related("consent").order_by("pk")
    found: dict[int, Card] = {}
    for row in sorted(rows, key=lambda row: row.consent.holds and row.removed_at is None):
        expires = Month(date(row.exp_year, row.exp_month, 1)) if row.exp_year and row.exp_month else None
        usable = row.consent.holds and row.removed_at is None
        found[getattr(row, f"{kind}_id")] = Card(
            str(row), expires, consent_holds=usable, refused_on=row.refused_on, refused=row.refused
        )
    return found


def stopped_by_payer(run: BillingRun, kind: str, who: dict[str, Any]) -> dict[int, str]:
    """Return why staff stopped collecting the last bill of a payer, where they did; bills of the last months count.

    The bill that ``run`` itself makes is not the last one: what was stopped before is still true when it is issued.
    """
    rows = Collection.objects.filter(
        location=run.location_id,
        invoice__due_date__gte=Month(run.month).plus(-LOOK_BACK).start,
        **{f"invoice__{name}": value for name, value in who.items()},
    ).exclude(invoice__run_item__run=run)
    newest = dict(rows.order_by("pk").values_list(f"invoice__{kind}", "stop_reason"))
    said = {pk: reason.partition(": ") for pk, reason in newest.items()}
    return {pk: words for pk, (code, _, words) in said.items() if code == CollectionReason.BY_STAFF}


def _last(before: BillingRun, kind: str, who: dict[str, Any]) -> dict[int, list[Part]]:
    """Return the lines of the run before, by payer; of bills that were held, voided or never made there are none."""
    rows = InvoiceLine.objects.filter(
        **{f"invoice__{name}": value for name, value in who.items()},
        invoice__run_item__run=before,
        invoice__run_item__state__in=COUNTED,
    ).exclude(invoice__state=InvoiceState.VOID)
    found: defaultdict[int, list[Part]] = defaultdict(list)
    for row in rows.select_related("membership__plan", "invoice").order_by("pk"):
        found[getattr(row.invoice, f"{kind}_id")].append(
            part_of(row, row.membership.plan.name if row.membership else "")
        )
    return found


def part_of(row: InvoiceLine, plan: str) -> Part:
    """Return a line as a comparison sees it."""
    return Part(
        amount=row.gross_amount,
        membership_id=row.membership_id,
        is_usage=any(reason["code"] == "used" for reason in row.why),
        what=plan,
        tax_basis_points=row.tax_basis_points,
        why=row.why,
    )


def rows_of(kind: str, ids: Sequence[int]) -> list[Member | Company]:
    """Return the payers ``ids`` by ascending id."""
    rows = Member.objects if kind == "member" else Company.objects
    return list(rows.filter(pk__in=ids).order_by("pk"))
