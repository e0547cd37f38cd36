"""What may be posted to the webhook, and what it may cause: an insert and a read, never a belief."""

import json
import time
import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from billing.models import Payment
from sandbox.webhooks import signature
from terminal.event_handlers import process_event
from terminal.models import StripeConfig, WebhookEvent
from terminal.services.accounts import save_webhook_secret
from terminal.stripe_client import BadSignature, read_event, verify_signature
from tests.terminal.desk import ADMIN
from tests.terminal.hostile import BODIES

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.terminal.urls")]
SECRET, OLD = "whsec_a_secret_of_tests", "whsec_the_one_before"


@pytest.fixture
def config(db):
    return StripeConfig.objects.create(
        name="A",
        account_id="acct_1",
        country="DE",
        currency="EUR",
        secret_key="sk_test_x",
        webhook_secret=SECRET,
        webhook_proven_at=timezone.now(),
    )


def event(kind="payment_intent.succeeded", obj=None, **more):
    shown = {"id": "pi_1", "object": "payment_intent"} if obj is None else obj
    return {"id": f"evt_{uuid.uuid4().hex}", "object": "event", "type": kind, "livemode": False,
            "data": {"object": shown}, **more}  # fmt: skip


def post(config, body, *, header=None, at=None, secret=SECRET, **extra):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    signed = header if header is not None else signature(secret, raw, int(at or time.time()))
    return Client().post(f"/test-webhooks/{config.webhook_uuid}/", data=raw, content_type="application/json",
                         HTTP_STRIPE_SIGNATURE=signed, **extra)  # fmt: skip


def stored():
    return WebhookEvent.objects.count()


def process_all(at=None):
    for pk in WebhookEvent.objects.filter(next_try_at__lte=at or timezone.now()).values_list("pk", flat=True):
        process_event(pk, now=at or timezone.now())


def test_good_event_is_stored_once_and_sets_no_cookie(config):
    good = event()
    answers = [post(config, good) for _ in range(5)]
    assert {(answer.status_code, answer.content, tuple(answer.cookies)) for answer in answers} == {(200, b"", ())}
    assert stored() == 1
    assert not any(answer.has_header("Set-Cookie") for answer in answers)


def test_new_and_repeated_event_cost_the_same_queries_with_one_insert(config):
    good, counts = event(), []
    post(config, event())  # from then on the account is known
    for _ in range(3):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            post(config, good)
        inserts = [query["sql"] for query in queries if query["sql"].startswith("INSERT")]
        counts.append((len(queries), len(inserts)))
    assert [inserts for _, inserts in counts] == [1, 1, 1]
    assert len({total for total, _ in counts}) == 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda body: body.replace(b"pi_1", b"pi_2"),
        lambda body: body[:-1],
        lambda body: body + b" ",
        lambda body: b"",
        lambda body: json.dumps(json.loads(body), indent=1).encode(),
    ],
    ids=["changed", "truncated", "longer", "empty", "reformatted"],
)
def test_body_that_was_touched_is_refused(config, damage):
    body = json.dumps(event()).encode()
    answer = post(config, damage(body), header=signature(SECRET, body, int(time.time())))
    assert (answer.status_code, answer.content, stored()) == (400, b"", 0)


@pytest.mark.parametrize("secret", ["whsec_of_somebody_else", "", " ", SECRET.removeprefix("whsec_")])
def test_body_signed_with_another_secret_is_refused(config, secret):
    assert (post(config, event(), secret=secret).status_code, stored()) == (400, 0)


@pytest.mark.parametrize(("age", "status"), [(301, 400), (299, 200), (0, 200), (-299, 200), (-301, 400)])
def test_signature_is_good_for_five_minutes_in_both_directions(config, clock, age, status):
    assert (post(config, event(), at=time.time() - age).status_code, stored()) == (status, int(status == 200))


@pytest.mark.parametrize(
    "header",
    ["", "nonsense", "t=1", "v1=00", "t=,v1=00", "t=abc,v1=00", "t=-1,v1=00", "t=٣,v1=00", "t=1,t=2,v1=00",
     "t=" + "9" * 400 + ",v1=00", "t=1,v0=00", ",,,=,=", "t=1,v1=" + "é" * 50, "t=1,v1=" * 500],
)  # fmt: skip
def test_malformed_signature_is_refused_without_an_error(header):
    with pytest.raises(BadSignature):
        verify_signature(b"{}", header, [SECRET], now=1.0)


