"""What happened, in words, with links to what it happened to."""

from collections.abc import Sequence

from django.db.models import Q, QuerySet
from django.urls import reverse

from billing.models import Invoice
from flexspace.core.models import AuditEvent, User
from flexspace.core.sentences import Told, tell
from members.models import Company, Member, Plan, Product

# Tab: its label, and the starts of the actions it shows.
KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "": ("Everything", ()),
    "payments": ("Payments", ("billing.payment.", "terminal.attempt.", "terminal.flag.")),
    "invoices": ("Invoices", ("billing.invoice.",)),
    "people": ("People", ("members.member.", "members.company.", "members.membership.")),
    "offers": ("Plans and products", ("members.plan.", "members.product.", "members.tax_rate.")),
    "cards": ("Cards and consents", ("billing.card.", "billing.consent.", "terminal.customer.")),
    "readers": ("Readers and Stripe", ("terminal.reader.", "terminal.account.", "terminal.stripe_location.")),
}
ORDER = ("-at", "-pk")
# What a line names, and where it leads. Attempts and readers are in the sentence already.
_SUBJECTS: dict[str, tuple[type[Member | Company | Plan | Product | Invoice], str]] = {
    "members.member": (Member, "members:member_detail"),
    "members.company": (Company, "members:company_detail"),
    "members.plan": (Plan, "members:plan_detail"),
    "members.product": (Product, "members:product_detail"),
    "billing.invoice": (Invoice, "billing:invoice_detail"),
}
Named = dict[tuple[str, int], tuple[str, str]]


def events(user: User, kind: str) -> "QuerySet[AuditEvent]":
    """Return the events of the person's locations; an admin also sees those of no location."""
    rows = AuditEvent.objects.all()
    if not user.sees_all_locations:
        rows = rows.filter(location__in=user.location_ids)
    where = Q()
    for start in KINDS.get(kind, KINDS[""])[1]:
        where |= Q(action__startswith=start)
    return rows.filter(where).prefetch_related("subjects")


def lines(rows: Sequence[AuditEvent]) -> list[Told]:
    """Return the events as lines that name whom and what they are about; a query a kind, however many events."""
    named = _names(rows)
    found = []
    for event in rows:
        keys = [(subject.kind, subject.subject_id) for subject in event.subjects.all()]
        found.append(tell(event, tuple(named[key] for key in keys if key in named)[:3]))
    return found


def _names(rows: Sequence[AuditEvent]) -> Named:
    wanted: dict[str, set[int]] = {kind: set() for kind in _SUBJECTS}
    for event in rows:
        for subject in event.subjects.all():
            if subject.kind in wanted:
                wanted[subject.kind].add(subject.subject_id)
    named: Named = {}
    for kind, (model, url) in _SUBJECTS.items():
        for row in model.objects.filter(pk__in=wanted[kind]):
            named[kind, row.pk] = (str(row), reverse(url, args=[row.uuid]))
    return named
