"""What happened, in words."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from flexspace.core.audit_words import WORDS
from flexspace.core.models import AuditEvent
from flexspace.core.sentences import tell
from terminal.enums import AttemptState
from tests.factories.members import make_member
from tests.repo.test_templates import icon_names


def event(action, **fields):
    return AuditEvent(action=action, actor_kind="user", actor_id="1", actor_label="Mia", **fields)


@pytest.mark.parametrize("count", [1, 3])
def test_activity_costs_the_same_whatever_it_shows(client, mia, hafen, fill, count, django_assert_num_queries):
    fill(hafen, count)
    client.force_login(mia)
    with django_assert_num_queries(8):
        page = client.get("/activity/")
    assert page.content.decode().count("timeline__item") >= 5 * count


def test_front_desk_may_not_read_it(client, ben):
    client.force_login(ben)
    page = client.get("/activity/")
    assert page.status_code == 403
    assert "This is not for your role" in page.content.decode()


def test_only_own_locations_are_told(client, mia, ada, hafen, kiyosumi, fill):
    fill(kiyosumi, name="Haruto Sato")
    client.force_login(mia)
    assert "Haruto" not in client.get("/activity/").content.decode()
    client.force_login(ada)
    assert "Haruto" in client.get("/activity/").content.decode()


def test_kinds_filter(client, mia, hafen, fill):
    fill(hafen)
    client.force_login(mia)
    people = client.get("/activity/", {"kind": "people"}).content.decode()
    assert "Lena Fischer 0 added" in people
    assert "issued" not in people
    assert "issued" in client.get("/activity/", {"kind": "invoices"}).content.decode()
    assert client.get("/activity/", {"kind": "no such"}).status_code == 200


def test_pages_follow_each_other(client, mia, hafen):
    for number in range(60):
        make_member(hafen, name=f"Person {number:02}")
    client.force_login(mia)
    first = client.get("/activity/").content.decode()
    (older,) = re.findall(r'rel="next" href="\?at=([^"&]+)', first)
    second = client.get("/activity/", {"at": older}).content.decode()
    assert "Person 59 added" in first
    assert "Person 00 added" not in first
    assert "Person 00 added" in second


@pytest.mark.parametrize(
    "cursor", ["x", "WyJmIiwiYWJjIiwxXQ", "WyJmIiwxLDFd", "WyJmIiwiMjAyNi0xMS0yM1QwOTowMDowMFoiLCJ4Il0"]
)
def test_a_typed_cursor_gives_the_first_page(client, mia, hafen, fill, cursor):
    fill(hafen)
    client.force_login(mia)
    assert "Lena Fischer 0" in client.get("/activity/", {"at": cursor}).content.decode()


def test_every_action_in_the_code_has_words():
    code = "".join(
        path.read_text()
        for app in ("members", "billing", "terminal", "access")
        for path in (Path(settings.BASE_DIR) / app / "services").glob("*.py")
    )
    used = set(re.findall(r'"((?:members|billing|terminal|access)\.[a-z_]+\.[a-z_]+)"', code))
    used |= {f"terminal.attempt.{state.value}" for state in AttemptState if state is not AttemptState.RESERVED}
    assert {action for action in used if tell(event(action)).icon == "circle-dot"} == set()


def test_icons_of_the_table_exist():
    assert {words[2] for words in WORDS.values()} - icon_names() == set()


def test_sentences_read_money_and_names():
    facts = {"amount": 14500, "currency": "EUR", "reader": "Front desk"}
    assert tell(event("terminal.attempt.succeeded", after=facts)).sentence == "€145.00 paid on Front desk"


@pytest.mark.parametrize("action", sorted(WORDS))
def test_a_fact_that_is_missing_breaks_no_sentence(action):
    assert "{" not in tell(event(action)).sentence


def test_a_fact_cannot_reach_into_python():
    facts = {"account": "{0.__class__} {amount}"}
    assert tell(event("terminal.account.added", after=facts)).sentence == "Stripe account {0.__class__} {amount} added"


def test_an_unknown_action_reads_as_words():
    assert tell(event("access.door.opened_late")).sentence == "Door opened late"
