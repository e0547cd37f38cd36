"""Every admin is mailed once when a Stripe key or webhook secret is changed, and told no more than its last four."""

import uuid

import pytest

from billing.emails import letter_of
from billing.models import Notice
from flexspace.core.actors import Actor
from flexspace.core.models import User
from flexspace.core.roles import Role
from terminal.services.accounts import save_account, save_webhook_secret
from terminal.services.endpoint import make_endpoint

pytestmark = pytest.mark.django_db(transaction=True)
OTHER = "rk_test_of_the_same_account_9z8y"


@pytest.fixture
def by(desk, ada, ben, mia):
    """Return Ada, with a colleague who is an admin too and one who left."""
    User.objects.create_user("grace@example.com", name="Grace", role=Role.ADMIN)
    User.objects.create_user("gone@example.com", name="Gone", role=Role.ADMIN, is_active=False)
    told = {"key": OTHER, "account": desk.config.account_id, "country": "DE", "currency": "eur", "name": "H"}
    desk.control("accounts", told)
    return Actor.of(ada)


def mails():
    """Return the mails so far as (to, subject), and what the last one says; forget them."""
    rows = list(Notice.objects.filter(kind="key_changed").select_related("location").order_by("pk"))
    letter = letter_of(rows[-1]) if rows else None
    text = f"{letter.subject}\n{letter.text}" if letter else ""
    Notice.objects.all().delete()
    return sorted(row.to for row in rows), text


def test_key_that_is_replaced_or_added_is_mailed_to_every_admin_once(desk, by):
    save_account(by=by, key=OTHER, config=desk.config)
    to, text = mails()
    assert to == ["ada@example.com", "grace@example.com"]
    for said in (f"The key of the Stripe account {desk.config} was replaced", "Ada has replaced the key",
                 f"({desk.config.account_id}, test mode), 23 November 2026 at 10:00 (Europe/Berlin)",
                 "It now ends in 9z8y.", "expire the new key", "/stripe/"):  # fmt: skip
        assert said in text
    assert OTHER not in text
    save_account(by=by, key="sk_test_kiyosumi")
    assert "was added" in mails()[1]


def test_same_key_again_and_what_runs_by_itself_mail_nobody(desk, by):
    save_account(by=by, key=desk.key, config=desk.config)
    save_account(by=Actor.job("set-up"), key=OTHER, config=desk.config)
    assert mails() == ([], "")


def test_webhook_secret_is_mailed_by_each_way_it_is_changed(desk, by, settings):
    settings.SITE_URL = "https://desk.example.org"
    save_webhook_secret(by=by, config=desk.config, secret="whsec_one_secret_1111")
    assert "was added" in mails()[1]
    make_endpoint(by=by, config=desk.config, token=uuid.uuid4())
    to, text = mails()
    assert (len(to), "webhook secret" in text, "was replaced" in text) == (2, True, True)
    assert desk.config.webhook_secret not in text
    save_webhook_secret(by=by, config=desk.config, secret=desk.config.webhook_secret)
    assert mails() == ([], "")
