"""Each check by itself: from which figure on it is amber and red, and that it says so with a cure."""

import pytest

from flexspace.core.levels import Level, worst
from flexspace.core.said import span
from flexspace.portal.health import machine, outside
from flexspace.portal.health.check import Check, by_age, overall
from flexspace.portal.health.machine import Job, Queue
from flexspace.portal.health.outside import Account

GREEN, AMBER, RED, UNWATCHED = Level.GREEN, Level.AMBER, Level.RED, Level.UNWATCHED
MINUTE, HOUR, DAY = 60, 3600, 86400


def account(**known):
    facts = {"heard": "ok", "heard_said": "", "event_age": 60, "read_age": 30, "ahead": 0.3}
    return Account(**{"pk": 1, "name": "Hafenplatz GmbH", **facts, **known})


def job(age, period=60.0):
    return Job("readers: read", period, age)


CASES = [
    (machine.database(0.004), GREEN, "4 ms"),
    (machine.database(0.8), AMBER, "800 ms"),
    (machine.broker(True), GREEN, "Answers"),
    (machine.broker(False), RED, "Does not answer"),
    (machine.schedule([job(60), job(239)]), GREEN, "All 2 jobs"),
    (machine.schedule([job(60), job(240)]), AMBER, "1 of 2 jobs is late"),
    (machine.schedule([job(240), job(600)]), RED, "2 of 2 jobs are late, most of all “readers: read”: every 1 min"),
    (machine.schedule([job(7 * HOUR, 6.0 * HOUR)]), GREEN, "All 1 jobs"),
    (machine.schedule([job(13 * HOUR, 6.0 * HOUR)]), AMBER, "every 6 h, last begun 13 h ago"),
    (machine.schedule([job(None)]), RED, "No job ever began"),
    (machine.attempts(Queue(0, 0)), GREEN, "Nothing waits"),
    (machine.attempts(Queue(3, 59)), GREEN, "3 steps of payments wait, the oldest for 59 s"),
    (machine.attempts(Queue(1, MINUTE)), AMBER, "1 step of a payment waits, for 1 min"),
    (machine.attempts(Queue(3, 5 * MINUTE)), RED, "5 min"),
    (machine.events(Queue(1, 119)), GREEN, "1 event of Stripe’s waits"),
    (machine.events(Queue(2, 120)), AMBER, "2 events of Stripe’s wait"),
    (machine.events(Queue(2, 30 * MINUTE)), RED, "30 min"),
    (machine.events(Queue(0, 0, given_up=2)), AMBER, "2 of the last week"),
    (machine.mails(Queue(4, 10 * MINUTE - 1)), GREEN, "4 mails wait"),
    (machine.mails(Queue(4, 10 * MINUTE)), AMBER, "10 min"),
    (machine.mails(Queue(4, HOUR)), RED, "1 h"),
    (machine.rechecks(Queue(9, 4 * HOUR - 1)), GREEN, "9 closed payments wait"),
    (machine.rechecks(Queue(9, 4 * HOUR)), AMBER, "4 h"),
    (machine.rechecks(Queue(9, DAY)), RED, "24 h"),
    (machine.collecting(Queue(1, 2 * DAY - 1)), GREEN, "47 h"),
    (machine.collecting(Queue(1, 2 * DAY)), AMBER, "1 invoice to be collected waits"),
    (machine.collecting(Queue(1, 4 * DAY)), RED, "4 days"),
    (machine.backups("", None, 26), UNWATCHED, "Not watched"),
    (machine.backups("/b", None, 26), RED, "no file /b"),
    (machine.backups("/b", 26 * HOUR - 1, 26), GREEN, "25 h old"),
    (machine.backups("/b", 26 * HOUR, 26), AMBER, "26 h old"),
    (machine.backups("/b", 52 * HOUR, 26), RED, "2 days old"),
    (outside.reading(account()), GREEN, "30 s ago"),
    (outside.reading(account(read_age=5 * MINUTE)), AMBER, "5 min ago"),
    (outside.reading(account(read_age=30 * MINUTE)), RED, "30 min ago"),
    (outside.reading(account(read_age=None)), RED, "never"),
    (outside.reading(account(read_error="Stripe does not accept the key.")), AMBER, "now: Stripe does not accept"),
    (outside.webhooks(account()), GREEN, "Proven; the last event came 1 min ago"),
    (outside.webhooks(account(event_age=None)), GREEN, "Proven; no event yet"),
    (outside.webhooks(account(heard="idle")), GREEN, "Being tested"),
    (outside.webhooks(account(heard="warn", heard_said="Not set up. Ask.")), AMBER, "Not set up. Ask. The last"),
    (outside.webhooks(account(heard="bad", heard_said="No event came.")), RED, "No event came."),
    (outside.webhooks(account(moved_from="https://old.example/x")), RED, "posts to https://old.example/x"),
    (outside.webhooks(account(silent=True, event_age=25 * HOUR)), AMBER, "no event came for 24 hours; the last"),
    (outside.agreement(account()), UNWATCHED, "Not compared yet"),
    (outside.agreement(account(compare_error="No answer")), AMBER, "Not compared yet: the next round does. Now: No"),
    (outside.agreement(account(compared_age=9 * MINUTE)), GREEN, "Compared 9 min ago; both say the same"),
    (outside.agreement(account(compared_age=HOUR, compare_error="No answer")), AMBER, "Now: No answer"),
    (outside.agreement(account(compared_age=DAY)), RED, "Compared"),
    (outside.agreement(account(compared_age=60, differences=2)), AMBER, "2 differences are open"),
    (outside.webhooks(account(unheard_payment=40 * MINUTE)), AMBER, "succeeded 40 min ago and no event followed"),
    (outside.clock(account(ahead=None)), UNWATCHED, "Not measured yet"),
    (outside.clock(account(ahead=-1.4)), GREEN, "Less than two seconds"),
    (outside.clock(account(ahead=-29.0)), GREEN, "29 s behind Stripe"),
    (outside.clock(account(ahead=30.0)), AMBER, "30 s ahead of Stripe"),
    (outside.clock(account(ahead=-150.0)), RED, "150 s behind Stripe"),
    (outside.secrets(account()), GREEN, "No permission"),
    (outside.secrets(account(missing=("Charges: read",))), AMBER, "1 permission is missing from the key: Charges"),
    (outside.secrets(account(missing=("A", "B"))), AMBER, "2 permissions are missing from the key: A, B"),
    (outside.secrets(account(renewing=True, asked_age=599)), GREEN, "No permission"),
    (outside.secrets(account(renewing=True, asked_age=600)), AMBER, "tested 10 min ago"),
    (outside.secrets(account(renewing=True, asked_age=None)), AMBER, "nothing was signed with it so far."),
    (outside.doors("doors:1:old", "Harbour", "Seats", RED, "10 of 10."), RED, "10 of 10."),
]


@pytest.mark.parametrize(("check", "level", "said"), CASES, ids=[f"{row[0].name} {row[2]}" for row in CASES])
def test_check(check, level, said):
    assert check.level is level
    assert said in check.said
    if level.rank:
        assert check.cure
    if level is GREEN:
        assert not check.cure


def test_overall_is_the_worst_and_what_is_not_watched_is_no_trouble():
    made = {level: Check("health:x", "X", level, "") for level in Level}
    assert overall([]) is GREEN
    assert overall([made[UNWATCHED], made[GREEN]]) is GREEN
    assert overall([made[AMBER], made[UNWATCHED]]) is AMBER
    assert overall([made[GREEN], made[RED], made[AMBER]]) is RED
    assert worst([UNWATCHED]) is GREEN


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (7200, "2 h"),
        (47 * 3600, "47 h"),
        (2 * DAY, "2 days"),
    ],
)
def test_lengths_of_time(seconds, words):
    assert span(seconds) == words


@pytest.mark.parametrize(("age", "level"), [(9, GREEN), (10, AMBER), (19, AMBER), (20, RED)])
def test_limits_belong_to_what_is_worse(age, level):
    assert by_age(age, amber=10, red=20) is level
