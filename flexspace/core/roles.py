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
    INVOICE_WRITE = "invoice.write"  # draft, edit lines, issue
    INVOICE_VOID = "invoice.void"
    PAYMENT_RECORD = "payment.record"  # cash, transfer, cheque
    CHARGE = "charge"  # start a charge on a reader, cancel one's own
    CHARGE_CANCEL_ANY = "charge.cancel_any"
    READER_RESET = "reader.reset"
    READER_SYNC = "reader.sync"
    STRIPE_CONFIG_VIEW = "stripe_config.view"
    STRIPE_CONFIG = "stripe_config.write"
    EVENTS = "events"  # the log of what Stripe sent
    FLAGS = "flags"  # the manager's queue
    AUDIT = "audit"
    TOKENS = "tokens"


_VIEWER = frozenset({Permission.VIEW})
_FRONT_DESK = _VIEWER | {
    Permission.MEMBER_WRITE,
    Permission.PAYMENT_RECORD,
    Permission.CHARGE,
    Permission.CHARGE_CANCEL_ANY,
    Permission.READER_SYNC,
}
_MANAGER = _FRONT_DESK | {
    Permission.INVOICE_WRITE,
    Permission.INVOICE_VOID,
    Permission.READER_RESET,
    Permission.STRIPE_CONFIG_VIEW,
    Permission.EVENTS,
    Permission.FLAGS,
    Permission.AUDIT,
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
}


def allows(role: str, permission: Permission) -> bool:
    """Return whether ``role`` has ``permission``; an unknown role has none."""
    try:
        return permission in ROLE_PERMISSIONS[Role(role)]
    except ValueError:
        return False
