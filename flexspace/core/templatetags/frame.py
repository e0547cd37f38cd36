"""What only the frame around every page asks for: its navigation, the person's locations, the server's clock."""

from dataclasses import dataclass

from django import template
from django.conf import settings
from django.template import Context
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from flexspace.core.roles import Permission, Role

register = template.Library()


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of the main navigation; a ``wide`` one moves under "More" on a phone."""

    url: str
    icon: str
    label: str
    wide: bool
    here: bool


# Url name, the url names it stands for, icon, label, moves under "More", permission.
_NAVIGATION: list[tuple[str, tuple[str, ...], str, str, bool, Permission]] = [
    ("portal:home", ("portal:home",), "concierge-bell", "Front desk", False, Permission.VIEW),
    ("desk:sell", ("desk:",), "shopping-basket", "Sell", False, Permission.SELL),
    (
        "members:member_list",
        ("members:member", "members:company"),  # memberships too
        "users",
        "Members",
        False,
        Permission.VIEW,
    ),
    (
        "billing:invoice_list",
        ("billing:invoice", "billing:draft", "billing:payer"),
        "receipt-text",
        "Invoices",
        False,
        Permission.VIEW,
    ),
    ("billing:run_list", ("billing:run",), "calendar-check", "Billing", True, Permission.BILLING_RUN),
    ("billing:collections", ("billing:collection",), "hand-coins", "Collections", True, Permission.COLLECTIONS),
    ("billing:payment_list", ("billing:payment",), "credit-card", "Payments", False, Permission.VIEW),
    ("billing:outbox", ("billing:outbox", "billing:notice"), "mail", "Outbox", True, Permission.MAIL),
    (
        "members:plan_list",
        ("members:plan", "members:product", "members:tax_rate"),
        "tags",
        "Plans & products",
        True,
        Permission.VIEW,
    ),
    (
        "members:room_list",
        ("members:room", "members:resource", "members:assignment", "members:booking"),
        "armchair",
        "Resources",
        True,
        Permission.VIEW,
    ),
    (
        "access:overview",
        ("access:overview", "access:run", "access:member", "access:user"),
        "door-open",
        "Access",
        True,
        Permission.ACCESS_VIEW,
    ),
    ("terminal:readers", ("terminal:reader",), "radio-receiver", "Readers", True, Permission.VIEW),
    ("terminal:flags", ("terminal:flag",), "flag", "Needs a look", True, Permission.FLAGS),
    (
        "terminal:differences",
        ("terminal:difference", "terminal:payout"),
        "scale",
        "Stripe and we",
        True,
        Permission.FLAGS,
    ),
    (
        "terminal:config",
        (
            "terminal:config",
            "terminal:account",
            "terminal:webhook_secret",
            "terminal:stripe_",
            "terminal:location_map",
            "terminal:event",
        ),
        "sliders-horizontal",
        "Stripe Config",
        True,
        Permission.STRIPE_CONFIG_VIEW,
    ),
    (
        "access:connections",
        ("access:connection", "access:mapping", "access:options"),
        "key-round",
        "SALTO KS",
        True,
        Permission.ACCESS_CONFIG,
    ),
    ("portal:health", ("portal:health",), "heart-pulse", "Health", True, Permission.HEALTH),
    ("portal:activity", ("portal:activity",), "activity", "Activity", True, Permission.AUDIT),
]


@register.simple_tag(takes_context=True)
def navigation(context: Context) -> list[NavItem]:
    """Return the main navigation of the signed-in person; what is not mounted is left out."""
    user = context["user"]
    match = getattr(context.get("request"), "resolver_match", None)
    name = match.view_name if match else ""
    items = []
    for to, stands_for, icon, label, wide, permission in _NAVIGATION:
        if not user.may(permission):
            continue
        try:
            url = reverse(to)
        except NoReverseMatch:
            continue
        items.append(NavItem(url, icon, label, wide, name.startswith(stands_for)))
    return items


@register.simple_tag
def now_ms() -> str:
    """Return the server's time as Unix milliseconds, by which the page corrects the desk's clock."""
    return str(int(timezone.now().timestamp() * 1000))


@register.simple_tag
def practice_staff() -> list[dict[str, str]]:
    """Return one made-up person a role for one-click sign-in; nobody outside practice mode."""
    if not settings.DEMO:
        return []
    first: dict[str, dict[str, str]] = {}
    for person in settings.DEMO_STAFF:
        first.setdefault(person["role"], {**person, "role_label": Role(person["role"]).label})
    return list(first.values())


@register.simple_tag
def mail_folder() -> str:
    """Return the folder mails are written to instead of being sent; "" where a mail server is set up."""
    to_files = str(settings.EMAIL_BACKEND).endswith("filebased.EmailBackend")
    return str(settings.EMAIL_FILE_PATH) if to_files else ""


@register.filter
def initials(name: str) -> str:
    """Return one or two letters for a round picture."""
    words = str(name).split()
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


@register.filter
def first_word(name: str) -> str:
    """Return what a person is called in passing."""
    return (str(name).split() or [""])[0]


@register.filter
def hue(pk: int | None) -> int:
    """Return which of the six avatar colours a row gets; always the same one."""
    return (pk or 0) % 6 + 1