def test_any_of_several_signatures_will_do(config):
    raw = json.dumps(event()).encode()
    good = signature(SECRET, raw, int(time.time()))
    assert post(config, raw, header=good.replace(",v1=", ",v1=" + "0" * 64 + ",v0=x,v1=")).status_code == 200


def test_both_secrets_are_good_while_one_is_rolled_and_then_only_the_last_two(config):
    config.webhook_secret = OLD
    config.save()
    save_webhook_secret(by=ADMIN, config=config, secret=SECRET)
    assert [post(config, event(), secret=secret).status_code for secret in (OLD, SECRET)] == [200, 200]
    save_webhook_secret(by=ADMIN, config=config, secret="whsec_the_next_one")
    after = [post(config, event(), secret=secret).status_code for secret in (OLD, SECRET, "whsec_the_next_one")]
    assert after == [400, 200, 200]


@pytest.mark.parametrize("blank", ["", " "])
def test_account_without_a_secret_believes_nobody(config, blank):
    StripeConfig.objects.filter(pk=config.pk).update(webhook_secret=blank, webhook_secret_previous=blank)
    assert [post(config, event(), secret=secret).status_code for secret in ("", " ")] == [400, 400]


def test_unknown_endpoint_is_refused_like_a_bad_signature(config):
    config.webhook_uuid = uuid.uuid4()
    assert (post(config, event()).status_code, stored()) == (400, 0)


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options"])
def test_other_methods_are_refused(config, method):
    answer = getattr(Client(), method)(f"/test-webhooks/{config.webhook_uuid}/")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


def test_large_body_is_refused_before_it_is_read(config):
    assert post(config, b"x" * 1_048_577).status_code == 413
    assert post(config, b"x" * 1_048_576).status_code == 400
    assert post(config, event(), CONTENT_LENGTH=str(10**40)).status_code == 413
    assert stored() == 0


@pytest.mark.parametrize("length", ["abc", "-1", "1e3", "٣", " "])
def test_odd_length_is_no_error(config, length):
    assert (post(config, event(), CONTENT_LENGTH=length).status_code, stored()) == (400, 0)


def test_client_needs_no_token_of_a_form(config):
    raw = json.dumps(event()).encode()
    answer = Client(enforce_csrf_checks=True).post(
        f"/test-webhooks/{config.webhook_uuid}/", data=raw, content_type="application/json",
        HTTP_STRIPE_SIGNATURE=signature(SECRET, raw, int(time.time())),
    )  # fmt: skip
    assert answer.status_code == 200


@pytest.mark.parametrize("more", [{"livemode": True}, {"account": "acct_other"}])
def test_event_of_the_other_mode_or_account_is_taken_and_dropped(config, more):
    assert (post(config, event(**more)).status_code, stored()) == (200, 0)


@pytest.mark.parametrize("signed", [True, False], ids=["signed", "unsigned"])
def test_hostile_bodies_are_never_an_error_of_ours(config, signed):
    assert len(BODIES) > 150
    allowed = {200, 400} if signed else {400}
    answers = {body: post(config, body, header=None if signed else "t=1,v1=00").status_code for body in BODIES}
    assert {body[:80]: status for body, status in answers.items() if status not in allowed} == {}
    process_all()
    states = set(WebhookEvent.objects.values_list("state", flat=True))
    assert (Payment.objects.count(), states) == (0, {"ignored", "failed"} if signed else set())


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["id", "object", "type", "data", "livemode", "x"]), inner)
    ),
)


@given(st.binary(max_size=300) | values.map(lambda value: json.dumps(value).encode()))
def test_any_body_is_an_event_or_refused(body):
    try:
        read = read_event(body)
    except BadSignature:
        return
    assert isinstance(read["data"]["object"], dict)


def test_type_that_nothing_depends_on_is_ignored(config):
    post(config, event("customer.created"))
    process_all()
    assert list(WebhookEvent.objects.values_list("state", "tries", "next_try_at")) == [("ignored", 1, None)]
