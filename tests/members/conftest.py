"""What the tests of members share."""

import pytest
import time_machine

from members.signals import entitlements_changed


@pytest.fixture
def told():
    """Return the list of members whose rights were said to change, one list a signal."""
    heard = []

    def hear(member_ids, **_kwargs):
        heard.append(member_ids)

    entitlements_changed.connect(hear)
    yield heard
    entitlements_changed.disconnect(hear)


@pytest.fixture
def noon():
    """Let it be 23 November 2026, noon in Berlin."""
    with time_machine.travel("2026-11-23T11:00:00Z", tick=False):
        yield
