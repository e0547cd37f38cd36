"""Pages by cursor: the same rows as plain slicing, in both directions, whatever the ties."""

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flexspace.core.keyset import keyset_page
from flexspace.core.models import JobLease, Location

ORDERS = [("currency", "pk"), ("-currency", "-pk"), ("pk",), ("-pk",)]


def fill(currencies):
    Location.objects.all().delete()
    Location.objects.bulk_create(
        Location(name=f"L{n}", code=f"C{n}", time_zone="UTC", currency=currency, country="DE")
        for n, currency in enumerate(currencies)
    )


@pytest.mark.django_db
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    currencies=st.lists(st.sampled_from(["EUR", "JPY", "USD"]), max_size=17),
    order=st.sampled_from(ORDERS),
    size=st.integers(1, 6),
)
def test_walking_there_and_back_shows_every_row_once(currencies, order, size):
    fill(currencies)
    wanted = list(Location.objects.order_by(*order))
    pages, cursor = [], ""
    while True:
        page = keyset_page(Location.objects.all(), order=order, cursor=cursor, size=size)
        pages.append(page)
        assert len(pages) <= len(wanted) + 1
        cursor = page.older
        if not cursor:
            break
    assert [row for page in pages for row in page.rows] == wanted
    assert all(len(page.rows) == size for page in pages[:-1])
    assert pages[0].newer == ""
    for ahead, page in pairwise(pages):
        back = keyset_page(Location.objects.all(), order=order, cursor=page.newer, size=size)
        assert back.rows == ahead.rows
        assert bool(back.newer) == bool(ahead.newer)


@pytest.mark.django_db
@pytest.mark.parametrize("cursor", ["x", "====", "bnVsbA", "W10", "WyJmIl0", "WyJmIixbMV0sMl0", "🙂", "eyJhIjoxfQ"])
def test_unreadable_cursor_gives_the_first_page(cursor):
    fill(["EUR", "EUR", "JPY"])
    page = keyset_page(Location.objects.all(), order=("currency", "pk"), cursor=cursor, size=2)
    assert [row.name for row in page.rows] == ["L0", "L1"]
    assert page.newer == ""


@pytest.mark.django_db
@pytest.mark.parametrize("values", [["f", "EUR", "no number"], ["f", 5, 5], ["b", "EUR", 10**30], ["f", "\x00", 1]])
def test_cursor_with_values_of_the_wrong_kind_gives_a_page_and_no_error(values):
    import base64  # noqa: PLC0415
    import json  # noqa: PLC0415

    fill(["EUR"])
    cursor = base64.urlsafe_b64encode(json.dumps(values).encode()).decode()
    keyset_page(Location.objects.all(), order=("currency", "pk"), cursor=cursor, size=2)


@pytest.mark.django_db
def test_times_survive_the_cursor():
    from django.utils import timezone  # noqa: PLC0415

    now = timezone.now()
    JobLease.objects.bulk_create(JobLease(key=f"k{n}", last_started_at=now) for n in range(3))
    order = ("-last_started_at", "-key")
    first = keyset_page(JobLease.objects.all(), order=order, size=2)
    second = keyset_page(JobLease.objects.all(), order=order, cursor=first.older, size=2)
    assert [row.key for row in [*first.rows, *second.rows]] == ["k2", "k1", "k0"]
