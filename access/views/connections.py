"""Connections to SALTO KS: credentials, signing in, site, locations, and whether all of it works."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from access.enums import ConnectionState
from access.explain.setup import connection_badge
from access.explain.words import problem_words
from access.forms.connections import CredentialsForm, LocationsForm, SiteForm
from access.models import SaltoKSConfig
from access.queries.connections import connection_list, connections
from access.services import connecting
from access.services.checking import check
from access.services.mapping import read_groups
from access.world import Site
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from flexspace.core.sentences import told_timeline

SETUP = ("access.connection.", "access.mapping.", "access.options.", "access.protection.")  # what people decided
TRIP = "salto_sign_in"  # in the session: for which connection somebody went to sign in


@require(Permission.ACCESS_CONFIG)
@require_GET
def connection_all(request: StaffRequest) -> TemplateResponse:
    """Show the connections: site, locations, seats, state."""
    lines = [(row, connection_badge(row), problem_words(row.problem)) for row in connection_list()]
    return TemplateResponse(request, "access/connections.html", {"lines": lines})


@require(Permission.ACCESS_CONFIG)
@require_http_methods(["GET", "POST"])
def connection_add(request: StaffRequest) -> HttpResponse:
    """Add a connection by its client id and secret."""
    return _credentials(request, None)


@require(Permission.ACCESS_CONFIG)
@require_http_methods(["GET", "POST"])
def connection_edit(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Change a connection's name or credentials."""
    return _credentials(request, the_connection(uuid))


@require(Permission.ACCESS_CONFIG)
@require_GET
def connection(request: StaffRequest, uuid: UUID) -> TemplateResponse:
    """Show one: who we are signed in as, its site and locations; what it needs is asked for by the page."""
    config = the_connection(uuid)
    chosen = [place.location_id for place in config.places.all()]
    context = {
        "config": config,
        "badge": connection_badge(config),
        "problem": problem_words(config.problem),
        "form": LocationsForm(config=config, initial={"locations": chosen}),
        "timeline": told_timeline(config, limit=12, only=SETUP),
        "zone": next((place.location.time_zone for place in config.places.all()), settings.TIME_ZONE),
    }
    return TemplateResponse(request, "access/connection.html", context)


@require(Permission.ACCESS_CONFIG)
@require_POST
def connection_sign_in(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Leave for SALTO's sign-in page: by the browser itself, because a form may lead to our own pages only."""
    config = the_connection(uuid)
    try:
        url = connecting.begin_sign_in(
            by=Actor.of(request.user),
            config=config,
            user=request.user,
            session=request.session.session_key or "",
            redirect_uri=callback_url(),
            now=timezone.now(),
        )
    except DomainError as error:
        messages.error(request, error.message)
        return HttpResponseClientRedirect(reverse("access:connection", args=[uuid]))
    request.session[TRIP] = str(uuid)
    return HttpResponseClientRedirect(url)


@require(Permission.ACCESS_CONFIG)
@require_GET
def connection_callback(request: StaffRequest) -> HttpResponse:
    """Take up a return from SALTO's sign-in page, once."""
    back = SaltoKSConfig.objects.filter(uuid=request.session.pop(TRIP, None)).first()
    try:
        config = connecting.finish_sign_in(
            by=Actor.of(request.user),
            session=request.session.session_key or "",
            state=request.GET.get("state", ""),
            code=request.GET.get("code", ""),
            error=request.GET.get("error", ""),
            redirect_uri=callback_url(),
            now=timezone.now(),
        )
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("access:connection", back.uuid) if back else redirect("access:connections")
    messages.success(request, "Signed in at SALTO KS.")
    to = "access:connection" if config.site_id else "access:connection_site"
    return redirect(to, config.uuid)


@require(Permission.ACCESS_CONFIG)
@require_http_methods(["GET", "POST"])
def connection_site(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Choose among the sites of the user who signed in."""
    config = the_connection(uuid)
    sites, problem = _sites(config)
    form = SiteForm(request.POST or None, sites=sites, initial={"site": config.site_id})
    if request.method == "POST" and form.is_valid():
        try:
            row = connecting.choose_site(by=Actor.of(request.user), config=config, site_id=form.cleaned_data["site"])
            read_groups(row, now=timezone.now())
        except DomainError as error:
            form.add_error("site", error.message)
        else:
            messages.success(request, f"{config} is connected to {row.site_name}. Now say whose doors these are.")
            return redirect("access:connection", uuid)
    context = {"config": config, "form": form, "sites": sites, "problem": problem}
    return TemplateResponse(request, "access/connection_site.html", context, status=422 if form.errors else 200)


@require(Permission.ACCESS_CONFIG)
@require_POST
def connection_locations(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Say whose doors belong to the site."""
    config = the_connection(uuid)
    form = LocationsForm(request.POST, config=config)
    try:
        if form.is_valid():
            connecting.set_locations(by=Actor.of(request.user), config=config, locations=form.cleaned_data["locations"])
            messages.success(request, "The locations are stored.")
        else:
            messages.error(request, "One of these locations belongs to another connection by now.")
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("access:connection", uuid)


@require(Permission.ACCESS_CONFIG)
@require_POST
def connection_check(request: StaffRequest, uuid: UUID) -> TemplateResponse:
    """Ask SALTO KS whether the connection has all it needs; a part of the page."""
    config = the_connection(uuid)
    found = check(by=Actor.of(request.user), config=config, now=timezone.now())
    cures = list(dict.fromkeys(one.cure for one in found if not one.is_met))
    context = {"config": the_connection(uuid), "checks": found, "cures": cures}
    return TemplateResponse(request, "access/connection_checks.html", context)


@require(Permission.ACCESS_CONFIG)
@require_http_methods(["GET", "POST"])
def connection_disconnect(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Forget the sign-in, after a page that says what that means."""
    config = the_connection(uuid)
    if request.method == "POST":
        connecting.disconnect(by=Actor.of(request.user), config=config)
        messages.success(request, f"{config} is disconnected.")
        return redirect("access:connection", uuid)
    return TemplateResponse(request, "access/connection_disconnect.html", {"config": config})


def the_connection(uuid: UUID) -> SaltoKSConfig:
    """Return the connection with its options and locations, or raise Http404."""
    return get_object_or_404(connections(), uuid=uuid)


def callback_url() -> str:
    """Return where SALTO KS leads people back to; it has to be registered for the client id."""
    return f"{settings.SITE_URL}{reverse('access:connection_callback')}"


def _credentials(request: StaffRequest, config: SaltoKSConfig | None) -> HttpResponse:
    start = {"name": config.name, "client_id": config.client_id} if config else {}
    form = CredentialsForm(request.POST or None, config=config, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            row = connecting.save_connection(by=Actor.of(request.user), config=config, **form.cleaned_data)
        except DomainError as error:
            form.add_error("name", error.message)
        else:
            return redirect("access:connection", row.uuid)
    context = {"form": form, "config": config, "callback_url": callback_url()}
    return TemplateResponse(request, "access/connection_form.html", context, status=422 if form.errors else 200)


def _sites(config: SaltoKSConfig) -> tuple[list[Site], str]:
    """Return the sites there are to choose from, and a sentence when they cannot be read."""
    if config.state == ConnectionState.NEW:
        return [], "Sign in at SALTO KS first."
    try:
        return connecting.sites_of(config), ""
    except DomainError as error:
        return [], error.message
