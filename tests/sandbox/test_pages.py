"""The pages: they show what is, their forms work without a script, and nothing gets in."""

import re

import pytest

from tests.sandbox.desk import Desk

SITE = "http://stripe.test"


def page(desk: Desk, path: str) -> str:
    answer = desk.session.get(SITE + path)
    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self'")
    return answer.text


def press(desk: Desk, path: str, **form: str) -> str | None:
    answer = desk.session.post(SITE + path, data=form, allow_redirects=False)
    assert answer.status_code == 303
    return answer.headers["Location"]


@pytest.mark.parametrize("path", ["/", "/mischief", "/readers/{reader}"])
def test_page_has_no_inline_style_or_script(desk: Desk, path: str) -> None:
    desk.waiting()
    text = page(desk, path.format(reader=desk.reader))
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|<script>", text) == []
    assert text.count("<h1") == 1


def test_page_of_nothing_is_not_found(desk: Desk) -> None:
    statuses = [
        desk.session.get(SITE + path).status_code
        for path in ("/readers/tmr_none", "/nothing", "/static/none.css", "/static/../routes.py")
    ]
    assert statuses == [404, 404, 404, 404]


def test_reader_page_shows_the_amount_and_takes_the_card(desk: Desk) -> None:
    intent = desk.waiting(config={"enable_customer_cancellation": True})
    path = f"/readers/{desk.reader}"
    assert "€145.00" in page(desk, path)
    assert 'id="b-cancel"' in page(desk, path)

    back = press(desk, path, do="tap", method="tap", card="4242424242424242")

    assert back == path
    assert desk.get_intent(intent).status == "succeeded"
    assert "Approved" in page(desk, path)


def test_reader_page_takes_the_pin_and_the_cancel_button(desk: Desk) -> None:
    path = f"/readers/{desk.reader}"
    first = desk.waiting(1002)
    press(desk, path, do="tap", method="tap", card="4242424242424242")
    assert "Enter PIN" in page(desk, path)
    press(desk, path, do="pin", pin="1234")
    assert desk.get_intent(first).status == "succeeded"
    desk.waiting(config={"enable_customer_cancellation": True})
    press(desk, path, do="cancel")
    assert desk.get_reader().action.failure_code == "customer_canceled"


def test_reader_page_says_why_a_card_was_not_taken(desk: Desk) -> None:
    answer = desk.session.post(
        f"{SITE}/readers/{desk.reader}",
        data={"do": "tap", "method": "tap", "card": "4242424242424242"},
        headers={"Accept": "application/json"},
    )
    assert answer.json() == {"said": "The reader is not waiting for a card."}


def test_reader_page_switches_faults(desk: Desk) -> None:
    path = f"/readers/{desk.reader}"
    press(desk, path, do="fault", name="offline", on="1")
    assert desk.get_reader().status == "offline"
    press(desk, path, do="fault", name="offline", on="")
    assert desk.get_reader().status == "online"
    press(desk, path, do="fault", name="ack-lost", on="1")
    assert page(desk, path).count('aria-checked="true"') == 1
    press(desk, path, do="well")
    assert 'aria-checked="true"' not in page(desk, path)


def test_reader_page_escapes_names(desk: Desk) -> None:
    desk.v1.terminal.readers.update(desk.reader, {"label": "<b>Desk</b>"})
    assert "<b>Desk" not in page(desk, f"/readers/{desk.reader}")
    assert "&lt;b&gt;Desk" in page(desk, "/")


def test_mischief_page_switches_on_and_all_well(desk: Desk) -> None:
    press(desk, "/mischief", account=desk.account, do="on", kind="unavailable", times="",
          match="POST /v1/customers", seconds="0")  # fmt: skip
    faults = desk.of_account("GET", "faults")["faults"]
    assert [(one["kind"], one["times"]) for one in faults] == [("unavailable", None)]
    assert "until switched off" in page(desk, "/mischief")
    press(desk, "/mischief", account=desk.account, do="well")
    assert desk.of_account("GET", "faults")["faults"] == []


def test_mischief_page_does_what_the_dashboard_can(desk: Desk) -> None:
    intent = desk.intent()
    press(desk, "/mischief", account=desk.account, do="deed", deed="cancel_intent", id=intent.id)
    assert desk.get_intent(intent).status == "canceled"


def test_form_of_another_site_is_refused(desk: Desk) -> None:
    answer = desk.session.post(
        f"{SITE}/readers/{desk.reader}",
        data={"do": "fault", "name": "offline", "on": "1"},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 403
    assert desk.get_reader().status == "online"
