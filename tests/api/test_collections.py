"""What saved cards pay, over the API: read only, at a constant cost, of the token's own locations."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api.conftest import euro
from tests.terminal import saved
from tests.terminal.saved import night, owing

pytestmark = pytest.mark.django_db(transaction=True)


def test_collection_says_where_it_stands_and_its_attempt_how_it_went(desk, reader):
    invoice = owing(desk, card=saved.NO_MONEY)
    row = reader.get(f"collections/{invoice.uuid}/").json()
    assert row == reader.get("collections/").json()["data"][0]
    assert row == {
        "id": str(invoice.uuid),
        "number": invoice.number,
        "location": "HFN",
        "payer": {"type": "member", "id": str(invoice.member.uuid), "name": "Lena Fischer"},
        "open": euro(14500),
        "due_date": "2026-11-23",
        "state": "scheduled",
        "next_try_on": "2026-11-23",
        "tries": 0,
        "last_tried_at": None,
        "last_contact_at": None,
        "ask_at_visit": False,
        "reason": "",
        "sentence": "",
    }
    night(desk)
    row = reader.get(f"collections/{invoice.uuid}/").json()
    assert (row["state"], row["next_try_on"], row["tries"]) == ("retry", "2026-11-26", 1)
    assert (row["reason"], row["sentence"]) == ("", "The bank says: not enough funds")
    attempt = invoice.attempt_allocations.get().attempt
    shown = reader.get(f"attempts/{attempt.uuid}/").json()
    assert (shown["kind"], shown["reader"], shown["state"]) == ("off_session", None, "canceled")
    assert [lamp["name"] for lamp in shown["screen"]["lamps"]] == [
        "Sent",
        "Bank asked",
        "Bank declined",
        "Invoice paid",
    ]


def test_collections_are_filtered_and_stay_inside_the_tokens_locations(desk, yen_desk, reader):
    scheduled, gone = owing(desk), owing(desk, card=None)
    theirs = owing(yen_desk, 15000)
    night(desk)

    def found(**query):
        return [row["id"] for row in reader.get("collections/", **query).json()["data"]]

    assert found(state="needs_card") == [str(gone.uuid)]
    assert found(state="collected") == [str(scheduled.uuid)]
    assert reader.get("collections/", state="nonsense").status_code == 400
    assert reader.get(f"collections/{theirs.uuid}/").status_code == 404


@pytest.mark.parametrize("how_many", [1, 3])
def test_list_costs_the_same_for_one_and_three(desk, reader, how_many):
    for _ in range(how_many):
        owing(desk, card=None)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert len(reader.get("collections/").json()["data"]) == how_many
    reads = [one for one in queries if one["sql"].startswith("SELECT") and "billing_collection" in one["sql"]]
    assert len(reads) == 1
