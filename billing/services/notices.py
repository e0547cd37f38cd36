"""Mails: asked for at most once a cause, handed to one worker, and what became of them.

A notice goes queued → sending → sent or failed. Who sends claims it first, so it is sent at most once: a worker that
dies while it hands a mail over leaves ``sending``, which becomes ``failed`` after ten minutes and says that nobody
knows. Only a mail that the server surely did not take is tried again by itself; everything else is a person's choice.
"""

from collections.abc import Mapping
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F, Q, QuerySet

from billing.enums import NoticeKind, NoticeState
from billing.models import Invoice, Notice, Payment
from billing.rules import TOO_OLD, UNSURE_AFTER, is_stale, next_try
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.models import Location
from members.models import Company, Member

# What a kind's text needs beyond its rows: keys of ``Notice.facts``. Links are whole addresses of our own pages.
NEEDS: dict[NoticeKind, frozenset[str]] = {
    NoticeKind.INVOICE: frozenset(),
    NoticeKind.RECEIPT: frozenset(),
    NoticeKind.STRIPE_RECEIPT: frozenset(),
    NoticeKind.PAYMENT_FAILED: frozenset({"reason"}),  # a CollectionReason; also url, next_try_on (ISO day)
    NoticeKind.AUTHENTICATION_NEEDED: frozenset({"url"}),
    NoticeKind.PAY_LINK: frozenset({"url"}),  # also until (ISO time); amount and currency, else the invoice's rest
    NoticeKind.CARD_LINK: frozenset({"url"}),  # also until (ISO time)
    NoticeKind.CARD_KEPT: frozenset({"card", "wording"}),
    NoticeKind.CARD_EXPIRING: frozenset({"card", "month"}),  # also url
    NoticeKind.DOORS: frozenset({"subject", "said", "url"}),
    NoticeKind.REFUND: frozenset({"subject", "said", "url"}),
    NoticeKind.REFUNDED: frozenset({"refund", "amount", "currency"}),  # the uuid of the Refund, and what it gave back
    NoticeKind.DISPUTE: frozenset({"subject", "said", "url"}),
    NoticeKind.HEALTH: frozenset({"subject", "said", "url"}),  # in said, paragraphs are parted by blank lines
    NoticeKind.KEY_CHANGED: frozenset({"subject", "said", "url"}),
}
UNSURE = "It is not known whether this mail went out. Ask, or send it again."
STALE = "It lay too long to go out by itself. Send it again if it is still wanted."
STRIPES = Q(kind=NoticeKind.STRIPE_RECEIPT)  # what Stripe mails: our mail server has no part in it
RESTORED = (
    "The database was restored from a backup, so it may have gone out before. Send it again if it is still wanted."
)
MAILER = Actor.job("billing.notices")


@transaction.atomic
def queue_notice(
    *,
    by: Actor,
    kind: NoticeKind,
    cause: str,
    to: str,
    location: Location,
    now: datetime,
    member: Member | None = None,
    company: Company | None = None,
    invoice: Invoice | None = None,
    payment: Payment | None = None,
    facts: Mapping[str, object] | None = None,
) -> Notice:
    """Ask for one mail about ``cause`` (what happened, such as ``payment:<uuid>``) to the address ``to``.

    The same kind and cause again return the first notice and ask for nothing. Raises DomainError for what is no
    address, and ValueError when ``facts`` lack what the kind's text needs (``NEEDS``).
    """
    missing = NEEDS[kind] - set(facts or {})
    if missing:
        raise ValueError(f"A mail of kind {kind} needs {', '.join(sorted(missing))}.")
    notice, created = Notice.objects.get_or_create(
        kind=kind,
        cause=cause,
        defaults={
            "location": location,
            "member": member,
            "company": company,
            "invoice": invoice,
            "payment": payment,
            "to": address(to),
            "facts": dict(facts or {}),
            "created_at": now,
            "next_try_at": now,
        },
    )
    if created and by.kind in ("user", "token"):
        _record("billing.notice.asked", by, notice)
    return notice


def address(text: str) -> str:
    """Return a mail address without blanks around it; DomainError for anything else, line breaks above all."""
    found = text.strip()
    try:
        validate_email(found)
    except ValidationError:
        raise DomainError("That is not a mail address. Write it like name@example.org.", code="address") from None
    return found


def due_notices(now: datetime, *, stripes: bool = False, limit: int = 100) -> list[int]:
    """Return the ids of what is to be sent now, and of what was begun so long ago that its sender is gone.

    ``stripes`` asks for what Stripe sends, else for what we send.
    """
    due = Notice.objects.filter(next_try_at__lte=now, state__in=[NoticeState.QUEUED, NoticeState.SENDING])
    rows = due.filter(STRIPES if stripes else ~STRIPES)
    return list(rows.order_by("next_try_at").values_list("pk", flat=True)[:limit])


