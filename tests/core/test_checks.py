"""System checks: what would make a start unsafe is said before it starts."""

import pytest
from cryptography.fernet import Fernet

from flexspace import checks

LIVE = "sk_" + "live_51HxYzAbCdEf"


@pytest.fixture
def production(settings, monkeypatch):
    """Return the settings of a correct server for real money."""
    settings.DEMO, settings.SANDBOX_URL = False, ""
    settings.STRIPE_API_BASE, settings.SITE_URL = "https://api.stripe.com", "https://desk.example.org"
    settings.SALTO_API_BASE = "https://connect.my-clay.com"
    settings.SALTO_IDENTITY_BASE = "https://identity.eu.my-clay.com"
    settings.ALLOWED_HOSTS = ["desk.example.org"]
    settings.EMAIL_URL, settings.DEFAULT_FROM_EMAIL = "smtps://mail.example.org", "desk@example.org"
    settings.EMAIL_HOST, settings.EMAIL_USE_SSL = "mail.example.org", True
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    return settings


def ids():
    pages = [*checks.live_keys(), *checks.addresses(), *checks.mail(), *checks.retry_plan()]
    found = [*pages, *checks.keys(), *checks.production()]
    return [str(message.id).removeprefix("flexspace.") for message in found]


def test_correct_server_has_nothing_to_say(production, monkeypatch):
    assert ids() == []
    monkeypatch.setenv("ANY_NAME", LIVE)
    assert ids() == []


@pytest.mark.parametrize("key", [LIVE, "rk_" + "live_51HxYzAbCdEf"])
def test_live_key_beside_the_demo_is_refused_and_not_shown(production, monkeypatch, key):
    monkeypatch.setenv("MY_KEY", key)
    production.DEMO = True
    message = checks.live_keys()[0]
    assert message.id == "flexspace.E001"
    assert "MY_KEY" in message.msg
    assert key not in message.msg


@pytest.mark.parametrize("base", ["http://127.0.0.1:8001/salto", "https://connect.my-clay.com.evil.example"])
def test_live_key_beside_the_doors_of_a_stand_in_is_refused(production, base):
    production.SALTO_API_BASE = base
    assert ids() == []
    production.SOME_SETTING = LIVE
    assert ids() == ["E012"]


def test_live_key_with_a_stand_in_is_refused(production, monkeypatch):
    production.SOME_SETTING = LIVE
    production.STRIPE_API_BASE = "http://127.0.0.1:8001"
    assert ids() == ["E002"]
    production.STRIPE_API_BASE = "https://api.stripe.com.evil.example"
    assert ids() == ["E002"]
    production.STRIPE_API_BASE, production.SANDBOX_URL = "https://api.stripe.com", "http://127.0.0.1:8001"
    assert ids() == ["E002"]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("SALTO_API_BASE", "connect.my-clay.com", "E010"),
        ("SALTO_API_BASE", "http://connect.my-clay.com", "E011"),
        ("SALTO_IDENTITY_BASE", "", "E010"),
        ("SALTO_IDENTITY_BASE", "http://identity.eu.my-clay.com", "E011"),
        ("STRIPE_API_BASE", "", "E003"),
        ("STRIPE_API_BASE", "file:///etc/passwd", "E003"),
        ("STRIPE_API_BASE", "https://user:pw@api.stripe.com", "E003"),
        ("STRIPE_API_BASE", "http://api.stripe.com", "E004"),
        ("SITE_URL", "", "E005"),
        ("ALLOWED_HOSTS", ["*"], "E006"),
        ("ENCRYPTION_KEYS", ["short"], "E007"),
        ("COLLECT_RETRY_DAYS", [0, 1, 2, 3, 4], "E009"),
        ("SECRET_KEY", "practice-only-x", "E008"),
        ("SITE_URL", "http://desk.example.org", "W002"),
        ("DEMO", True, "W001"),
    ],
)
def test_each_mistake_has_its_own_message(production, name, value, expected):
    setattr(production, name, value)
    assert expected in ids()


@pytest.mark.parametrize(
    ("host", "encrypted", "expected"),
    [("mail.example.org", False, ["E009"]), ("mail.example.org", True, []), ("127.0.0.1", False, [])],
)
def test_password_in_the_clear_is_refused(production, host, encrypted, expected):
    production.EMAIL_HOST, production.EMAIL_HOST_PASSWORD = host, "secret"
    production.EMAIL_USE_TLS, production.EMAIL_USE_SSL = False, encrypted
    assert ids() == expected


@pytest.mark.parametrize(
    ("name", "value", "expected"), [("EMAIL_URL", "", "W003"), ("DEFAULT_FROM_EMAIL", "no-reply@localhost", "W004")]
)
def test_server_that_mails_nobody_is_warned_about(production, name, value, expected):
    setattr(production, name, value)
    assert ids() == [expected]
