"""Where a sale stands, and everything its page shows."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import uuid4

from django.urls import reverse

from access.queries.seatless import full_for
from billing.enums import InvoiceState
from billing.models import InvoiceLine, Sale
from flexspace.core.models import Location
from flexspace.core.money import Money, exponent
from flexspace.core.permissions import StaffRequest
from flexspace.desk import queries
from flexspace.desk.shelf import shelf
from flexspace.desk.signup import keeping, kept
from members.models import Company, Member
from members.queries import member_list
from members.views.passes import passes_context
from terminal import explain
from terminal.live import attempt_context
from terminal.models import Attempt
from terminal.views.desk_reader import remembered
from terminal.views.picker import picker

STANDS_THERE = timedelta(minutes=10)  # how long the page of a paid sale tells staff to give change


class Stage(StrEnum):
    """What the page is about."""

    FIND = "find"  # nobody is chosen
    PERSON = "person"  # somebody is chosen, nothing is sold yet
    OPEN = "open"  # a draft
    UNPAID = "unpaid"  # issued, and not paid
    TAKING = "taking"  # a reader or a link is taking the money
    PAID = "paid"
    DROPPED = "dropped"


def stage_of(sale: Sale, attempt: Attempt | None) -> Stage:
    """Return where the sale stands; ``attempt`` is the newest on its invoice."""
    invoice = sale.invoice
    if invoice.state == InvoiceState.VOID:
        return Stage.DROPPED
    if invoice.state == InvoiceState.DRAFT:
        return Stage.OPEN
    if not invoice.open_amount:
        return Stage.PAID
    return Stage.TAKING if attempt and attempt.is_live else Stage.UNPAID


def seen_of(sale: Sale, stage: Stage, attempt: Attempt | None) -> str:
    """Return what names exactly this state, so that a poll can answer "nothing new"."""
    return f"{stage}.{attempt.pk if attempt else 0}.{sale.invoice_id}.{sale.invoice.paid_amount}"


def frame(request: StaffRequest, place: Location, now: datetime, *, sale: Sale | None = None) -> dict[str, Any]:
    """Return what every stage shows: the place, and the day so far."""
    return {
        "stage": Stage.FIND,
        "place": place,
        "places": request.user.own_locations,
        "now": now,
        "day": queries.today_at(place, request.user, now=now, but=sale),
        "q": "",
        "own_search": True,  # the page finds people itself, so the frame's search would be a second one
        "sale": sale,
        "sale_seen": "",
        "payer": None,
        "token": uuid4(),
    }


def person_context(
    request: StaffRequest, place: Location, payer: Member | Company, now: datetime, *, sale: Sale | None = None
) -> dict[str, Any]:
    """Return what is shown of who stands at the counter, and what can be sold to them."""
    owed = queries.owed_here(payer, place, sale, now=now)
    ticked = Money.sum([one.invoice.open for one in owed if one.ticked], place.currency)
    choices = picker(place, remembered(request))
    lines = queries.the_lines(sale, now=now) if sale else []
    today = place.today(now)
    own = payer if isinstance(payer, Company) else None
    people = list(member_list(request.user).filter(company=own)[: queries.SHOWN_PEOPLE]) if own else []
    return {
        "stage": Stage.PERSON,
        "payer": payer,
        "kind": "member" if isinstance(payer, Member) else "company",
        "people": people,
        "shelf": shelf(place, now=now),
        "owed": owed,
        "lines": lines,
        "checks_in": any(line.on_date == today and (line.for_member or own is None) for line, _held in lines),
        "total": ticked + _of(sale, place),
        "exponent": exponent(place.currency),
        "today": today,
        "choices": choices,
        "reader": next((one for one in choices if one.checked), None),
        "seatless": _seatless(lines, payer, place, today),
        "sells_plans": payer.location_id == place.pk,
        **keeping(request, payer, sale, lines, place),
        **(passes_context(payer, place, now=now) if isinstance(payer, Member) else {}),
    }


def sale_context(request: StaffRequest, place: Location, sale: Sale, now: datetime) -> dict[str, Any]:
    """Return what the page of a sale shows, by where it stands."""
    attempt = queries.newest_attempt(sale)
    stage, payer = stage_of(sale, attempt), sale.invoice.payer
    context = frame(request, place, now, sale=sale)
    if stage in (Stage.OPEN, Stage.UNPAID):
        context |= person_context(request, place, payer, now, sale=sale)
        context["ended"] = explain.screen(attempt, now=now) if attempt and stage is Stage.UNPAID else None
    elif stage is Stage.TAKING and attempt:
        context |= attempt_context(request, attempt, back=reverse("desk:sale", args=[sale.uuid]))
    elif stage is Stage.PAID:
        card = kept(attempt, now)
        ended = queries.outcome(sale, kept=bool(card and card.card))
        context |= {"outcome": ended, "kept": card, "also": list(sale.also.all())}
        context["give_change"] = bool(sale.change) and any(
            now - one.received_at < STANDS_THERE for one in ended.payments
        )
        context |= passes_context(payer, place, now=now) if isinstance(payer, Member) else {}
    return {**context, "stage": stage, "payer": payer, "sale_seen": seen_of(sale, stage, attempt)}


def _seatless(
    lines: list[tuple[InvoiceLine, bool]], payer: Member | Company, place: Location, today: date
) -> list[Member]:
    """Return for whom a door would stay shut, because no seat is free: said before anybody pays."""
    found: dict[int, tuple[Member, list[int], list[str]]] = {}
    for line, _held in lines:
        who = line.for_member or (payer if isinstance(payer, Member) else None)
        if who is not None and line.on_date in (None, today):
            _, products, plans = found.setdefault(who.pk, (who, [], []))
            products += [line.product_id] if line.product_id else []
            plans += [line.plan_to_begin] if line.plan_to_begin else []
    return [who for who, products, plans in found.values() if full_for(who, place, products=products, plans=plans)]


def _of(sale: Sale | None, place: Location) -> Money:
    """Return what is left to pay of the sale alone."""
    if sale is None:
        return Money.zero(place.currency)
    return sale.invoice.total if sale.invoice.state == InvoiceState.DRAFT else sale.invoice.open
