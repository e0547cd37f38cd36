"""Mails about kept cards: what was agreed to, once a card; and that it expires, once for each month it ends in."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from billing.enums import NoticeKind
from billing.models import Notice, SavedCard
from flexspace.core.models import Location

BATCH = 500


def tell_kept(card: SavedCard, *, now: datetime) -> None:
    """Ask for the copy of what was agreed to, in the transaction that keeps ``card``; nothing without an address."""
    _queue([card], NoticeKind.CARD_KEPT, now=now)


def tell_expiring(*, now: datetime) -> int:
    """Ask for a mail about every card that is charged for dues and ends this month or the next, and return how many.

    A month is the one it is where the card was kept. Who was told of a card's month already is not told again.
    """
    asked = 0
    for place in Location.objects.all():
        first = place.today(now).replace(day=1)
        ends = [first, (first + timedelta(days=32)).replace(day=1)]
        cards = SavedCard.objects.usable().filter(is_default=True, location=place)
        for month in ends:
            rows = cards.filter(exp_year=month.year, exp_month=month.month).select_related("consent__location")
            asked += _in_batches(rows.select_related("member", "company").order_by("pk"), now)
    return asked


def _in_batches(rows: Iterable[SavedCard], now: datetime) -> int:
    cards, asked = list(rows), 0
    for start in range(0, len(cards), BATCH):
        asked += _queue(cards[start : start + BATCH], NoticeKind.CARD_EXPIRING, now=now)
    return asked


def _queue(cards: list[SavedCard], kind: NoticeKind, *, now: datetime) -> int:
    causes = {_cause(card, kind): card for card in cards if card.owner.email}
    told = Notice.objects.filter(kind=kind, cause__in=causes).values_list("cause", flat=True)
    for cause in list(told):
        del causes[cause]
    Notice.objects.bulk_create(
        [
            Notice(
                kind=kind,
                cause=cause,
                to=card.owner.email,
                location=card.consent.location,
                member=card.member,
                company=card.company,
                facts=_facts(card, kind),
                created_at=now,
                next_try_at=now,
            )
            for cause, card in causes.items()
        ],
        ignore_conflicts=True,  # somebody else has just asked for the same
    )
    return len(causes)


def _cause(card: SavedCard, kind: NoticeKind) -> str:
    return f"card:{card.uuid}" if kind is NoticeKind.CARD_KEPT else f"card:{card.uuid}:{card.exp_year}-{card.exp_month}"


def _facts(card: SavedCard, kind: NoticeKind) -> dict[str, str]:
    if kind is NoticeKind.CARD_KEPT:
        return {"card": str(card), "wording": card.consent.wording}
    assert card.exp_year is not None  # the caller chose by it
    assert card.exp_month is not None
    return {"card": str(card), "month": f"{date(card.exp_year, card.exp_month, 1):%B %Y}"}
