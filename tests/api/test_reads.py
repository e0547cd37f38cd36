"""Lists and rows: what is in them, page by page, at a constant cost, and without a write."""

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from billing.services.invoicing import void
from flexspace.core.actors import Actor
from members.services.members import archive_member
from terminal.models import Attempt, Reader
from tests.api.conftest import euro
from tests.factories.billing import make_draft, make_issued_invoice, make_payment
from tests.factories.members import make_company, make_member

pytestmark = pytest.mark.django_db


def test_member(reader, hafen):
    company = make_company(hafen, name="Studio Tiefgang GmbH")
    member = make_member(hafen, name="Lena Fischer", email="lena@example.com", phone="+49 176 1", company=company)
    row = reader.get(f"members/{member.uuid}/").json()
    assert row == reader.get("members/").json()["data"][0]
    assert row == {
        "id": str(member.uuid),
        "name": "Lena Fischer",
        "email": "lena@example.com",
        "phone": "+49 176 1",
        "company": {"id": str(company.uuid), "name": "Studio Tiefgang GmbH"},
        "location": "HFN",
        "created_at": row["created_at"],
        "archived_at": None,
    }


def test_archived_member_is_in_no_list_and_can_still_be_read(reader, hafen):
    member = make_member(hafen)
    archive_member(by=Actor.job("test"), member=member, now=timezone.now())
    assert reader.get("members/").json()["data"] == []
    assert reader.get(f"members/{member.uuid}/").json()["archived_at"]


def test_members_of_a_company(reader, hafen):
    company = make_company(hafen)
    inside, _ = make_member(hafen, company=company), make_member(hafen)
    found = reader.get("members/", company=company.uuid).json()["data"]
    assert [row["id"] for row in found] == [str(inside.uuid)]


def test_invoice_with_lines_and_what_was_paid(reader, hafen):
    invoice = make_issued_invoice(hafen, 14500)
    payment = make_payment(invoice, 4500)
    row = reader.get(f"invoices/{invoice.uuid}/").json()
    assert row == reader.get("invoices/").json()["data"][0]
    assert (row["total"], row["paid"], row["open"]) == (euro(14500), euro(4500), euro(10000))
    assert row["payer"] == {"type": "member", "id": str(invoice.member.uuid), "name": "Lena Fischer"}
    assert (row["number"], row["location"], row["issue_date"]) == (invoice.number, "HFN", "2026-11-23")
    assert [(line["description"], line["unit"], line["gross"]) for line in row["lines"]] == [
        ("Hot desk", euro(14500), euro(14500))
    ]
    assert row["allocations"] == [
        {"payment": str(payment.uuid), "amount": euro(4500), "received_at": "2026-11-23T09:00:00Z"}
    ]
    paid = reader.get(f"payments/{payment.uuid}/").json()
    assert paid == reader.get("payments/").json()["data"][0]
    assert (paid["amount"], paid["method"], paid["payer"]["id"]) == (
        euro(4500),
        "card_reader",
        str(invoice.member.uuid),
    )
    assert paid["allocations"] == [{"invoice": str(invoice.uuid), "number": invoice.number, "amount": euro(4500)}]


def test_yen_stay_whole(program, kiyosumi):
    make_issued_invoice(kiyosumi, 14500)
    row = program(at=[kiyosumi]).get("invoices/").json()["data"][0]
    assert row["total"] == {"amount": 14500, "currency": "JPY"}


def test_invoice_filters(reader, hafen):
    company = make_company(hafen)
    draft, due, paid, gone = (
        make_draft(hafen),
        make_issued_invoice(hafen, company=company),
        make_issued_invoice(hafen),
        make_issued_invoice(hafen),
    )
    make_payment(paid)
    void(by=Actor.job("test"), invoice=gone, reason="twice", now=timezone.now())

    def found(**query):
        return [row["id"] for row in reader.get("invoices/", **query).json()["data"]]

    assert found(status="draft") == [str(draft.uuid)]
    assert found(status="open") == [str(due.uuid)]
    assert found(status="paid") == [str(paid.uuid)]
    assert found(status="void") == [str(gone.uuid)]
    assert found(member=paid.member.uuid) == [str(paid.uuid)]
    assert found(company=company.uuid) == [str(due.uuid)]
    assert found(number=paid.number.lower()) == [str(paid.uuid)]
    assert found(number="HFN") == []
    assert found(status="open", member=paid.member.uuid) == []


@pytest.mark.parametrize("query", [{}, {"status": "open"}])
def test_pages_walk_there_and_back_and_meet_every_row_once(reader, hafen, query):
    rows = {str(make_issued_invoice(hafen).uuid) for _ in range(5)}
    seen, cursor, answers = [], None, []
    while True:
        answer = reader.get("invoices/", limit=2, **query, **({"cursor": cursor} if cursor else {})).json()
        answers.append([row["id"] for row in answer["data"]])
        seen += answers[-1]
        cursor = answer["next"]
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == 5
    assert set(seen) == rows
    before = reader.get("invoices/", limit=2, cursor=answer["previous"], **query).json()
    assert [row["id"] for row in before["data"]] == answers[1]


