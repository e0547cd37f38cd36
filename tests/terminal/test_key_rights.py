"""What a restricted key may do: reads are tried, writes are proven by use, and a 403 anywhere is kept."""

from uuid import uuid4

import pytest

from flexspace.core.errors import DomainError
from terminal.models import StripeConfig
from terminal.rights import RIGHTS
from terminal.services.accounts import save_account
from terminal.services.endpoint import make_endpoint
from terminal.services.fleet import rename_reader
from terminal.services.key_rights import check_rights, rights_of
from tests.terminal.desk import ADMIN
from tests.terminal.test_fleet import register, second_place

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def restricted(desk, clock):
    """Return a function that gives the account a key that lacks some permissions."""

    def use(*lacking):
        clock.shift(1)
        key = f"rk_test_{uuid4().hex}"
        desk.control("accounts", {"key": key, "account": desk.config.account_id, "restricted": list(lacking)})
        return save_account(by=ADMIN, key=key, config=desk.config)

    return use


def states(config):
    return {row.right.name: row.state for row in rights_of(StripeConfig.objects.get(pk=config.pk))}


def test_nothing_is_known_of_a_key_that_was_not_tried(restricted):
    assert set(states(restricted()).values()) == {"untried"}


def test_every_read_is_tried_once_and_no_write(desk, restricted):
    config = restricted("charge_read", "setup_intent_read")
    before = len(desk.calls())
    check_rights(by=ADMIN, config=config)
    found = states(config)
    reads = {right.name for right in RIGHTS if not right.writes}
    assert {name for name, state in found.items() if state == "missing"} == {"charge_read", "setup_intent_read"}
    assert {name for name, state in found.items() if state == "proven"} == reads - {"charge_read", "setup_intent_read"}
    made = desk.calls()[before:]
    assert {call["method"] for call in made} == {"GET"}
    assert len(made) == len(reads)


def test_right_that_was_added_at_stripe_is_found_by_trying_again(desk, restricted):
    config = restricted("charge_read")
    check_rights(by=ADMIN, config=config)
    desk.control("accounts", {"key": config.secret_key, "account": config.account_id, "restricted": []})
    check_rights(by=ADMIN, config=config)
    assert states(config)["charge_read"] == "proven"


def test_writes_are_proven_by_a_payment(desk, restricted):
    config = restricted()
    desk.waiting()
    found = states(config)
    assert (found["terminal_reader_write"], found["payment_intent_write"]) == ("proven", "proven")
    assert found["setup_intent_write"] == "untried"
    assert states(restricted())["terminal_reader_write"] == "untried"  # another key proves for itself


def test_writes_are_proven_by_a_stripe_location_and_a_reader_made_from_here(desk, restricted):
    config = restricted()
    register(desk)
    found = states(config)
    assert (found["terminal_reader_write"], found["terminal_location_write"]) == ("proven", "untried")
    second_place(desk)
    assert states(config)["terminal_location_write"] == "proven"
    assert states(restricted())["terminal_location_write"] == "untried"  # another key proves for itself
    rename_reader(by=ADMIN, reader=desk.reader, label="Front")
    assert states(config)["terminal_reader_write"] == "proven"


def test_refused_write_is_kept_as_missing_and_names_the_permission(desk, restricted):
    config = restricted("webhook_write")
    with pytest.raises(DomainError) as refused:
        make_endpoint(by=ADMIN, config=config, token=uuid4())
    assert "webhook_write" in refused.value.message
    assert states(config)["webhook_write"] == "missing"
    desk.control("accounts", {"key": config.secret_key, "account": config.account_id, "restricted": []})
    make_endpoint(by=ADMIN, config=config, token=uuid4())


def test_key_that_stripe_does_not_take_at_all_says_so(desk, restricted):
    config = restricted()
    StripeConfig.objects.filter(pk=config.pk).update(secret_key="rk_test_revoked")
    config.refresh_from_db()
    with pytest.raises(DomainError) as refused:
        check_rights(by=ADMIN, config=config)
    assert "does not accept the key" in refused.value.message


def test_unrestricted_live_key_is_warned_about():
    wide = StripeConfig(secret_key="sk_" + "live_x", livemode=True)
    assert wide.key_is_wide
    assert not StripeConfig(secret_key="rk_" + "live_x", livemode=True).key_is_wide
    assert not StripeConfig(secret_key="sk_test_x", livemode=False).key_is_wide
