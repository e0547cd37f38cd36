"""Pages of members and companies. What they owe comes from billing's own fragments."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.htmx import page_or_partial
from flexspace.core.keyset import keyset_page
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from flexspace.core.sentences import told_timeline
from members import queries
from members.forms.people import CompanyForm, MemberForm
from members.models import Company, Member
from members.services import members as services

SHOWN_PEOPLE = 50


@require(Permission.VIEW)
def member_list(request: StaffRequest) -> TemplateResponse:
    """Show members by name, or who matches the search; htmx gets the rows only."""
    text = request.GET.get("q", "").strip()
    if text:
        found = queries.search(request.user, text, limit=50)
        context: dict[str, Any] = {"q": text, "members": found.members, "companies": found.companies}
    else:
        rows = queries.member_list(request.user)
        page = keyset_page(rows, order=queries.BY_NAME, cursor=request.GET.get("at", ""))
        context = {"q": "", "members": page.rows, "companies": [], "page": page}
    return page_or_partial(request, "members/member_list.html", "rows", context)


@require(Permission.VIEW)
def member_detail(request: StaffRequest, uuid: UUID) -> TemplateResponse:
    """Show Member Details."""
    rows = Member.objects.for_user(request.user).select_related("company", "location")
    member = get_object_or_404(rows, uuid=uuid)
    context = {"member": member, "timeline": told_timeline(member)}
    return TemplateResponse(request, "members/member_detail.html", context)


@require(Permission.MEMBER_WRITE)
def member_new(request: StaffRequest) -> HttpResponseBase:
    """Add a person; ``?name=`` and ``?company=<uuid>`` fill the form in."""
    form = MemberForm(request.POST or None, user=request.user, initial=_member_start(request))
    if request.method == "POST" and form.is_valid():
        place = form.place()
        assert place is not None
        try:
            member = services.create_member(by=Actor.of(request.user), location=place, **form.facts())
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, f"{member} was added.")
            return redirect("members:member_detail", member.uuid)
    return TemplateResponse(request, "members/member_form.html", {"form": form})


@require(Permission.MEMBER_WRITE)
def member_edit(request: StaffRequest, uuid: UUID) -> HttpResponseBase:
    """Change a person."""
    rows = Member.objects.for_user(request.user).active().select_related("company", "location")
    member = get_object_or_404(rows, uuid=uuid)
    start = {"name": member.name, "email": member.email, "phone": member.phone, "note": member.note}
    start["company"] = member.company.name if member.company else ""
    form = MemberForm(request.POST or None, user=request.user, member=member, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            services.update_member(by=Actor.of(request.user), member=member, **form.facts())
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, "Saved.")
            return redirect("members:member_detail", uuid)
    return TemplateResponse(request, "members/member_form.html", {"form": form, "member": member})


@require(Permission.MEMBER_WRITE)
@require_POST
def member_archive(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Take a person out of lists and search."""
    member = get_object_or_404(Member.objects.for_user(request.user), uuid=uuid)
    try:
        services.archive_member(by=Actor.of(request.user), member=member, now=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{member} was archived.")
    return redirect("members:member_detail", uuid)


@require(Permission.VIEW)
def company_list(request: StaffRequest) -> TemplateResponse:
    """Show companies by name, or those that match the search; htmx gets the rows only."""
    text = request.GET.get("q", "").strip()
    context: dict[str, object] = {"q": text}
    if text:
        context["companies"] = queries.search(request.user, text, limit=50).companies
    else:
        rows = queries.company_list(request.user)
        page = keyset_page(rows, order=queries.BY_NAME, cursor=request.GET.get("at", ""))
        context |= {"companies": page.rows, "page": page}
    return page_or_partial(request, "members/company_list.html", "rows", context)


@require(Permission.VIEW)
def company_options(request: StaffRequest) -> TemplateResponse:
    """Offer companies for what is being typed into a form."""
    found = queries.search(request.user, request.GET.get("company", ""), limit=10).companies
    return TemplateResponse(request, "members/company_options.html", {"companies": found})


@require(Permission.VIEW)
def company_detail(request: StaffRequest, uuid: UUID) -> TemplateResponse:
    """Show Company Details with its people."""
    company = get_object_or_404(Company.objects.for_user(request.user).select_related("location"), uuid=uuid)
    people = queries.member_list(request.user).filter(company=company).order_by(*queries.BY_NAME)
    shown = list(people[: SHOWN_PEOPLE + 1])
    context = {
        "company": company,
        "people": shown[:SHOWN_PEOPLE],
        "more_people": len(shown) > SHOWN_PEOPLE,
        "timeline": told_timeline(company),
    }
    return TemplateResponse(request, "members/company_detail.html", context)


@require(Permission.MEMBER_WRITE)
def company_new(request: StaffRequest) -> HttpResponseBase:
    """Add a company."""
    form = CompanyForm(request.POST or None, user=request.user, at=None, initial=_name(request))
    if request.method == "POST" and form.is_valid():
        place = form.place()
        assert place is not None
        try:
            company = services.create_company(by=Actor.of(request.user), location=place, **form.facts())
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, f"{company} was added.")
            return redirect("members:company_detail", company.uuid)
    return TemplateResponse(request, "members/company_form.html", {"form": form})


@require(Permission.MEMBER_WRITE)
def company_edit(request: StaffRequest, uuid: UUID) -> HttpResponseBase:
    """Change a company."""
    company = get_object_or_404(Company.objects.for_user(request.user).select_related("location"), uuid=uuid)
    start = {key: getattr(company, key) for key in ("name", "email", "phone", "address", "tax_id")}
    form = CompanyForm(request.POST or None, user=request.user, at=company.location, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            services.update_company(by=Actor.of(request.user), company=company, **form.facts())
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, "Saved.")
            return redirect("members:company_detail", uuid)
    return TemplateResponse(request, "members/company_form.html", {"form": form, "company": company})


def _name(request: StaffRequest) -> dict[str, object]:
    """Return what a link from the search fills in: an address, or else a name."""
    typed = request.GET.get("name", "").strip()
    return {"email": typed} if "@" in typed else {"name": typed}


def _member_start(request: StaffRequest) -> dict[str, object]:
    start = _name(request)
    wanted = request.GET.get("company", "")
    try:
        company = Company.objects.for_user(request.user).filter(uuid=UUID(wanted)).first() if wanted else None
    except ValueError:
        company = None
    if company:
        start |= {"company": company.name, "location": company.location_id}
    elif request.user.location_ids:
        start["location"] = request.user.location_ids[0]
    return start
