"""Pages of memberships: a payer's card, one membership, and the forms that start and change one."""

from collections.abc import Callable
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
from flexspace.core.models import User
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from flexspace.core.sentences import told_timeline
from members.forms.elsewhere import ElsewhereForm
from members.forms.memberships import CancelForm, ChangeForm, DiscountForm, MembershipForm, PauseForm, StartForm
from members.models import Company, Member, Membership
from members.queries.memberships import billed_of, membership_list, memberships_of
from members.services import adjustments, memberships
from members.views.membership_lines import MembershipLine, line_of

SHOWN_ENDED = 3
PAYERS: dict[str, type[Member | Company]] = {"member": Member, "company": Company}
FORMS: dict[str, type[MembershipForm]] = {
    "change": ChangeForm,
    "pause": PauseForm,
    "discount": DiscountForm,
    "cancel": CancelForm,
    "elsewhere": ElsewhereForm,
}


@require(Permission.VIEW)
def payer_memberships(request: StaffRequest, kind: str, uuid: UUID) -> TemplateResponse:
    """Show a member's or company's memberships; loaded into their page."""
    payer = the_payer(request.user, kind, uuid)
    lines = _lines(list(memberships_of(payer, user=request.user)[:100]))
    context = {
        "kind": kind,
        "payer": payer,
        "lines": [line for line in lines if not line.is_over] + [line for line in lines if line.is_over][:SHOWN_ENDED],
        "archived": isinstance(payer, Member) and payer.archived_at is not None,
    }
    return TemplateResponse(request, "members/payer_memberships.html", context)


@require(Permission.VIEW)
def membership_detail(request: StaffRequest, uuid: UUID) -> TemplateResponse:
    """Show one membership: its days, price, pauses and discounts, and what happened to it."""
    row = _the(request.user, uuid)
    context = {"line": _line(row), "kind": kind_of(row), "timeline": told_timeline(row)}
    return TemplateResponse(request, "members/membership_detail.html", context)


@require(Permission.MEMBERSHIP_WRITE)
def membership_start(request: StaffRequest, kind: str, uuid: UUID) -> HttpResponseBase:
    """Start a membership for a member or a company."""
    payer = the_payer(request.user, kind, uuid)
    today = payer.location.today(timezone.now())
    form = StartForm(request.POST or None, payer=payer, today=today)
    if request.method == "POST" and form.is_valid():
        try:
            row = memberships.start(by=Actor.of(request.user), today=today, **{kind: payer}, **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, f"{row.plan} started.")
            return redirect(f"members:{kind}_detail", uuid)
    context = {"kind": kind, "payer": payer, "form": form}
    return TemplateResponse(request, "members/membership_start.html", context)


@require(Permission.MEMBERSHIP_WRITE)
def start_preview(request: StaffRequest, kind: str, uuid: UUID) -> TemplateResponse:
    """Say what starting means, while the form is being filled in."""
    payer = the_payer(request.user, kind, uuid)
    form = StartForm(request.GET, payer=payer, today=payer.location.today(timezone.now()))
    return TemplateResponse(request, "members/membership_preview.html", {"said": form.preview()})


@require(Permission.MEMBERSHIP_WRITE)
def membership_change(request: StaffRequest, uuid: UUID) -> HttpResponseBase:
    """Move to another plan from a day on."""
    return _act(request, uuid, "change", _change)


@require(Permission.MEMBERSHIP_WRITE)
def membership_pause(request: StaffRequest, uuid: UUID) -> HttpResponseBase:
    """Let days cost and give nothing."""
    return _act(request, uuid, "pause", _pause)


@require(Permission.DISCOUNT)
def membership_discount(request: StaffRequest, uuid: UUID) -> HttpResponseBase:
    """Give a discount."""
    return _act(request, uuid, "discount", _discount)


@require(Permission.MEMBERSHIP_WRITE)
def membership_cancel(request: StaffRequest, uuid: UUID) -> HttpResponseBase:
    """End a membership."""
    return _act(request, uuid, "cancel", _cancel)


@require(Permission.MEMBERSHIP_WRITE)
def membership_elsewhere(request: StaffRequest, uuid: UUID) -> HttpResponseBase:
    """Say anew which days another system has billed."""
    return _act(request, uuid, "elsewhere", _elsewhere)


