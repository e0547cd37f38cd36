"""Roles, permissions and which role may do what. Pure: the one table to read."""

from enum import StrEnum


class Role(StrEnum):
    """What a person on the staff is."""

    VIEWER = "viewer"
    FRONT_DESK = "front_desk"
    MANAGER = "manager"
    ADMIN = "admin"

    @property
    def label(self) -> str:
        """Return the role as people say it."""
        return {"viewer": "Read-only", "front_desk": "Front desk", "manager": "Manager", "admin": "Admin"}[self.value]

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """Return the pairs a model field takes."""
        return [(role.value, role.label) for role in cls]


class Permission(StrEnum):
    """One thing a person may be allowed to do."""

    VIEW = "view"  # see members, invoices, payments, readers of own locations
    MEMBER_WRITE = "member.write"
    MEMBERSHIP_WRITE = "membership.write"  # start, change, pause, cancel; assign a desk or office, and end that
    BOOK = "book"  # rooms, and cancel a booking
    CHECK_IN = "check_in"  # and undo it
    DISCOUNT = "discount"
    CATALOGUE = "catalogue"  # plans, products, prices, tax rates
    RESOURCES = "resources"  # floors, desks, offices, rooms: make, change, archive
    INVOICE_WRITE = "invoice.write"  # draft, edit lines, issue
    INVOICE_VOID = "invoice.void"
    BILLING_RUN = "billing.run"  # bill a month: draft, approve, issue
    COLLECTIONS = "collections"  # the worklist of saved cards: charge now, stop, wait
    PAYMENT_RECORD = "payment.record"  # cash, transfer, cheque
    REFUND = "refund"  # money goes back, up to the role's limit at the location (billing.rules.refund_right)
    REFUND_LIMITS = "refund.limits"  # how much the others may let go back, by location
    MAIL = "mail"  # mail invoices and receipts, see what was mailed
    SELL = "sell"  # at the counter: open a sale, issue it by taking the money, drop it while nobody has paid
    CHARGE = "charge"  # start a charge on a reader, cancel one's own
    CHARGE_CANCEL_ANY = "charge.cancel_any"
    READER_RESET = "reader.reset"
    READER_SYNC = "reader.sync"
    STRIPE_CONFIG_VIEW = "stripe_config.view"
    STRIPE_CONFIG = "stripe_config.write"
    ACCESS_VIEW = "access.view"  # doors: who gets in and why, runs, seats
    ACCESS_SYNC = "access.sync"  # look again now, leave somebody for 7 days, tie a member to a SALTO KS user
    ACCESS_WRITE = "access.write"  # undo a run, unsubscribe or let go on what a run held back
    ACCESS_CONFIG = "access.config"  # connect SALTO KS, map groups, Sync Options
    EVENTS = "events"  # the log of what Stripe sent
    FLAGS = "flags"  # the manager's queue
    AUDIT = "audit"
    EXPORT = "export"  # take payments and payouts away as a file; each file is written down
    HEALTH = "health"  # whether everything runs, and the cure
    RESTORED = "restored"  # say that a restored database agrees with Stripe and the doors
    TOKENS = "tokens"


_VIEWER = frozenset({Permission.VIEW})
_FRONT_DESK = _VIEWER | {
    Permission.MEMBER_WRITE,
    Permission.MEMBERSHIP_WRITE,
    Permission.BOOK,
    Permission.CHECK_IN,
    Permission.SELL,
    Permission.PAYMENT_RECORD,
    Permission.REFUND,
    Permission.MAIL,
    Permission.CHARGE,
    Permission.CHARGE_CANCEL_ANY,
    Permission.READER_SYNC,
    Permission.ACCESS_VIEW,
    Permission.ACCESS_SYNC,
}
_MANAGER = _FRONT_DESK | {
    Permission.DISCOUNT,
    Permission.CATALOGUE,
    Permission.RESOURCES,
    Permission.INVOICE_WRITE,
    Permission.INVOICE_VOID,
    Permission.BILLING_RUN,
    Permission.COLLECTIONS,
    Permission.READER_RESET,
    Permission.STRIPE_CONFIG_VIEW,
    Permission.ACCESS_WRITE,
    Permission.EVENTS,
    Permission.FLAGS,
    Permission.AUDIT,
    Permission.EXPORT,
    Permission.HEALTH,
    Permission.RESTORED,
}
ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: _VIEWER,
    Role.FRONT_DESK: _FRONT_DESK,
    Role.MANAGER: _MANAGER,
    Role.ADMIN: frozenset(Permission),
}

# What an API token may carry, and the permissions each scope stands for.
SCOPES: dict[str, frozenset[Permission]] = {
    "read": frozenset({Permission.VIEW}),
    "charge": frozenset({Permission.VIEW, Permission.CHARGE}),
    "refund": frozenset({Permission.VIEW, Permission.REFUND}),
    "health": frozenset({Permission.HEALTH}),
}


def allows(role: str, permission: Permission) -> bool:
    """Return whether ``role`` has ``permission``; an unknown role has none."""
    try:
        return permission in ROLE_PERMISSIONS[Role(role)]
    except ValueError:
        return False
