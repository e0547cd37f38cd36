"""Tokens of links: made the same every time, read back, and worth nothing when changed."""

import datetime as dt
from uuid import UUID

import pytest

from terminal.services.link_tokens import BadLink, LinkKind, make_token, read_token

AT = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
ID = UUID("12345678-1234-5678-1234-567812345678")
TOKEN = make_token(LinkKind.PAY, ID, at=AT)


def test_token_is_read_back():
    assert read_token(LinkKind.PAY, TOKEN) == (ID, AT)


def test_token_is_the_same_for_the_same_id_and_time():
    assert make_token(LinkKind.PAY, ID, at=AT) == TOKEN
    assert make_token(LinkKind.PAY, ID, at=AT + dt.timedelta(seconds=1)) != TOKEN


def test_token_shows_no_id_and_fits_a_small_code():
    assert str(ID) not in TOKEN
    assert (len(TOKEN), TOKEN.isascii()) == (71, True)


@pytest.mark.parametrize(
    "token",
    ["", "x", ".", TOKEN[1:], TOKEN[:-1], TOKEN.replace(".", ".A", 1), "A" + TOKEN[1:],
     make_token(LinkKind.CARD, ID, at=AT), "ü.x"],
    ids=["empty", "short", "dot", "cut at the front", "cut at the end", "other signature", "other id", "other kind",
         "not ascii"],
)  # fmt: skip
def test_changed_token_is_refused(token):
    with pytest.raises(BadLink):
        read_token(LinkKind.PAY, token)


def test_secret_that_was_rolled_still_counts_while_it_is_listed(settings):
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another"
    assert read_token(LinkKind.PAY, TOKEN) == (ID, AT)
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(BadLink):
        read_token(LinkKind.PAY, TOKEN)