@require(Permission.MEMBERSHIP_WRITE)
def membership_preview(request: StaffRequest, uuid: UUID, what: str) -> TemplateResponse:
    """Say what a change means, while its form is being filled in."""
    row = _the(request.user, uuid)
    form = FORMS[what](request.GET, membership=row, today=row.location.today(timezone.now()))
    return TemplateResponse(request, "members/membership_preview.html", {"said": form.preview()})


@require(Permission.MEMBERSHIP_WRITE)
@require_POST
def membership_resume(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Let a paused membership count again from today."""
    row = _the(request.user, uuid)
    today = row.location.today(timezone.now())
    return _do(request, row, lambda: adjustments.resume(by=_by(request), membership=row, on=today, today=today))


@require(Permission.MEMBERSHIP_WRITE)
@require_POST
def membership_undo_end(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Take back an end that is not over."""
    row = _the(request.user, uuid)
    today = row.location.today(timezone.now())
    return _do(request, row, lambda: memberships.undo_end(by=_by(request), membership=row, today=today))


@require(Permission.DISCOUNT)
@require_POST
def discount_end(request: StaffRequest, uuid: UUID, pk: int) -> HttpResponse:
    """Let a discount end with the running period; one that has not begun is dropped."""
    row = _the(request.user, uuid)
    discount = get_object_or_404(row.discounts.select_related("membership"), pk=pk)
    today = row.location.today(timezone.now())
    on = row.terms().cycle.period_containing(today).end if discount.from_date <= today else today
    return _do(request, row, lambda: adjustments.end_discount(by=_by(request), discount=discount, on=on, today=today))


def the_payer(user: User, kind: str, uuid: UUID) -> Any:
    """Return the member or company, or raise Http404."""
    rows: Any = PAYERS[kind].objects
    related = ("location", "company") if kind == "member" else ("location",)
    return get_object_or_404(rows.for_user(user).select_related(*related), uuid=uuid)


def kind_of(row: Membership) -> str:
    """Return whose page a membership is on: "member" or "company"."""
    return "member" if row.member_id else "company"


def _act(request: StaffRequest, uuid: UUID, what: str, do: Callable[..., object]) -> HttpResponseBase:
    """Show a form about a membership, and do what it says."""
    row, now = _the(request.user, uuid), timezone.now()
    form = FORMS[what](request.POST or None, membership=row, today=row.location.today(now))
    if request.method == "POST" and form.is_valid():
        try:
            do(form, by=_by(request), membership=row, now=now)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, "Saved.")
            return redirect(f"members:{kind_of(row)}_detail", row.holder.uuid)
    context = {"form": form, "what": what, "line": _line(row), "kind": kind_of(row)}
    return TemplateResponse(request, "members/membership_act.html", context)


def _change(form: MembershipForm, *, now: Any, **facts: Any) -> None:
    memberships.change_plan(today=form.today, **facts, **form.cleaned_data)


def _pause(form: MembershipForm, *, now: Any, **facts: Any) -> None:
    adjustments.pause(today=form.today, **facts, **form.cleaned_data)


def _discount(form: MembershipForm, *, now: Any, **facts: Any) -> None:
    data = {**form.cleaned_data}
    adjustments.give_discount(today=form.today, **facts, **data.pop("less"), **data)


def _cancel(form: MembershipForm, *, now: Any, **facts: Any) -> None:
    memberships.cancel(now=now, **facts, **form.cleaned_data)


def _elsewhere(form: MembershipForm, *, now: Any, **facts: Any) -> None:
    adjustments.bill_elsewhere(today=form.today, **facts, **form.cleaned_data)


def _do(request: StaffRequest, row: Membership, act: Callable[[], object]) -> HttpResponse:
    """Run ``act`` and go back to the membership; a refusal is said there."""
    try:
        act()
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("members:membership_detail", row.uuid)


def _the(user: User, uuid: UUID) -> Membership:
    return get_object_or_404(membership_list(user), uuid=uuid)


def _lines(rows: list[Membership]) -> list[MembershipLine]:
    now = timezone.now()
    billed = billed_of(rows, now=now)
    return [line_of(row, row.location.today(now), billed[row.pk]) for row in rows]


def _line(row: Membership) -> MembershipLine:
    [line] = _lines([row])
    return line


def _by(request: StaffRequest) -> Actor:
    return Actor.of(request.user)
