"""A counter in Berlin with products on the shelf, and the sandbox's reader beside it."""

import pytest

from members.enums import ProductKind
from tests.factories.passes import make_product
from tests.terminal.conftest import clock, desk, no_real_waits, stripe  # noqa: F401  (fixtures)


@pytest.fixture
def shelf(hafen):
    """Return the products of Hafenplatz by their key."""
    return {
        "D": make_product(hafen, shortcut="D"),
        "H": make_product(hafen, name="Half day", kind=ProductKind.HALF_DAY, price=1500, shortcut="H"),
        "T": make_product(hafen, name="Ten days", kind=ProductKind.PACK, credits=10, price=19900, shortcut="T"),
        "P": make_product(hafen, name="Printing", kind=ProductKind.SERVICE, price=300, shortcut="P"),
    }


@pytest.fixture
def till(client, ben, hafen, shelf):
    """Return Ben's browser at the counter."""
    client.force_login(ben)
    return client
