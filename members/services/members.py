"""Members and companies: made, changed, archived, and always found by their new words."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.cards import refuse_card_number
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.models import Location
from members.models import Assignment, Booking, Company, Member, Membership, MembershipQuerySet, SearchTerm
from members.rules import clean_email, search_terms, sort_name
from members.services.entitlements import tell_changed
from members.signals import member_archived


@transaction.atomic
def create_member(
    *,
    by: Actor,
    location: Location,
    name: str,
    email: str = "",
    phone: str = "",
    company: Company | None = None,
    note: str = "",
) -> Member:
    """Store a person. An address that somebody else at the location has is allowed: families share them.

    Raises DomainError without a name, for a card number in a text, and for a company of another location.
    """
    member = Member(location=location, name=name, email=email, phone=phone, company=company, note=note)
    row = _save_member(by, member, "members.member.created", before={})
    if row.company:
        tell_changed([row.pk])  # its memberships may be for all of its people
    return row


@transaction.atomic
def update_member(
    *, by: Actor, member: Member, name: str, email: str, phone: str, company: Company | None, note: str
) -> Member:
    """Change a person; raises what ``create_member`` raises. Issued invoices keep the name they were issued to.

    Conflict for another company while the present one pays a membership for this person.
    """
    row = Member.objects.select_related("location").select_for_update(of=("self",)).get(pk=member.pk)
    before = _facts(row)
    moves = row.company_id != (company.pk if company else None)
    paid = _running(Membership.objects.filter(person=row), row.location.today(timezone.now()))
    if moves and paid:
        raise Conflict(f"{paid.company} pays {paid.plan} for {row}. Cancel that first.", code="member_has_membership")
    if moves and row.company_id:
        row.left_company_id, row.left_company_at = row.company_id, timezone.now()
    row.name, row.email, row.phone, row.company, row.note = name, email, phone, company, note
    if moves:
        tell_changed([row.pk])
    return _save_member(by, row, "members.member.updated", before=before)


@transaction.atomic
def archive_member(*, by: Actor, member: Member, now: datetime) -> Member:
    """Take a person out of lists and search; their invoices stay, their cards go.

    Conflict when they are archived already, and while a membership of theirs goes on (it would be billed on), or a
    desk or a room is theirs (nobody else could have it).
    """
    row = Member.objects.select_related("location").select_for_update(of=("self",)).get(pk=member.pk)
    if row.archived_at:
        raise Conflict(f"{row} is archived already.", code="member_archived")
    running = _running(Membership.objects.filter(Q(member=row) | Q(person=row)), row.location.today(now))
    if running:
        raise Conflict(f"{row} has {running.plan}. Cancel that first.", code="member_has_membership")
    _check_holds_nothing(row, now)
    row.archived_at = now
    row.save(update_fields=["archived_at"])
    row.terms.all().delete()
    audit.record("members.member.archived", by=by, about=[row], location=row.location, after={"archived": True})
    tell_changed([row.pk])
    member_archived.send(sender=Member, member=row, by=by, now=now)
    return row


@transaction.atomic
def create_company(
    *,
    by: Actor,
    location: Location,
    name: str,
    email: str = "",
    phone: str = "",
    address: str = "",
    tax_id: str = "",
) -> Company:
    """Store a company; DomainError without a name or for a card number in a text."""
    company = Company(location=location, name=name, email=email, phone=phone, address=address, tax_id=tax_id)
    return _save_company(by, company, "members.company.created", before={})


@transaction.atomic
def update_company(
    *, by: Actor, company: Company, name: str, email: str, phone: str, address: str, tax_id: str
) -> Company:
    """Change a company; raises what ``create_company`` raises. Issued invoices keep what was printed on them."""
    row = Company.objects.select_related("location").select_for_update(of=("self",)).get(pk=company.pk)
    before = _facts(row)
    row.name, row.email, row.phone, row.address, row.tax_id = name, email, phone, address, tax_id
    return _save_company(by, row, "members.company.updated", before=before)


def _running(rows: MembershipQuerySet, today: date) -> Membership | None:
    """Return one of ``rows`` that holds today or will."""
    found: Membership | None = rows.that_begin().touching(today, date.max).select_related("plan", "company").first()
    return found


def _check_holds_nothing(row: Member, now: datetime) -> None:
    assigned = Assignment.objects.filter(member=row).that_begin().select_related("resource__location")
    for one in assigned:
        if not one.ends_on or one.ends_on >= one.resource.location.today(now):
            raise Conflict(f"{row} has {one.resource}. End that first.", code="member_has_resource")
    booked = Booking.objects.standing().filter(member=row, ends_at__gt=now).select_related("resource").first()
    if booked:
        raise Conflict(f"{row} has booked {booked.resource}. Cancel that first.", code="member_has_resource")


def _save_member(by: Actor, row: Member, action: str, before: dict[str, Any]) -> Member:
    _clean(row)
    row.note = refuse_card_number(row.note.strip())
    if row.company and row.company.location_id != row.location_id:
        raise DomainError(f"{row.company} belongs to another location.", code="other_location")
    row.save()
    _write_terms(row, {"member": row})
    about = [row, *([row.company] if row.company else [])]
    audit.record(action, by=by, about=about, location=row.location, before=before, after=_facts(row))
    return row


def _save_company(by: Actor, row: Company, action: str, before: dict[str, Any]) -> Company:
    _clean(row)
    row.address, row.tax_id = refuse_card_number(row.address.strip()), refuse_card_number(row.tax_id.strip())
    row.save()
    _write_terms(row, {"company": row})
    audit.record(action, by=by, about=[row], location=row.location, before=before, after=_facts(row))
    return row


def _clean(row: Member | Company) -> None:
    row.name = refuse_card_number(" ".join(row.name.split()))
    if not row.name:
        raise DomainError("Enter a name.", code="name_missing")
    row.email, row.phone = clean_email(row.email), refuse_card_number(row.phone.strip())
    row.sort_name = sort_name(row.name) or row.name.casefold()


def _facts(row: Member | Company) -> dict[str, Any]:
    """Return what an audit row keeps: enough to undo a change. The note and the address stay out of the log."""
    facts = {"name": row.name, "email": row.email, "phone": row.phone}
    if isinstance(row, Member):
        return {**facts, "company": row.company_id}
    return {**facts, "tax_id": row.tax_id}


def _write_terms(row: Member | Company, owner: dict[str, Any]) -> None:
    """Make the stored terms those of the row's present name, address, number and place; none of an archived member."""
    gone = isinstance(row, Member) and row.archived_at
    wanted = [] if gone else search_terms(row.name, row.email, row.phone)
    row.terms.exclude(term__in=wanted, location=row.location_id).delete()
    kept = set(row.terms.values_list("term", flat=True))
    new = [SearchTerm(term=term, location_id=row.location_id, **owner) for term in wanted if term not in kept]
    SearchTerm.objects.bulk_create(new)
