"""Parts that pages of other apps load: what people owe, and a payer's open invoices."""

from typing import TypeVar
from uuid import UUID

from django.template.response import TemplateResponse
from django.utils import timezone

from billing import queries
from billing.explain import badge, debt_badge
from billing.models import Invoice, Payment
from billing.queries.balance import rests_of, total
from billing.queries.surplus import overpaid
from billing.views.drafts import the_payer
from flexspace.core.badges import Badge
from flexspace.core.models import User
from flexspace.core.money import exponent
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from members.models import Company, Member

Payer = TypeVar("Payer", Member, Company)
MAX_PAYERS = 100  # of one page
MAX_OPEN = 100  # open invoices of one payer that are offered at once


@require(Permission.VIEW)
def owed(request: StaffRequest) -> TemplateResponse:
    """Fill in what each of ``?member=<uuid>`` and ``?company=<uuid>`` (repeated) owes, by out-of-band swaps."""
    members = _named(Member, request.user, request.GET.getlist("member"))
    companies = _named(Company, request.user, request.GET.getlist("company"))
    debts = queries.debts(user=request.user, member_ids=members.keys(), company_ids=companies.keys())
    now = timezone.now()
    rows = []
    for kind, payers in (("member", members), ("company", companies)):
        for payer in payers.values():
            owing = debts.get((kind, payer.pk), [])
            today = payer.location.today(now)
            oldest = min((debt.oldest_due for debt in owing), default=None)
            state = debt_badge(oldest, today) if oldest else None
            rows.append({"uuid": payer.uuid, "debts": owing, "badge": state})
    return TemplateResponse(request, "billing/owed.html", {"rows": rows})


@require(Permission.VIEW)
def payer_invoices(request: StaffRequest, kind: str, uuid: UUID) -> TemplateResponse:
    """Show a payer's open invoices with tick boxes and the ways to pay, and the last payments."""
    payer = the_payer(request.user, kind, uuid)
    now = timezone.now()
    rows = queries.open_invoices(payer).for_user(request.user).select_related("location", "collection")[: MAX_OPEN + 1]
    places: dict[int, list[tuple[Invoice, Badge]]] = {}
    shown = list(rows)
    for invoice in shown[:MAX_OPEN]:
        places.setdefault(invoice.location_id, []).append((invoice, badge(invoice, now)))
    rests, over = rests_of(payer, user=request.user), overpaid(payer, user=request.user)
    context = {
        "payer": payer,
        "balance": total([*(one.left for one in rests), *(usable for _row, usable in over)]),
        "rests": [(one, _payable(one.payment, shown)) for one in rests],
        "over": [(row, usable, _payable(row, shown)) for row, usable in over],
        "kind": kind,
        "groups": [_group(rows) for rows in places.values()],
        "more": len(shown) > MAX_OPEN,
        "payments": queries.payments_of(payer, user=request.user),
    }
    return TemplateResponse(request, "billing/payer_invoices.html", context)


def _payable(money_of: Payment | Invoice, invoices: list[Invoice]) -> Invoice | None:
    """Return the oldest open invoice that what is left of a payment, or over on an invoice, may pay."""
    here = (money_of.location_id, money_of.currency)
    return next((row for row in invoices if (row.location_id, row.currency) == here), None)


def _group(rows: list[tuple[Invoice, Badge]]) -> dict[str, object]:
    """Return one form's worth: open invoices of one location, so of one currency."""
    first = rows[0][0]
    total = sum((invoice.open for invoice, _badge in rows[1:]), start=first.open)
    return {"rows": rows, "location": first.location, "total": total, "exponent": exponent(first.currency)}


def _named(model: type[Payer], user: User, texts: list[str]) -> dict[int, Payer]:
    """Return the payers of those uuids that ``user`` may see, by id; what is no uuid is passed over."""
    uuids = []
    for text in texts[:MAX_PAYERS]:
        try:
            uuids.append(UUID(text))
        except ValueError:
            continue
    rows = model.objects.for_user(user).filter(uuid__in=uuids).select_related("location") if uuids else []
    return {row.pk: row for row in rows}