def test_cursor_of_another_list_or_order_is_refused(reader, hafen):
    for _ in range(2):
        make_payment(make_issued_invoice(hafen))
        make_issued_invoice(hafen)
    cursor = reader.get("invoices/", limit=1).json()["next"]
    assert reader.get("invoices/", limit=1, cursor=cursor).status_code == 200
    for path, query in (("payments/", {}), ("invoices/", {"status": "open"}), ("members/", {})):
        answer = reader.get(path, cursor=cursor, **query)
        assert answer.status_code == 400
        assert list(answer.json()["error"]["fields"]) == ["cursor"]
    assert reader.get("invoices/", cursor=cursor[:-1] + "!").status_code == 400


# Without the two for the token and what its rate costs. A held reader's attempt brings its parts and flags.
LISTS = {"members/": 1, "invoices/": 3, "payments/": 4, "readers/": 4}


def writes(seen):
    """Return the statements that change rows, but for the rate's counter and the token's last use."""
    changing = [query["sql"] for query in seen if query["sql"].split()[0] in ("INSERT", "UPDATE", "DELETE")]
    return [sql for sql in changing if "django_cache" not in sql and '"last_used_at"' not in sql]


def about_rows(seen):
    """Return the statements that are neither the rate's nor the token's."""
    own = ("django_cache", "SAVEPOINT", "core_apitoken")
    return [query["sql"] for query in seen if not any(name in query["sql"] for name in own)]


@pytest.mark.parametrize(("path", "queries"), LISTS.items())
def test_list_costs_the_same_for_one_row_and_for_three_and_writes_nothing(two_readers, reader, path, queries):
    hafen = two_readers.location
    for count in (1, 2):
        for _ in range(count):
            make_payment(make_issued_invoice(hafen, company=make_company(hafen)), 100)
        two_readers.start(make_issued_invoice(hafen), reader=two_readers.readers[count - 1])
        Attempt.objects.update(holds_reader=True, state="unknown", remote_id=F("uuid"))
        with CaptureQueriesContext(connection) as seen:
            assert reader.get(path).json()["data"]
        assert len(about_rows(seen)) == queries, "\n".join(about_rows(seen))
        assert writes(seen) == []
        assert not [sql for sql in about_rows(seen) if "COUNT(" in sql]


def test_reading_one_writes_nothing(desk, till):
    invoice = desk.invoice()
    payment = make_payment(desk.invoice())
    attempt = desk.start(invoice)
    paths = {
        f"members/{invoice.member.uuid}/": 1,
        f"invoices/{invoice.uuid}/": 3,
        f"payments/{payment.uuid}/": 4,
        f"readers/{desk.reader.stripe_id}/": 3,
        f"attempts/{attempt.uuid}/": 3,
    }
    for path, queries in paths.items():
        with CaptureQueriesContext(connection) as seen:
            assert till.get(path).status_code == 200
        assert writes(seen) == []
        assert len(about_rows(seen)) <= queries, (path, about_rows(seen))


def test_readers_say_what_they_do(two_readers, reader):
    attempt = two_readers.start(two_readers.invoice())
    Attempt.objects.update(holds_reader=True, state="waiting", remote_id="pi_1")
    Reader.objects.exclude(pk=attempt.reader.pk).update(status="offline")
    rows = {row["label"]: row for row in reader.get("readers/").json()["data"]}
    busy = rows.pop(attempt.reader.label)
    off = rows.popitem()[1]
    assert (busy["state"], busy["attempt"], busy["location"]) == ("busy", str(attempt.uuid), "HFN")
    assert busy["id"].startswith("tmr_")
    assert (off["state"], off["attempt"]) == ("offline", None)
    assert "(simulated)" in off["model"]
    assert reader.get(f"readers/{busy['id']}/").json() == busy


def test_invoice_names_its_pdf_and_the_same_token_reads_it(reader, hafen, settings):
    invoice = make_issued_invoice(hafen)
    address = reader.get(f"invoices/{invoice.uuid}/").json()["pdf"]
    assert address == f"{settings.SITE_URL}/api/v1/invoices/{invoice.uuid}/pdf/"
    answer = reader.get(f"invoices/{invoice.uuid}/pdf/")
    assert (answer.status_code, answer["Content-Type"], answer.content[:5]) == (200, "application/pdf", b"%PDF-")


def test_pdf_of_another_location_is_not_there(reader, kiyosumi):
    invoice = make_issued_invoice(kiyosumi, 16500)
    assert reader.get(f"invoices/{invoice.uuid}/pdf/").status_code == 404
