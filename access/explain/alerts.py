"""What turns a connection amber, in words."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.dateformat import format as written

from access.enums import Alert, ConnectionState, StopCode
from access.explain.problems import problem_sentence
from access.explain.words import problem_words
from access.models import SaltoKSConfig
from access.rules import SEATS_WARN_PERCENT, SYNC_LOST, SYNC_OLD
from flexspace.core.levels import Level

SAID_OF = {Alert.STOPPED: "Doors follow", Alert.SEATS: "Seats", Alert.OLD: "Last good sync"}
SUBJECTS = {
    Alert.STOPPED: "The doors no longer follow what people hold",
    Alert.SEATS: "SALTO KS is running out of seats",
    Alert.OLD: "The doors have not been synced for hours",
}
CURED_BY_SIGNING_IN = ("revoked", "invalid_grant", "sign_in_again")
# What does not pass by itself: a page that did not come, or clocks that differ, do.
_STANDS = {*StopCode} - {StopCode.INCOMPLETE, StopCode.CLOCK} | {"no_locations"}


def alert_key(config: SaltoKSConfig, alert: str = "") -> str:
    """Return under which key it is remembered how a connection stands; the beginning of all its keys without alert."""
    return f"doors:{config.uuid}:{alert}"


def levels_of(config: SaltoKSConfig, now: datetime) -> dict[Alert, Level]:
    """Return how a connection stands whose site is chosen; a new one has two hours to begin."""
    if not config.site_id:
        return {}
    used, bought = config.seats_used or 0, config.seats_bought or 0
    many = bool(bought) and used * 100 >= bought * SEATS_WARN_PERCENT
    seats = Level.RED if bought and used >= bought else Level.AMBER if many else Level.GREEN
    age = now - (config.last_good_sync_at or config.created_at)
    old = Level.RED if age >= SYNC_LOST else Level.AMBER if age >= SYNC_OLD else Level.GREEN
    still = config.state == ConnectionState.BROKEN or config.problem in _STANDS
    return {Alert.STOPPED: Level.RED if still else Level.GREEN, Alert.SEATS: seats, Alert.OLD: old}


def alerts_of(config: SaltoKSConfig, now: datetime) -> list[Alert]:
    """Return what is amber or red at a connection."""
    return [alert for alert, level in levels_of(config, now).items() if level.rank]


def alert_words(config: SaltoKSConfig, alert: Alert, zone: ZoneInfo) -> str:
    """Return the sentence of an alert, with what to do."""
    if alert is Alert.STOPPED:
        return problem_words(config.problem) or "SALTO KS no longer accepts our sign-in. Sign in again."
    if alert is Alert.SEATS:
        free = max(0, (config.seats_bought or 0) - (config.seats_used or 0))
        return (
            f"{config.seats_used} of {config.seats_bought} seats are in use, {free} free. "
            "Redeem a voucher in SALTO KS in time, or unsubscribe who opens nothing."
        )
    if config.last_good_sync_at is None:
        return "The site was never brought in line with what people hold. Look at the connection."
    at = written(config.last_good_sync_at.astimezone(zone), "j M, H:i")
    return f"Doors were last brought in line with what people hold on {at}. Since then nobody new gets in."


def stands(config: SaltoKSConfig, alert: Alert, now: datetime) -> str:
    """Return in a sentence with figures how a connection stands, well or not; in the zone of its first location."""
    place = next(iter(config.places.all()), None)
    if levels_of(config, now)[alert].rank:
        why = problem_sentence(config.problem) if alert is Alert.OLD else ""
        return f"{alert_words(config, alert, place.location.zone if place else ZoneInfo('UTC'))} {why}".strip()
    if alert is Alert.STOPPED:
        return "Nothing waits for somebody."
    if alert is Alert.SEATS:
        if config.seats_bought is None:
            return "Seats were not counted yet."
        return f"{config.seats_used or 0} of {config.seats_bought} seats are in use."
    if config.last_good_sync_at is None:
        return "The site was not synced yet."
    minutes = int((now - config.last_good_sync_at).total_seconds() // 60)
    return f"The site was last brought in line {minutes} min ago."
