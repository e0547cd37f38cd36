"""Makes all checks: for a person or a program those of their own accounts and sites, for the watch all there are."""

from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet

from access.explain.alerts import SAID_OF, alert_key, levels_of, stands
from access.models import SaltoKSConfig
from access.queries.connections import connections as all_connections
from access.queries.doors import connections
from flexspace.core.levels import Level
from flexspace.core.models import Location, User
from flexspace.portal.health import facts, machine, outside, readiness
from flexspace.portal.health.check import Check
from terminal.models import LocationAccount, Reader, StripeConfig
from terminal.models.reader import ReaderQuerySet
from terminal.queries import accounts_of, cares_of


def look(user: User, now: datetime) -> list[Check]:
    """Return the checks that concern ``user``, trouble first; whoever holds a token is asked the same questions."""
    return _look(accounts_of(user), connections(user), Reader.objects.for_user(user), now)


def look_at(location: Location, now: datetime) -> list[Check]:
    """Return the checks of what the desk of one location needs, trouble first."""
    accounts = StripeConfig.objects.filter(pk__in=LocationAccount.objects.filter(location=location).values("config"))
    sites = all_connections().filter(places__location=location).distinct()
    return _look(accounts, sites, Reader.objects.filter(stripe_location__location=location), now)


def look_at_all(now: datetime) -> list[Check]:
    """Return all checks but those of readers, trouble first: readers are looked at before a location opens."""
    return _look(StripeConfig.objects.all(), all_connections(), Reader.objects.none(), now)


def _look(
    accounts: "QuerySet[StripeConfig]", sites: "QuerySet[SaltoKSConfig]", readers: ReaderQuerySet, now: datetime
) -> list[Check]:
    known = facts.accounts(accounts, now)
    path, hours = settings.BACKUP_STAMP, settings.BACKUP_HOURS
    found = [
        machine.database(facts.database_seconds()),
        machine.restored(facts.restored_age(now)),
        machine.broker(readiness.broker_answers()),
        machine.schedule(facts.jobs(now)),
        machine.attempts(facts.attempts(now)),
        machine.events(facts.events(now)),
        machine.mails(facts.mails(now)),
        machine.rechecks(facts.rechecks(now)),
        machine.collecting(facts.collecting(now)),
        outside.disputes(facts.disputes(accounts, now)),
        *(outside.reading(account) for account in known),
        *(outside.webhooks(account) for account in known),
        *(outside.agreement(account) for account in known),
        *(outside.secrets(account) for account in known),
        *(outside.clock(account) for account in known),
        *_readers(readers, now),
        *(check for site in sites for check in _doors(site, now)),
        machine.backups(path, facts.backup_age(path, now) if path else None, hours),
    ]
    return sorted(found, key=lambda check: (-check.level.rank, check.level is Level.UNWATCHED))


def _readers(rows: ReaderQuerySet, now: datetime) -> list[Check]:
    readers = list(rows.usable().select_related("stripe_location__location"))
    cares = cares_of(readers, now) if readers else {}
    return [outside.reader(reader.pk, reader.label, cares[reader.pk]) for reader in readers]


def _doors(site: SaltoKSConfig, now: datetime) -> list[Check]:
    return [
        outside.doors(alert_key(site, alert), site.name, SAID_OF[alert], level, stands(site, alert, now))
        for alert, level in levels_of(site, now).items()
    ]
