"""Numbers and small rules of everything SALTO KS. Pure."""

from datetime import timedelta

# Hosts of SALTO's own installations end so; anything else is a stand-in.
SALTO_DOMAINS = ("my-clay.com", "saltoks.com")
PRODUCTION_HOST = "connect.my-clay.com"

LOSSES = frozenset({"expired", "ended", "cancelled", "used_up"})  # after these, and no others, a seat may be freed
MANY_ALWAYS_ALLOWED = 5  # removals that never trip the breaker: a quarter of three people is no catastrophe
REMOVAL_SHARE = 0.25  # of our grants in one run
SHRUNK_SHARE = 0.20  # fewer users than the last complete run saw
CLOCK_SKEW = timedelta(seconds=60)  # between our clock and SALTO's
BETWEEN_FLIPS = timedelta(hours=1)  # subscribed by us, and unsubscribed again, at the earliest
SNAPSHOT_LIFE = timedelta(seconds=60)  # older ones decide nothing that takes something away
NEW_USER_LAG = timedelta(minutes=3)  # SALTO KS may not know a user it has just made: asked again each minute
HOLD = timedelta(days=7)  # "leave for 7 days"
UNDO_LIFE = timedelta(hours=24)
SIGN_IN_LIFE = timedelta(minutes=10)  # of one trip to SALTO's sign-in page
REFRESH_AHEAD = timedelta(minutes=5)
SEATS_WARN_PERCENT = 80
SYNC_OLD = timedelta(hours=2)  # a last good run before that is told, and mailed
SYNC_LOST = timedelta(hours=24)  # before that: told once more, in red
NOT_SEATED = "not_seated"  # the problem of somebody whom SALTO KS does not subscribe though seats are free
PEOPLE_IN_PAGE = 200  # at a site; a preview of more is made by a worker, because its page would wait too long
LOOK_LIFE = timedelta(minutes=10)  # a look at a site that has not ended by then never will
PEOPLE_AT_ONCE = 40  # in a run for some people; more are a full run
ADMIN_ROLES = frozenset({"site_admin", "site_owner", "super_user", "site_super_user"})
POD_ROLES = frozenset({"site_pod_member", "site_pod_guest"})
PLAIN_ROLES = frozenset({"site_user", "site_mobile_user", "site_guest"})


def is_salto_host(host: str | None) -> bool:
    """Return whether ``host`` is one of SALTO's own."""
    return bool(host) and any(host == domain or str(host).endswith(f".{domain}") for domain in SALTO_DOMAINS)


def same_address(email: str) -> str:
    """Return the address as it is compared: SALTO KS and people differ in capitals."""
    return email.strip().casefold()
