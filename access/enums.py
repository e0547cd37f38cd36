"""Kinds and states of doors: SALTO KS connections, people, groups and runs."""

from flexspace.core.choices import Choices


class ConnectionState(Choices):
    """Where a connection to SALTO KS stands."""

    NEW = "new"  # nobody has signed in yet
    CHOOSE_SITE = "choose_site"  # signed in; which site is not said
    READY = "ready"
    BROKEN = "broken"  # somebody has to do something: ``problem`` says what


class Source(Choices):
    """What is mapped to an access group."""

    PLAN = "plan"
    LOCATION = "location"
    FLOOR = "floor"
    RESOURCE = "resource"
    DAY_PASS = "day_pass"  # noqa: S105
    BOOKING = "booking"


class WhenFull(Choices):
    """What happens when somebody needs a seat and none is free."""

    WAIT = "wait"  # in order of start, until one is free
    SKIP = "skip"  # reported, and tried again in every run


class ProtectionKind(Choices):
    """What a protection names."""

    PERSON = "person"  # a SALTO KS user's platform id
    ROLE = "role"  # a role's code
    DOMAIN = "domain"  # the part of the e-mail address behind the @


class Origin(Choices):
    """How we came to know a SALTO KS user."""

    NONE = "none"  # seen at the site; nobody of ours
    CREATED = "created"
    ADOPTED = "adopted"


class SubscriptionState(Choices):
    """What SALTO KS says; its web app calls ``suspended`` unsubscribed."""

    SUBSCRIBED = "subscribed"
    SUSPENDED = "suspended"


class RunKind(Choices):
    """What a run looks at."""

    FULL = "full"
    PEOPLE = "people"  # those who were changed, or whose time has come
    PREVIEW = "preview"  # planned and shown, never applied


class RunState(Choices):
    """What became of a run."""

    RUNNING = "running"
    DONE = "done"
    PARTLY = "partly"  # some steps failed, or the breaker held some back
    FAILED = "failed"  # the site could not be read


class StepKind(Choices):
    """One thing a plan does, in the order in which a run does it: what frees a seat stands before what takes one."""

    REMOVE = "remove"  # out of a group that we put them in
    FORGET = "forget"  # strike a grant that is no longer there from our ledger; no call
    UNSUBSCRIBE = "unsubscribe"
    LINK = "link"  # tie a member to the user of the same address; no call
    SUBSCRIBE = "subscribe"
    CREATE = "create"  # invite
    ADD = "add"  # into a group


class StepState(Choices):
    """What became of a step."""

    PLANNED = "planned"
    HELD_BACK = "held_back"  # the breaker held it back
    DONE = "done"
    FAILED = "failed"  # planned anew in the next run
    NO_SEAT = "no_seat"
    DROPPED = "dropped"  # somebody's rights changed, or who it is about, before it was done
    UNDONE = "undone"


class FindingKind(Choices):
    """What a run saw and did not touch."""

    STRAY = "stray"  # a user nobody of ours is
    NO_REASON = "no_reason"  # in a mapped group, without a reason of ours
    OPENS_NOTHING = "opens_nothing"  # takes a seat and is in no group
    WAITING = "waiting"  # no seat is free
    PROTECTED = "protected"  # would have been changed
    HELD = "held"  # would have lost something, but is to be left for now
    MATCH = "match"  # a user of the same address has to be adopted by somebody
    AMBIGUOUS = "ambiguous"  # several people of ours, or of SALTO's, share the address
    NO_EMAIL = "no_email"  # cannot be invited
    GONE = "gone"  # removed from the site by somebody
    SUSPENDED_BY_STAFF = "suspended_by_staff"
    SUBSCRIBED_BY_STAFF = "subscribed_by_staff"
    TAKEN_OUT = "taken_out"  # out of a group that we put them in
    UNMANAGED = "unmanaged"  # linked, and left to staff
    NO_SCHEDULE = "no_schedule"  # a mapped group without a time schedule opens nothing
    GROUP_GONE = "group_gone"  # a mapped group was deleted in SALTO KS


class Alert(Choices):
    """What turns a connection amber: somebody should act before people stand outside."""

    STOPPED = "stopped"  # nothing follows, or something is held back, until somebody does something
    SEATS = "seats"  # most of them are in use
    OLD = "old"  # no good run for hours


class StopCode(Choices):
    """Why a run held something back."""

    INCOMPLETE = "incomplete"
    SITE_EXPIRED = "site_expired"
    OTHER_SITE = "other_site"
    OWN_USER = "own_user"
    CLOCK = "clock"
    RESTORED = "restored"
    SHRUNK = "shrunk"
    NO_MAPPINGS = "no_mappings"
    MANY_UNSUBSCRIBES = "many_unsubscribes"
    MANY_REMOVALS = "many_removals"
