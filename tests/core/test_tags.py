"""What the templates' own filters write."""

from datetime import UTC, datetime

from django.template import Context, Template


def test_in_zone_is_what_the_date_filter_writes():
    late = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
    text = Template("{{ at|in_zone:'Asia/Tokyo'|date:'j M Y H:i' }}").render(Context({"at": late}))
    assert text == "24 Nov 2026 01:00"
