"""What somebody typed or edited that is no text for the database."""

import pytest


@pytest.mark.parametrize("path", ["/invoices/", "/members/", "/invoices/new/", "/search/"])
def test_typed_nul_finds_nothing_and_breaks_nothing(client, ada, hafen, path):
    client.force_login(ada)
    assert client.get(path, {"q": "\x00", "at": "\x00", "cursor": "\x00"}).status_code == 200
