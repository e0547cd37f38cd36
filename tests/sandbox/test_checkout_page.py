"""The hosted page: what it shows, where its buttons lead, and that nothing gets in."""

import re
from typing import Any

import pytest

from tests.sandbox.checkout import SITE, line, opened, payment, press, read, setup
from tests.sandbox.desk import Desk


def page(desk: Desk, session: Any, query: str = "") -> str:
    answer = desk.session.get(f"{SITE}/c/pay/{session.id}{query}")
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize(
    ("params", "words", "button"),
    [(payment(), "€145.00", "Pay €145.00"), (setup(), "Save your card", "Save card")],
)
def test_page_shows_what_is_asked(desk: Desk, params: Any, words: str, button: str) -> None:
    session = opened(desk, {**params, "cancel_url": "http://shop.test/back"})
    text = page(desk, session)
    assert words in text
    assert re.search(rf'id="pay"[^>]*><svg.*</svg>{button}</button>', text)
    assert 'href="http://shop.test/back"' in text
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|<script", text) == []
    assert text.count("<h1") == 1


def test_page_may_lead_to_the_shop_only(desk: Desk) -> None:
    session = opened(desk, payment())
    policy = desk.session.get(f"{SITE}/c/pay/{session.id}").headers["Content-Security-Policy"]
    assert "form-action 'self' http://shop.test;" in policy


def test_test_card_is_filled_in(desk: Desk) -> None:
    session = opened(desk, payment())
    assert f'href="/c/pay/{session.id}?card=4000002760003184"' in page(desk, session)
    assert 'value="4000 0027 6000 3184"' in page(desk, session, "?card=4000002760003184")


def test_payment_leads_to_the_success_page_with_the_session(desk: Desk) -> None:
    session = opened(desk, payment())
    answer = press(desk, session, card="4242 4242 4242 4242")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"http://shop.test/done?session={session.id}"
    assert "You are done here" in page(desk, session)
    assert read(desk, session).payment_status == "paid"


def test_decline_stays_on_the_page_and_says_so(desk: Desk) -> None:
    session = opened(desk, payment())
    answer = press(desk, session, card="4000000000009995")
    assert (answer.status_code, "Your card has insufficient funds." in answer.text) == (200, True)
    assert press(desk, session, card="12").text.count("Your card number is incorrect.") == 1


def test_bank_asks_and_the_answer_decides(desk: Desk) -> None:
    session = opened(desk, setup())
    first = press(desk, session, card="4000002500003155")
    assert first.headers["Location"] == f"/c/pay/{session.id}"
    assert "Your bank asks" in page(desk, session)
    failed = press(desk, session, do="authenticate", passed="0")
    assert "unable to authenticate" in failed.text
    press(desk, session, card="4000002500003155")
    done = press(desk, session, do="authenticate", passed="1")
    assert done.headers["Location"] == f"http://shop.test/done?session={session.id}"


def test_expired_page_says_so_and_leads_back(desk: Desk) -> None:
    session = opened(desk, payment(cancel_url="http://shop.test/back"))
    before = page(desk, session)
    desk.v1.checkout.sessions.expire(session.id)
    assert "This page has expired" not in before
    assert "This page has expired" in page(desk, session)
    assert "This page has expired" in press(desk, session, card="4242424242424242").text
    assert desk.of_account("GET", "books")["totals"] == {}


def test_page_escapes_what_it_is_told(desk: Desk) -> None:
    session = opened(desk, payment(line_items=[line(name="<b>Bill</b>")]))
    text = page(desk, session, '?card="><b>')
    assert "<b>Bill" not in text
    assert '"><b>' not in text
    assert "&lt;b&gt;Bill" in text


def test_page_of_no_session_is_not_found(desk: Desk) -> None:
    assert desk.session.get(f"{SITE}/c/pay/cs_test_none").status_code == 404


def test_two_presses_are_one_payment(desk: Desk) -> None:
    session = opened(desk, payment())
    press(desk, session, card="4242424242424242")
    press(desk, session, card="4242424242424242")
    assert len(desk.of_account("GET", "books")["intents"]) == 1
