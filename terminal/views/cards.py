"""The cards that were kept: on their payer's page, made the default, removed; and what was agreed to."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from billing.models import Consent, SavedCard
from billing.queries.cards import cards_of, charged_without, expiring_cards, heir_of, withdrawn_last
from billing.queries.collections import count_open
from billing.services.consents import withdraw_consent
from billing.services.saved_cards import remove_card, set_default
from billing.wording import LANGUAGES
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.keyset import keyset_page
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from flexspace.core.sentences import told_timeline
from members.models import Company, Member
from terminal import explain
from terminal.forms.links import NoteForm
from terminal.queries import payer_for
from terminal.rules import month_after_next


@require(Permission.VIEW)
@require_GET
def payer_cards(request: StaffRequest, kind: str, uuid: UUID) -> TemplateResponse:
    """Show the kept cards of a member or company, and the ways to add one, as a part of their page."""
    payer = payer_for(request.user, kind, uuid)
    if payer is None:
        raise Http404
    now = timezone.now()
    rows = cards_of(payer).for_user(request.user)[:20]
    lines = [explain.card_line(card, card.consent.location.today(now)) for card in rows]
    archived = isinstance(payer, Member) and payer.archived_at is not None
    withdrawn = None if lines else withdrawn_last(payer, request.user)
    context = {"payer": payer, "kind": kind, "lines": lines, "archived": archived, "withdrawn": withdrawn}
    return TemplateResponse(request, "terminal/cards/payer_cards.html", context)


def _card(request: StaffRequest, uuid: UUID) -> SavedCard:
    rows = SavedCard.objects.for_user(request.user).select_related("consent__location", "member", "company")
    row: SavedCard = get_object_or_404(rows, uuid=uuid)
    return row


def _to_payer(row: SavedCard | Consent) -> HttpResponse:
    owner = row.owner
    name = "members:member_detail" if isinstance(owner, Member) else "members:company_detail"
    return redirect(name, owner.uuid)


@require(Permission.MEMBER_WRITE)
@require_POST
def card_default(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Let a card be the one that is charged."""
    card = _card(request, uuid)
    try:
        set_default(by=Actor.of(request.user), card=card)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{card} is charged from now on.")
    return _to_payer(card)


@require(Permission.MEMBER_WRITE)
@require_http_methods(["GET", "POST"])
def card_remove(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Ask once, then remove a card here and at Stripe."""
    card = _card(request, uuid)
    form, today = NoteForm(request.POST if request.method == "POST" else None), _today(card.consent)
    if request.method == "POST" and form.is_valid():
        by, reason = Actor.of(request.user), form.cleaned_data["reason"]
        heir = remove_card(by=by, card=card, reason=reason, now=timezone.now())
        follows = explain.charged_instead(heir, today) if card.is_default else ""
        messages.success(request, f"{card} is removed. {follows}".strip())
        return _to_payer(card)
    follows = explain.charged_instead(heir_of(card, today), today) if card.is_default else ""
    context = {"card": card, "form": form, "kind": _kind(card.owner), "follows": follows}
    return TemplateResponse(request, "terminal/cards/card_remove.html", context, status=422 if form.errors else 200)


@require(Permission.VIEW)
@require_GET
def consent(request: StaffRequest, uuid: UUID) -> TemplateResponse:
    """Show what was agreed to, word for word."""
    return TemplateResponse(request, "terminal/cards/consent.html", _consent_context(request, uuid, NoteForm()))


@require(Permission.MEMBER_WRITE)
@require_POST
def consent_withdraw(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Withdraw a consent: nothing is charged to its cards any more, and they are removed."""
    form = NoteForm(request.POST)
    context = _consent_context(request, uuid, form)
    row: Consent = context["consent"]
    if not form.is_valid():
        return TemplateResponse(request, "terminal/cards/consent.html", context, status=422)
    by, reason = Actor.of(request.user), form.cleaned_data["reason"]
    withdraw_consent(by=by, consent=row, reason=reason, now=timezone.now())
    messages.success(request, f"The consent is withdrawn. {context['follows']}")
    return redirect("terminal:consent", row.uuid)


def _consent_context(request: StaffRequest, uuid: UUID, form: NoteForm) -> dict[str, Any]:
    rows = Consent.objects.for_user(request.user).select_related("location", "member", "company")
    row = get_object_or_404(rows, uuid=uuid)
    return {
        "consent": row,
        "kind": _kind(row.owner),
        "purpose": explain.kept_for(row.purpose),
        "how": explain.how_given(row),
        "language": LANGUAGES.get(row.language, row.language),
        "cards": row.cards.all(),
        "follows": _follows(row),
        "form": form,
        "timeline": told_timeline(row),
    }


def _follows(row: Consent) -> str:
    """Return what withdrawing it means, in a sentence."""
    kept, today = list(row.cards.filter(removed_at=None)), _today(row)
    heir = charged_without(row, today)
    return explain.what_withdrawal_does(kept, heir, count_open(row.owner, row.location), today=today)


def _today(row: Consent) -> date:
    return row.location.today(timezone.now())


def _kind(owner: Member | Company) -> str:
    return "member" if isinstance(owner, Member) else "company"


@require(Permission.VIEW)
@require_GET
def cards_expiring(request: StaffRequest) -> TemplateResponse:
    """Show the cards that have expired or will by the end of the next month, the earliest first."""
    now = timezone.now()
    before = month_after_next(now.date())
    rows = expiring_cards(request.user, before=before)
    page = keyset_page(rows, order=("exp_year", "exp_month", "pk"), cursor=request.GET.get("at", ""))
    lines = [(explain.card_line(card, card.consent.location.today(now)), _kind(card.owner)) for card in page.rows]
    return TemplateResponse(request, "terminal/cards/expiring.html", {"lines": lines, "page": page})
