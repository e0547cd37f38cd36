"""Looks whether a connection can do its work: the site, its subscription, and the user we are signed in as."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from access.enums import ConnectionState
from access.explain import problem_sentence
from access.models import SaltoKSConfig
from access.rules import PLAIN_ROLES, POD_ROLES
from access.salto_client import SaltoClient, SaltoProblem
from access.services.tokens import ConnectionTokens, mark_broken, note_problem
from access.world import Person, Site
from flexspace.core import audit
from flexspace.core.actors import Actor


@dataclass(frozen=True, slots=True)
class Check:
    """One thing a connection needs. ``cure`` says what to do where it is not so; ``code`` names the trouble."""

    name: str
    is_met: bool
    code: str = ""
    cure: str = ""


def check(*, by: Actor, config: SaltoKSConfig, now: datetime) -> list[Check]:
    """Ask SALTO KS, return what was found, and let a connection that is well again go on working."""
    client = SaltoClient(ConnectionTokens(config), config.site_id)
    try:
        site = client.site()
        found = [Check("SALTO KS answers", is_met=True), _valid(site)]
        if site.valid:  # an expired site refuses everything else, and suspends us too
            me = client.me()
            found += _own_user(me)
            client.groups()  # a site that is not released says so here
            found.append(Check("The site is released", is_met=True))
            _take_in(config, site, me)
    except SaltoProblem as problem:
        code = "own_user" if problem.code == "refused" else problem.code
        found = [Check("SALTO KS lets us work", is_met=False, code=code, cure=problem_sentence(code))]
    _note(by, config, next((one.code for one in found if not one.is_met), ""), now)
    return found


def _valid(site: Site) -> Check:
    return _met("The site's subscription is paid", site.valid, "site_expired")


def _own_user(me: Person) -> list[Check]:
    return [
        _met("Our user is subscribed", me.subscribed, "own_user"),
        _met("Our user is not blocked", not me.blocked, "own_user"),
        _met("Our user is an admin of the site", not me.roles <= PLAIN_ROLES | POD_ROLES, "own_user"),
    ]


def _met(name: str, is_met: bool, code: str) -> Check:
    return Check(name, is_met=True) if is_met else Check(name, is_met=False, code=code, cure=problem_sentence(code))


def _take_in(config: SaltoKSConfig, site: Site, me: Person) -> None:
    """Note seats, owner, and as whom we are signed in: that may be somebody else since the last sign-in."""
    SaltoKSConfig.objects.filter(pk=config.pk).update(
        seats_used=site.used,
        seats_bought=site.bought,
        owner_platform_id=site.owner,
        own_site_user_id=me.site_user,
        own_email=me.email,
    )


def _note(by: Actor, config: SaltoKSConfig, code: str, now: datetime) -> None:
    """Say what hinders the connection; one that was broken and is well again works on."""
    if code in ("own_user", "not_released"):
        mark_broken(config, code, now=now)
        return
    with transaction.atomic():
        row = SaltoKSConfig.objects.select_for_update().get(pk=config.pk)
        if not code and row.state == ConnectionState.BROKEN and row.site_id:
            row.state = ConnectionState.READY
            row.save(update_fields=["state"])
            audit.record("access.connection.mended", by=by, about=[row])
        note_problem(row, code, now=now)
