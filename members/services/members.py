"""Members and companies: made, changed, archived, and always found by their new words."""

from datetime import datetime
from typing import Any

from django.db import transaction

from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.cards import refuse_card_number
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.models import Location
from members.models import Company, Member, SearchTerm
from members.rules import clean_email, email_terms, phone_terms, sort_name, words


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
    return _save_member(by, member, "members.member.created", before={})


@transaction.atomic
def update_member(
    *, by: Actor, member: Member, name: str, email: str, phone: str, company: Company | None, note: str
) -> Member:
    """Change a person; raises what ``create_member`` raises. Issued invoices keep the name they were issued to."""
    row = Member.objects.select_related("location").select_for_update(of=("self",)).get(pk=member.pk)
    before = _facts(row)
    row.name, row.email, row.phone, row.company, row.note = name, email, phone, company, note
    return _save_member(by, row, "members.member.updated", before=before)


@transaction.atomic
def archive_member(*, by: Actor, member: Member, now: datetime) -> Member:
    """Take a person out of lists and search; their invoices stay. Conflict when they are archived already."""
    row = Member.objects.select_related("location").select_for_update(of=("self",)).get(pk=member.pk)
    if row.archived_at:
        raise Conflict(f"{row} is archived already.", code="member_archived")
    row.archived_at = now
    row.save(update_fields=["archived_at"])
    row.terms.all().delete()
    audit.record("members.member.archived", by=by, about=[row], location=row.location, after={"archived": True})
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
    """Make the stored terms those of the row's present name, address and number; none of an archived member."""
    found = {*words(row.name), *email_terms(row.email), *phone_terms(row.phone)}
    wanted = set() if isinstance(row, Member) and row.archived_at else found
    row.terms.exclude(term__in=wanted).delete()
    kept = set(row.terms.values_list("term", flat=True))
    SearchTerm.objects.bulk_create(SearchTerm(term=term, **owner) for term in sorted(wanted - kept))
