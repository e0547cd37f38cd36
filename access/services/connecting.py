"""Connects to SALTO KS: a trip to its sign-in page, the choice of a site, the locations it serves."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from access import oauth
from access.enums import ConnectionState
from access.explain import problem_sentence
from access.models import ConnectionLocation, OAuthAttempt, SaltoKSConfig, SyncOptions
from access.reconcile.guarding import may_manage
from access.rules import SIGN_IN_LIFE
from access.salto_client import SaltoClient, SaltoProblem
from access.services.secrets import tell_client_secret, tell_sign_in
from access.services.tokens import ConnectionTokens, store_tokens
from access.world import Site
from billing.services.secret_mail import Change
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.models import Location, User


@transaction.atomic
def save_connection(
    *, by: Actor, name: str, client_id: str, client_secret: str = "", config: SaltoKSConfig | None = None
) -> SaltoKSConfig:
    """Store a connection's name and credentials; an empty secret leaves a stored one.

    Raises DomainError for a name that is taken and for empty fields.
    """
    name, client_id = name.strip()[:80], client_id.strip()
    if not name or not client_id:
        raise DomainError("A connection needs a name and SALTO's client id.", code="required")
    others = SaltoKSConfig.objects.exclude(pk=config.pk) if config else SaltoKSConfig.objects.all()
    if others.filter(name=name).exists():
        raise DomainError(f"Another connection is called {name}. Choose another name.", code="name_taken")
    row = SaltoKSConfig.objects.select_for_update().get(pk=config.pk) if config else SaltoKSConfig()
    before = {"name": row.name, "client_id": row.client_id} if config else {}
    row.name, row.client_id = name, client_id
    secret_before = row.client_secret
    row.client_secret = client_secret.strip() or row.client_secret
    row.save()
    if config is None:
        SyncOptions.objects.create(connection=row)
    action = "access.connection.changed" if config else "access.connection.added"
    audit.record(action, by=by, about=[row], before=before, after={"name": name, "client_id": client_id})
    tell_client_secret(by=by, config=row, before=secret_before, now=timezone.now())
    return row


def begin_sign_in(
    *, by: Actor, config: SaltoKSConfig, user: User, session: str, redirect_uri: str, now: datetime
) -> str:
    """Return the address of SALTO's sign-in page. ``session`` is the browser session's key: only it may come back.

    Raises DomainError with what to do.
    """
    try:
        trip = oauth.begin(config.client_id, redirect_uri)
    except SaltoProblem as problem:
        raise DomainError(problem_sentence(problem.code), code=problem.code) from problem
    with transaction.atomic():
        OAuthAttempt.objects.filter(expires_at__lte=now).delete()
        OAuthAttempt.objects.create(
            connection=config,
            user=user,
            state_hash=oauth.fingerprint(trip.state),
            session_hash=oauth.fingerprint(session),
            verifier=trip.verifier,
            expires_at=now + SIGN_IN_LIFE,
        )
        audit.record("access.connection.sign_in_begun", by=by, about=[config])
    return trip.url


def finish_sign_in(
    *, by: Actor, session: str, state: str, code: str, error: str = "", redirect_uri: str, now: datetime
) -> SaltoKSConfig:
    """Take up a return from the sign-in page: once, and in the session that left for it.

    Raises Conflict for a return that is not expected, DomainError when SALTO KS or the person said no.
    """
    trip = _claim(session=session, state=state, now=now)
    config = trip.connection
    if error or not code:
        raise DomainError(problem_sentence(error or "access_denied"), code=error or "access_denied")
    client = (config.client_id, config.client_secret)
    try:
        pair = oauth.redeem(client, code=code, verifier=trip.verifier, redirect_uri=redirect_uri, now=now)
    except SaltoProblem as problem:
        raise DomainError(problem_sentence(problem.code), code=problem.code) from problem
    signed_in_before = bool(config.refresh_token)
    store_tokens(config, pair)
    with transaction.atomic():
        row = SaltoKSConfig.objects.select_for_update().get(pk=config.pk)
        row.previous_refresh_token = ""  # it belonged to the sign-in before
        row.state = ConnectionState.READY if row.site_id else ConnectionState.CHOOSE_SITE
        row.problem, row.problem_at = "", None
        row.save()
        audit.record("access.connection.signed_in", by=by, about=[row])
        tell_sign_in(by=by, config=row, change=Change.REPLACED if signed_in_before else Change.ADDED, now=now)
    return row


def _claim(*, session: str, state: str, now: datetime) -> OAuthAttempt:
    with transaction.atomic():
        trip = (
            OAuthAttempt.objects.select_for_update(of=("self",))
            .select_related("connection")
            .filter(state_hash=oauth.fingerprint(state), used_at=None, expires_at__gt=now)
            .first()
        )
        if trip is None or trip.session_hash != oauth.fingerprint(session):
            raise Conflict(
                "This sign-in was finished before, took too long, or began in another browser. Begin again.",
                code="unexpected_return",
            )
        OAuthAttempt.objects.filter(pk=trip.pk).update(used_at=now)
    return trip


def sites_of(config: SaltoKSConfig) -> list[Site]:
    """Return the sites of the user who signed in. Raises DomainError with what to do."""
    try:
        found = SaltoClient(ConnectionTokens(config)).sites()
    except SaltoProblem as problem:
        raise DomainError(problem_sentence(problem.code), code=problem.code) from problem
    if not found:
        raise DomainError(problem_sentence("no_site"), code="no_site")
    return found


def choose_site(*, by: Actor, config: SaltoKSConfig, site_id: str) -> SaltoKSConfig:
    """Bind a connection to a site, after looking whether our user may do what is needed there.

    Raises DomainError: not one of the user's sites, not released, not an admin; Conflict: connected already.
    """
    if site_id not in {site.id for site in sites_of(config)}:
        raise DomainError(problem_sentence("other_site"), code="other_site")
    client = SaltoClient(ConnectionTokens(config), site_id)
    try:
        site, me = client.site(), client.me()
        client.groups()  # a site that is not released, or a user who may not look, says so here
    except SaltoProblem as problem:
        code = "own_user" if problem.code == "refused" else problem.code
        raise DomainError(problem_sentence(code), code=code) from problem
    if not may_manage(me):
        raise DomainError(problem_sentence("own_user"), code="own_user")
    with transaction.atomic():
        if SaltoKSConfig.objects.filter(site_id=site.id).exclude(pk=config.pk).exists():
            raise Conflict(f"{site.name} is connected already.", code="site_taken")
        row = SaltoKSConfig.objects.select_for_update().get(pk=config.pk)
        if row.site_id not in ("", site.id) and row.users.filter(member__isnull=False).exists():
            raise Conflict(
                f"{row} keeps people of {row.site_name}. Add {site.name} as a connection of its own.", code="site_kept"
            )
        before = {"site": row.site_name}
        row.site_id, row.site_uid, row.site_name = site.id, site.uid, site.name
        row.owner_platform_id, row.own_site_user_id, row.own_email = site.owner, me.site_user, me.email
        row.seats_used, row.seats_bought = site.used, site.bought
        row.state, row.problem, row.problem_at = ConnectionState.READY, "", None
        row.save()
        audit.record("access.connection.site_chosen", by=by, about=[row], before=before, after={"site": site.name})
    return row


@transaction.atomic
def set_locations(*, by: Actor, config: SaltoKSConfig, locations: Iterable[Location]) -> None:
    """Say whose doors belong to the connection. Conflict for a location of another connection."""
    wanted = {location.pk: location for location in locations}
    taken = ConnectionLocation.objects.filter(location__in=wanted).exclude(connection=config).first()
    if taken:
        raise Conflict(f"{taken.location} belongs to {taken.connection}. Take it away there first.", code="taken")
    before = sorted(place.location.name for place in config.places.select_related("location"))
    config.places.exclude(location__in=wanted).delete()
    ConnectionLocation.objects.bulk_create(
        [ConnectionLocation(connection=config, location_id=pk) for pk in wanted], ignore_conflicts=True
    )
    names = sorted(location.name for location in wanted.values())
    action = "access.connection.locations_set"
    audit.record(action, by=by, about=[config], before={"locations": before}, after={"locations": names})


@transaction.atomic
def disconnect(*, by: Actor, config: SaltoKSConfig) -> None:
    """Forget the sign-in. People, groups and grants stay, so that signing in again goes on where it stopped."""
    row = SaltoKSConfig.objects.select_for_update().get(pk=config.pk)
    signed_in_before = bool(row.refresh_token)
    row.access_token = row.refresh_token = row.previous_refresh_token = ""
    row.token_expires_at = None
    row.state, row.problem = ConnectionState.NEW, ""
    row.save()
    SyncOptions.objects.filter(connection=row).update(enabled=False)
    audit.record("access.connection.disconnected", by=by, about=[row])
    if signed_in_before:
        tell_sign_in(by=by, config=row, change=Change.REMOVED, now=timezone.now())
