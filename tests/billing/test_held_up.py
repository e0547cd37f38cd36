"""What is held up until somebody puts something right, and what becomes of it when it is put off instead."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.queries.collections import charged_on, month_pictures, tab_of
from tests.billing.test_collection_pages import R, S, collected, page, text, went

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("why", "then"),
    [(R.MAIL_NOT_SENT, "Will be charged to Visa"), (R.NO_ACCOUNT, "Not charged yet. This location has no")],
)
def test_what_is_put_off_leaves_held_up_and_its_new_day_is_said_where_it_can_be_kept(client, hafen, mia, why, then):
    today = hafen.today(timezone.now())
    row, until = went(collected(hafen), S.SCHEDULED, on=today, reason=why, counts=False), today + timedelta(days=2)
    assert page(client, mia).context["tab"] == "held"
    url = reverse("billing:collection_wait", args=[row.invoice.uuid])
    said = text(client.post(url, {"until": until.isoformat()}, follow=True))
    assert ("Held up" in said.split("What happened")[0], then in said) == (False, True)
    tabs = {key: count for key, _label, count in page(client, mia).context["tabs"]}
    assert (tabs["held"], tabs["scheduled"]) == (0, 1)
    assert ([share.name for share in month_pictures(mia, today)[0].shares], tab_of(row, today)) == (
        ["Scheduled"], "held",
    )  # fmt: skip
    row.refresh_from_db()
    assert tab_of(row, today) == "scheduled"
    assert charged_on(row.invoice, today) == (None if why is R.NO_ACCOUNT else until)
