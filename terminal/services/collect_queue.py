"""What waits to be charged, in order, and how an account has been doing."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from billing.dunning import NOT_AT_STRIPE
from billing.enums import DUE_STATES, CollectionState
from billing.models import Collection, SavedCard
from flexspace.core.models import Location
from terminal.enums import AttemptKind, AttemptState
from terminal.models import Attempt, LocationAccount

CHUNK = 200
LATELY = timedelta(hours=1)
WAIT_FOR_A_CARD = [CollectionState.NEEDS_CARD, CollectionState.NEEDS_AUTHENTICATION]


def due_collections(now: datetime) -> Iterator[tuple[int, int]]:
    """Yield what a run looks at: the id of a collection and of its Stripe account (0: none).

    First what is due on the day it is at each location, the longest due first; then what got another card.
    """
    accounts = dict(LocationAccount.objects.values_list("location_id", "config_id"))
    for rows, order in ((_due(now), ("next_try_on", "pk")), (_got_a_card(), ("pk",))):
        for collection_id, location_id in _in_chunks(rows, order):
            yield collection_id, accounts.get(location_id, 0)


def _due(now: datetime) -> "QuerySet[Collection]":
    where = Q(pk=None)
    for location in Location.objects.all():
        where |= Q(location=location, next_try_on__lte=location.today(now))
    return Collection.objects.filter(where, state__in=DUE_STATES)


def _got_a_card() -> "QuerySet[Collection]":
    """Return what waits for a card that no bank was asked for yet, or for its next day with a card never begun with."""
    begun = Attempt.objects.filter(
        kind=AttemptKind.OFF_SESSION,
        saved_card=OuterRef("pk"),
        allocations__invoice=OuterRef(OuterRef("invoice")),
    )
    theirs = Q(member=OuterRef("invoice__member")) | Q(company=OuterRef("invoice__company"))
    asked = begun.filter(Q(remote_id__isnull=False) | Q(last_code=NOT_AT_STRIPE))
    default = SavedCard.objects.usable().filter(theirs, is_default=True, refused_on=None, location=OuterRef("location"))
    announced = Q(invoice__auto_collect=True)  # the others asked for the money: a person says when a card is charged
    waits = Q(announced, Exists(default.filter(~Exists(asked))), state__in=WAIT_FOR_A_CARD)
    retry = Q(Exists(default.filter(~Exists(begun))), state=CollectionState.RETRY, tries__gt=0)
    return Collection.objects.filter(waits | retry)


def _in_chunks(rows: "QuerySet[Collection]", order: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Walk ``rows`` in ``order`` without holding them all; what moves away meanwhile is not met again."""
    last: tuple[object, ...] = ()
    while True:
        page = rows.filter(_beyond(order, last)) if last else rows
        found = list(page.order_by(*order).values_list("pk", "location_id", *order)[:CHUNK])
        for pk, location_id, *place in found:
            last = tuple(place)
            yield pk, location_id
        if len(found) < CHUNK:
            return


def _beyond(order: tuple[str, ...], last: tuple[object, ...]) -> Q:
    if len(order) == 1:
        return Q(pk__gt=last[0])
    return Q(**{f"{order[0]}__gt": last[0]}) | Q(**{order[0]: last[0], "pk__gt": last[1]})


def in_doubt(config_id: int) -> int:
    """Return how many charges of saved cards wait for an answer of Stripe's in an account."""
    rows = Attempt.objects.filter(kind=AttemptKind.OFF_SESSION, config=config_id, state=AttemptState.RESERVED)
    return rows.filter(unanswered__gt=0).count()


def failing_lately(config_id: int, *, now: datetime) -> tuple[int, Counter[str]]:
    """Return how many charges ended in an account within the hour, and how many failed by which code.

    A card that a bank refused did not fail here: that is one card's affair.
    """
    ended = Attempt.objects.filter(kind=AttemptKind.OFF_SESSION, config=config_id, finished_at__gte=now - LATELY)
    states = list(ended.values_list("state", "last_code"))
    return len(states), Counter(code for state, code in states if state == AttemptState.FAILED)
