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
    settings.ALLOWED_HOSTS = ["desk.example.org"]
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    return settings


def ids():
    found = [*checks.live_keys(), *checks.addresses(), *checks.keys(), *checks.production()]
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
        ("STRIPE_API_BASE", "", "E003"),
        ("STRIPE_API_BASE", "file:///etc/passwd", "E003"),
        ("STRIPE_API_BASE", "https://user:pw@api.stripe.com", "E003"),
        ("STRIPE_API_BASE", "http://api.stripe.com", "E004"),
        ("SITE_URL", "", "E005"),
        ("ALLOWED_HOSTS", ["*"], "E006"),
        ("ENCRYPTION_KEYS", ["short"], "E007"),
        ("SECRET_KEY", "practice-only-x", "E008"),
        ("SITE_URL", "http://desk.example.org", "W002"),
        ("DEMO", True, "W001"),
    ],
)
def test_each_mistake_has_its_own_message(production, name, value, expected):
    setattr(production, name, value)
    assert expected in ids()
