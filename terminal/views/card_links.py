"""A card link at the desk: made for a member or company, shown as a QR code, copied or mailed, and withdrawn."""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh

from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.htmx import nothing_new
from flexspace.core.one_use import AlreadyUsed
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.qr import qr_picture
from flexspace.core.roles import Permission
from members.models import Company, Member
from terminal.enums import CardLinkState
from terminal.forms.links import CardLinkForm, MailLinkForm
from terminal.models import CardLink
from terminal.services.card_link_page import card_links, card_url, payer_of
from terminal.services.card_links import make_card_link, withdraw_card_link
from terminal.services.link_mail import mail_card_link
from terminal.views.link_mail import mail_it


def _payer(request: StaffRequest, kind: str, uuid: UUID) -> Member | Company:
    payers: dict[str, Any] = {"member": Member.objects, "company": Company.objects}
    if kind not in payers:
        raise Http404
    payer: Member | Company = get_object_or_404(payers[kind].for_user(request.user), uuid=uuid)
    return payer


def _link(request: StaffRequest, uuid: UUID) -> CardLink:
    row: CardLink = get_object_or_404(card_links().filter(pk__in=CardLink.objects.for_user(request.user)), uuid=uuid)
    return row


@require(Permission.CHARGE)
@require_http_methods(["GET", "POST"])
def card_link_new(request: StaffRequest, kind: str, uuid: UUID) -> HttpResponse:
    """Choose what the card may be charged for, and make the link."""
    payer = _payer(request, kind, uuid)
    form = CardLinkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            link = make_card_link(
                by=Actor.of(request.user), payer=payer, location=payer.location, purpose=data["purpose"],
                now=timezone.now(), token=data["token"],
            )  # fmt: skip
        except AlreadyUsed as used:
            return redirect("terminal:card_link", used.result)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            return redirect("terminal:card_link", link.uuid)
    context = {"payer": payer, "kind": kind, "form": form}
    return TemplateResponse(request, "terminal/links/card_link_new.html", context, status=422 if form.errors else 200)


@require(Permission.CHARGE)
@require_http_methods(["GET", "POST"])
def card_link(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Show a link with its QR code, or mail it."""
    link = _link(request, uuid)
    payer = payer_of(link)
    form = MailLinkForm(request.POST or None, initial={"to": payer.email})
    if request.method == "POST" and form.is_valid():
        mail_it(request, form, partial(mail_card_link, link=link))
        return redirect("terminal:card_link", link.uuid)
    url = card_url(link)
    context = {
        "link": link,
        "payer": payer,
        "kind": "member" if link.member_id else "company",
        "form": form,
        "url": url,
        "qr": qr_picture(url),
        "works": link.state == CardLinkState.OPEN and link.expires_at > timezone.now(),
    }
    return TemplateResponse(request, "terminal/links/card_link.html", context, status=422 if form.errors else 200)


@require(Permission.VIEW)
@require_GET
def card_link_state(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Answer 204 while the link waits, else let the page load again."""
    return nothing_new() if _link(request, uuid).state == CardLinkState.OPEN else HttpResponseClientRefresh()


@require(Permission.CHARGE)
@require_POST
def card_link_withdraw(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Let the link lead nowhere any more."""
    link = _link(request, uuid)
    withdraw_card_link(by=Actor.of(request.user), link=link, now=timezone.now())
    messages.success(request, "The link is withdrawn.")
    return redirect("terminal:card_link", link.uuid)


@require(Permission.VIEW)
@require_GET
def card_links_panel(request: StaffRequest, kind: str, uuid: UUID) -> HttpResponse:
    """Show the open links of a member or company, as a part of their page."""
    payer = _payer(request, kind, uuid)
    who: dict[str, Any] = {kind: payer}
    rows = CardLink.objects.for_user(request.user).filter(
        state=CardLinkState.OPEN, expires_at__gt=timezone.now(), **who
    )
    return TemplateResponse(request, "terminal/links/card_links_panel.html", {"links": rows[:5]})
