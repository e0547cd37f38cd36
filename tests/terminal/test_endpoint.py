"""The webhook endpoint is made from the Stripe Config, proven by a real event, and renewed without a gap."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from flexspace.core.errors import DomainError
from terminal.endpoints import endpoints
from terminal.explain.hearing import PATIENCE, hearing
from terminal.models import StripeConfig, WebhookEvent
from terminal.services.endpoint import end_previous_endpoints, make_endpoint, prove_endpoint, webhook_address
from terminal.stripe_client.calls import API_VERSION
from tests.terminal.desk import ADMIN

pytestmark = pytest.mark.django_db(transaction=True)


def make(desk, token=None):
    make_endpoint(by=ADMIN, config=desk.config_now(), token=token or uuid4())
    endpoints.forget()
    return desk.config_now()


def prove(desk):
    prove_endpoint(by=ADMIN, config=desk.config_now(), now=timezone.now())
    return desk.deliver()


def at_stripe(desk):
    return {row["id"]: row for row in desk.api("webhook_endpoints", method="GET")["data"]}


def shown(desk, later=timedelta(0)):
    config = desk.config_now()
    return hearing(config, address=webhook_address(config), now=timezone.now() + later).badge


def test_endpoint_is_made_in_our_version_and_proven_by_an_event(desk):
    assert shown(desk) == "Not set up"
    config = make(desk)
    [endpoint] = at_stripe(desk).values()
    assert (endpoint["url"], endpoint["api_version"]) == (webhook_address(config), API_VERSION)
    assert "payment_intent.succeeded" in endpoint["enabled_events"]
    assert "*" not in endpoint["enabled_events"]
    assert shown(desk) == "Not proven yet"

    prove_endpoint(by=ADMIN, config=desk.config_now(), now=timezone.now())
    assert shown(desk).startswith("Waiting")
    assert shown(desk, PATIENCE) == "No event came"
    desk.deliver()
    assert shown(desk).startswith("Signed event received")
    assert {row.type for row in WebhookEvent.objects.all()} >= {"customer.created", "customer.deleted"}


@pytest.mark.parametrize(("seconds", "words"), [(0.4, "within a second of the test"), (7.2, "7 s after the test")])
def test_time_of_the_last_test_is_told_in_words(desk, seconds, words):
    make(desk)
    prove(desk)
    config = desk.config_now()
    config.webhook_asked_at = config.webhook_proven_at - timedelta(seconds=seconds)
    assert hearing(config, address="", now=timezone.now()).sentence == f"It came {words}."


def test_answer_that_was_lost_makes_no_second_endpoint(desk):
    desk.fault("answer_lost", "POST /v1/webhook_endpoints")
    token = uuid4()
    with pytest.raises(DomainError) as lost:
        make(desk, token)
    assert lost.value.code == "no_answer"
    make(desk, token)
    assert list(at_stripe(desk)) == [desk.config_now().webhook_endpoint_id]
    prove(desk)
    assert shown(desk).startswith("Signed event received")


def test_renewed_secret_and_the_one_before_are_both_accepted_until_the_new_one_is_proven_for_an_hour(desk):
    first = make(desk)
    prove(desk)
    second = make(desk)
    assert len(at_stripe(desk)) == 2
    assert second.webhook_secrets == [second.webhook_secret, first.webhook_secret]
    assert second.webhook_proven_at is None

    assert prove(desk) == 4  # two events, each by both endpoints
    now = timezone.now()
    assert end_previous_endpoints(now=now) == 0
    assert end_previous_endpoints(now=now + timedelta(hours=1, seconds=1)) == 1
    assert list(at_stripe(desk)) == [second.webhook_endpoint_id]
    assert desk.config_now().webhook_secrets == [second.webhook_secret]
    prove(desk)
    assert shown(desk).startswith("Signed event received")


def test_delivery_by_the_old_secret_does_not_prove_the_new_one(desk):
    make(desk)
    second = make(desk)
    desk.api(f"webhook_endpoints/{second.webhook_endpoint_id}", method="DELETE")
    prove(desk)
    assert WebhookEvent.objects.exists()
    assert desk.config_now().webhook_proven_at is None
    assert end_previous_endpoints(now=timezone.now() + timedelta(days=2)) == 0


def test_renewal_that_never_worked_gives_its_place_and_the_one_before_stays(desk, settings):
    first = make(desk)
    prove(desk)
    settings.SITE_URL = "http://nowhere.test"
    second = make(desk)
    settings.SITE_URL = "http://product.test"
    third = make(desk)
    assert set(at_stripe(desk)) == {first.webhook_endpoint_id, third.webhook_endpoint_id}
    assert third.webhook_secrets == [third.webhook_secret, first.webhook_secret]
    assert second.webhook_secret not in third.webhook_secrets
    prove(desk)
    assert shown(desk).startswith("Signed event received")


def test_third_one_within_the_hour_drops_the_first(desk):
    make(desk)
    prove(desk)
    second = make(desk)
    prove(desk)
    third = make(desk)
    assert set(at_stripe(desk)) == {second.webhook_endpoint_id, third.webhook_endpoint_id}
    assert third.webhook_secrets == [third.webhook_secret, second.webhook_secret]


def test_endpoint_whose_answer_was_lost_is_deleted_when_another_is_made(desk):
    by_hand = desk.api("webhook_endpoints", {"url": "http://else.test/x/", "enabled_events[0]": "*"})["id"]
    desk.fault("answer_lost", "POST /v1/webhook_endpoints")
    with pytest.raises(DomainError):
        make(desk)
    make(desk)  # from a page that was opened anew
    assert set(at_stripe(desk)) == {by_hand, desk.config_now().webhook_endpoint_id}


def test_key_that_may_not_list_endpoints_makes_one_all_the_same(desk):
    desk.control("accounts", {"key": desk.key, "restricted": ["webhook_read"]})
    config = make(desk)
    assert config.webhook_endpoint_id
    assert config.key_rights["webhook_read"]["state"] == "missing"


def test_only_the_first_delivery_after_a_change_writes_the_proof(desk):
    make(desk)
    prove(desk)
    proven = desk.config_now().webhook_proven_at
    desk.api("customers", {"name": "Somebody"})
    assert desk.deliver() == 1
    assert desk.config_now().webhook_proven_at == proven


def test_key_without_the_permission_is_told_which_one(desk):
    desk.control(
        "accounts", {"key": "rk_test_poor", "account": desk.config.account_id, "restricted": ["webhook_write"]}
    )
    StripeConfig.objects.filter(pk=desk.config.pk).update(secret_key="rk_test_poor")
    with pytest.raises(DomainError) as refused:
        make(desk)
    assert "webhook_write" in refused.value.message


def test_test_that_is_refused_keeps_the_earlier_proof(desk):
    make(desk)
    prove(desk)
    proven = desk.config_now().webhook_proven_at
    desk.control("accounts", {"key": desk.key, "restricted": ["customer_write"]})
    with pytest.raises(DomainError) as refused:
        prove(desk)
    assert "customer_write" in refused.value.message
    assert desk.config_now().webhook_proven_at == proven
    assert shown(desk).startswith("Signed event received")
