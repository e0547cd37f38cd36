"""Stripe Locations are made, and readers registered, named, moved and removed: for who may change the Stripe Config."""

from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.forms import PageForm
from flexspace.core.models import Location
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from flexspace.core.sentences import told_timeline
from terminal.countries import BY_CODE
from terminal.data import TERMINAL_CURRENCIES
from terminal.forms.fleet import MoveForm, PlaceForm, RegisterForm, RenameForm
from terminal.models import Reader, StripeConfig, StripeLocation
from terminal.queries import cares_of, holders_of, reader_history
from terminal.services.fleet import create_place, move_reader, register_reader, remove_reader, rename_reader

NEXT_TRY = ("no_answer",)  # only here the same request is sent again, so that nothing is made twice


@require(Permission.STRIPE_CONFIG)
@require_http_methods(["GET", "POST"])
def place_new(request: StaffRequest, pk: int) -> HttpResponse:
    """Make a Stripe Location from the address of one of our locations, and map it."""
    location = get_object_or_404(Location, pk=pk)
    form = PlaceForm(request.POST or None, location=location)
    if request.method == "POST" and form.is_valid():
        try:
            place = create_place(by=Actor.of(request.user), location=location, **form.asked(location.country))
        except DomainError as error:
            _refuse(form, error)
        else:
            messages.success(request, f"{place} is at Stripe now, and {location} charges there.")
            return redirect("terminal:stripe_reader_new", place.pk)
    accounts = StripeConfig.objects.filter(country=location.country).exists()
    context = {
        "form": form,
        "location": location,
        "accounts": accounts,
        "local_currency": TERMINAL_CURRENCIES.get(location.country, ""),
    }
    return TemplateResponse(request, "terminal/place_form.html", context, status=422 if form.errors else 200)


@require(Permission.STRIPE_CONFIG)
@require_http_methods(["GET", "POST"])
def reader_register(request: StaffRequest, pk: int) -> HttpResponse:
    """Register a reader at a Stripe Location by the code on its screen."""
    place = get_object_or_404(StripeLocation.objects.select_related("config", "location"), pk=pk)
    form = RegisterForm(request.POST or None, initial={"label": request.GET.get("label", "")[:60]})
    if request.method == "POST" and form.is_valid():
        data, by = form.cleaned_data, Actor.of(request.user)
        try:
            reader = register_reader(
                by=by, place=place, code=data["code"], label=data["label"], token=data["token"], now=timezone.now()
            )
        except DomainError as error:
            _refuse(form, error, "code")
        else:
            messages.success(request, f"{reader} is registered at {place}.")
            return redirect("terminal:stripe_terminal")
    context = {"form": form, "place": place, "country": BY_CODE.get(place.country)}
    return TemplateResponse(request, "terminal/reader_register.html", context, status=422 if form.errors else 200)


@require(Permission.STRIPE_CONFIG)
@require_http_methods(["GET", "POST"])
def reader_detail(request: StaffRequest, pk: int) -> HttpResponse:
    """Show what is known of a reader, and give it another name."""
    reader = _reader(pk)
    form = RenameForm(request.POST or None, initial={"label": reader.label})
    if request.method == "POST" and form.is_valid():
        try:
            rename_reader(by=Actor.of(request.user), reader=reader, label=form.cleaned_data["label"])
        except DomainError as error:
            _refuse(form, error, "label")
        else:
            messages.success(request, f"The reader is called {reader} now.")
            return redirect("terminal:stripe_reader", pk)
    return _reader_page(request, reader, rename=form)


@require(Permission.STRIPE_CONFIG)
@require_http_methods(["POST"])
def reader_move(request: StaffRequest, pk: int) -> HttpResponse:
    """Move a reader to another Stripe Location by a new code."""
    reader = _reader(pk)
    form = _move_form(reader, request.POST)
    if form.is_valid():
        data, by = form.cleaned_data, Actor.of(request.user)
        try:
            moved = move_reader(
                by=by, reader=reader, place=data["place"], code=data["code"], token=data["token"], now=timezone.now()
            )
        except DomainError as error:
            if error.code == "moved_half":
                messages.error(request, error.message)
                there = reverse("terminal:stripe_reader_new", args=[data["place"].pk])
                return redirect(f"{there}?{urlencode({'label': reader.label})}")
            _refuse(form, error, "code")
        else:
            messages.success(request, f"{moved} stands at {data['place']} now. Desks that used it choose it again.")
            return redirect("terminal:stripe_reader", moved.pk)
    return _reader_page(request, reader, move=form)


@require(Permission.STRIPE_CONFIG)
@require_http_methods(["POST"])
def reader_remove(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a reader out of Stripe, once the tick says that it is meant."""
    reader = _reader(pk)
    if not request.POST.get("sure"):
        messages.error(request, f"Nothing was removed: tick that {reader} is to be taken out.")
        return redirect("terminal:stripe_reader", pk)
    try:
        remove_reader(by=Actor.of(request.user), reader=reader, now=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("terminal:stripe_reader", pk)
    messages.success(request, f"{reader} was taken out of Stripe. The payments it took stay as they are.")
    return redirect("terminal:stripe_terminal")


def _reader(pk: int) -> Reader:
    return get_object_or_404(Reader.objects.select_related("config", "stripe_location__location"), pk=pk)


def _move_form(reader: Reader, data: Any = None) -> MoveForm:
    places = StripeLocation.objects.filter(config=reader.config, gone_at=None, location__isnull=False)
    return MoveForm(data, places=places.exclude(pk=reader.stripe_location_id or 0), auto_id="move_%s")


def _reader_page(
    request: StaffRequest, reader: Reader, *, rename: RenameForm | None = None, move: MoveForm | None = None
) -> TemplateResponse:
    context: dict[str, Any] = {
        "reader": reader,
        "holder": holders_of([reader]).get(reader.pk),
        "care": cares_of([reader], timezone.now())[reader.pk],
        "timeline": told_timeline(reader),
        "history": reader_history(reader),
        "zone": reader.location.time_zone if reader.location else "UTC",
        "rename": rename or RenameForm(initial={"label": reader.label}),
        "move": move or _move_form(reader),
    }
    wrong = (rename and rename.errors) or (move and move.errors)
    return TemplateResponse(request, "terminal/reader_detail.html", context, status=422 if wrong else 200)


def _refuse(form: PageForm, error: DomainError, field: str | None = None) -> None:
    """Show the sentence; a request that was answered is not sent again as the same one."""
    form.add_error(field, error.message)
    if error.code not in NEXT_TRY:
        form.data = {**form.data.dict(), "token": str(uuid4())}  # type: ignore[attr-defined]  # a QueryDict
