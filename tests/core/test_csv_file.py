"""CSV files: what a cell holds, times with their offset, and a walk that keeps a batch in memory."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from flexspace.core.csv_file import cell, csv_download, in_batches, moment
from flexspace.core.models import Location


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("Ada", "Ada"),
        (None, ""),
        (-12, "-12"),
        (Decimal("-20.00"), "-20.00"),
        ("=1+1", "'=1+1"),
        ("+49 30 1234", "'+49 30 1234"),
        ("-20.00", "'-20.00"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r\n=1", "'\r\n=1"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),
        ("a=b", "a=b"),
    ],
)
def test_cell_starts_no_formula(value, written):
    assert cell(value) == written


def test_time_is_written_with_the_offset_of_its_zone():
    at = datetime(2026, 7, 1, 22, 30, 5, 999, tzinfo=UTC)
    assert moment(at, ZoneInfo("Europe/Berlin")) == "2026-07-02T00:30:05+02:00"
    assert moment(None, ZoneInfo("Asia/Tokyo")) == ""


def test_download_quotes_what_holds_commas_and_is_utf_8():
    answer = csv_download("x.csv", ["Name", "Amount"], [['Köln, "Mitte"', Decimal("1.50")], ["=1", 2]])
    body = b"".join(answer.streaming_content)
    assert body.decode("utf-8-sig") == 'Name,Amount\r\n"Köln, ""Mitte""",1.50\r\n\'=1,2\r\n'
    assert body.startswith(b"\xef\xbb\xbf")
    assert answer["Content-Disposition"] == 'attachment; filename="x.csv"'


@pytest.mark.django_db
def test_walk_in_batches_reads_each_row_once_and_only_when_it_is_wanted():
    Location.objects.all().delete()
    Location.objects.bulk_create(
        Location(name=f"L{n}", code=f"C{n}", time_zone="UTC", currency="EUR", country="DE") for n in range(7)
    )
    rows = in_batches(Location.objects.all(), order=("-currency", "-pk"), size=3)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert next(rows).name == "L6"
    assert len(asked) == 1
    assert [row.name for row in rows] == ["L5", "L4", "L3", "L2", "L1", "L0"]