def claim(notice_id: int, *, now: datetime, stripes: bool = False) -> Notice | None:
    """Take a notice for sending, or return None: somebody else has it, it is not due, or only a person may send it.

    No two callers get the same one. The caller reports by ``sent``, ``put_off``, ``failed`` or ``drop``. One
    that Stripe sends (``stripes``) is taken again after its taker was killed: Stripe can be asked whether it has the
    address.
    """
    mine = Notice.objects.filter(STRIPES if stripes else ~STRIPES, pk=notice_id, next_try_at__lte=now)
    states = [NoticeState.QUEUED, *([NoticeState.SENDING] if stripes else [])]
    fresh = mine.filter(state__in=states, next_try_at__gt=now - TOO_OLD)
    if fresh.update(state=NoticeState.SENDING, tries=F("tries") + 1, next_try_at=now + UNSURE_AFTER, error=""):
        return Notice.objects.select_related("location", "member", "company", "invoice", "payment").get(pk=notice_id)
    _give_up(mine.first(), now=now)
    return None


def _give_up(notice: Notice | None, *, now: datetime) -> None:
    """Hand what nobody may send any more by itself to people: interrupted, or left lying."""
    if notice is None or notice.next_try_at is None:
        return
    if notice.state == NoticeState.SENDING:
        failed(notice, error=UNSURE)
    elif notice.state == NoticeState.QUEUED and is_stale(notice.next_try_at, now):
        _end(notice, NoticeState.QUEUED, NoticeState.FAILED, action="billing.notice.failed", error=STALE)


@transaction.atomic
def hold_back(*, by: Actor) -> int:
    """Send nothing more by itself of what a restored database holds ready; return how many only people may send now."""
    rows = Notice.objects.filter(state__in=[NoticeState.QUEUED, NoticeState.SENDING])
    held = list(rows.select_for_update().values_list("pk", flat=True))
    rows.filter(pk__in=held).update(state=NoticeState.FAILED, next_try_at=None, error=RESTORED)
    if held:
        audit.record("billing.notice.held_back", by=by, about=[], after={"count": str(len(held))}, reason=RESTORED)
    return len(held)


def sent(notice: Notice, *, subject: str, text: str, now: datetime) -> None:
    """Write down that the mail server took a claimed notice, and in which words."""
    words = {**notice.facts, "sent": {"subject": subject, "text": text}}
    _end(notice, NoticeState.SENDING, NoticeState.SENT, action="billing.notice.sent", facts=words, sent_at=now)


def put_off(notice: Notice, *, error: str, now: datetime) -> None:
    """Write down that the server surely did not take a claimed notice: later again, or never by itself."""
    again = next_try(notice.tries, now)
    if again is None:
        failed(notice, error=error)
        return
    _as_seen(notice, NoticeState.SENDING).update(state=NoticeState.QUEUED, next_try_at=again, error=error[:300])


def failed(notice: Notice, *, error: str) -> None:
    """Write down that a claimed notice is not sent by itself any more, and why."""
    _end(notice, NoticeState.SENDING, NoticeState.FAILED, action="billing.notice.failed", error=error[:300])


def drop(notice: Notice) -> None:
    """Send a claimed notice no more: what it says is not true any more."""
    _as_seen(notice, NoticeState.SENDING).update(state=NoticeState.DROPPED, next_try_at=None)


@transaction.atomic
def send_again(*, by: Actor, notice: Notice, now: datetime) -> Notice:
    """Let a failed notice go out once more, because a person says so; Conflict when it did not fail."""
    rows = Notice.objects.filter(pk=notice.pk, state=NoticeState.FAILED)
    if not rows.update(state=NoticeState.QUEUED, tries=0, next_try_at=now, error=""):
        raise Conflict("This mail is on its way or was sent meanwhile. Nothing was done.", code="notice_not_failed")
    notice.refresh_from_db()
    _record("billing.notice.again", by, notice)
    return notice


@transaction.atomic
def _end(notice: Notice, before: NoticeState, after: NoticeState, *, action: str, **changes: object) -> None:
    """Move the notice if it still is what the caller has seen; one that was taken over is left alone."""
    if _as_seen(notice, before).update(state=after, next_try_at=None, **changes):
        notice.refresh_from_db()
        _record(action, MAILER, notice)


def _as_seen(notice: Notice, state: NoticeState) -> "QuerySet[Notice]":
    """Return the notice if nobody claimed it since: every claim sets a moment of its own."""
    return Notice.objects.filter(pk=notice.pk, state=state, next_try_at=notice.next_try_at)


def _record(action: str, by: Actor, notice: Notice) -> None:
    rows = (notice, notice.invoice, notice.payment, notice.member, notice.company)
    audit.record(
        action,
        by=by,
        about=[row for row in rows if row],
        location=notice.location,
        after={"kind": notice.kind, "to": notice.to, **_mode(notice)},
        reason=notice.error,
    )


def _mode(notice: Notice) -> dict[str, bool]:
    """Return whether Stripe mails a receipt at all: with a test key it does not."""
    stripes = notice.kind == NoticeKind.STRIPE_RECEIPT and notice.payment is not None
    return {"livemode": notice.payment.livemode} if stripes and notice.payment else {}
