"""A real browser opens the first page without a word of complaint, and the fixture that listens does hear one."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_sign_in_page_opens_without_a_complaint(live_server, page):
    answer = page.goto(f"{live_server.url}/sign-in/")
    assert answer.status == 200
    assert page.get_by_role("button").count() >= 1


def test_violation_of_the_content_policy_is_heard(live_server, page):
    page.goto(f"{live_server.url}/sign-in/")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">x</p>')")
    page.wait_for_timeout(200)
    heard = list(page.complaints)
    page.complaints.clear()
    assert any("Content Security Policy" in text for text in heard)
