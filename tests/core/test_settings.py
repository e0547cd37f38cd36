"""Settings: a typo never means "no", secrets may come from files, nothing secret reaches the log."""

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured

from flexspace.settings.demo import read_demo, write_demo
from flexspace.settings.env import env_bool, env_int, env_list, env_secret, env_str
from flexspace.settings.redaction import redact, redact_event
from terminal.services.link_tokens import LinkKind, make_token


@pytest.mark.parametrize(("text", "value"), [("1", True), ("YES", True), (" on ", True), ("0", False), ("", False)])
def test_bool(monkeypatch, text, value):
    monkeypatch.setenv("X", text)
    assert env_bool("X", default=not value) is value


def test_unset_gives_the_default(monkeypatch):
    monkeypatch.delenv("X", raising=False)
    assert (env_bool("X", default=True), env_int("X", 3), env_list("X", ["a"]), env_str("X", "d")) == (
        True,
        3,
        ["a"],
        "d",
    )


@pytest.mark.parametrize(("read", "text"), [(env_bool, "maybe"), (lambda name: env_int(name, 1), "ten")])
def test_typo_is_an_error_that_names_the_variable(monkeypatch, read, text):
    monkeypatch.setenv("X", text)
    with pytest.raises(ImproperlyConfigured, match="X="):
        read("X")


def test_list_drops_empty_items(monkeypatch):
    monkeypatch.setenv("X", " a, ,b,")
    assert env_list("X") == ["a", "b"]


def test_secret_from_a_file(monkeypatch, tmp_path):
    path = tmp_path / "secret"
    path.write_text("from-file\n")
    monkeypatch.setenv("X", "from-variable")
    monkeypatch.setenv("X_FILE", str(path))
    assert env_secret("X") == "from-file"
    monkeypatch.setenv("X_FILE", str(tmp_path / "missing"))
    with pytest.raises(ImproperlyConfigured, match="X_FILE"):
        env_secret("X")


def test_demo_makes_its_keys_once_and_only_the_owner_reads_them(tmp_path):
    path = tmp_path / "new" / "demo.json"
    assert read_demo(path, create=False) == {}
    first = read_demo(path, create=True)
    write_demo(path, first | {"site_url": "http://127.0.0.1:8000"})
    assert read_demo(path, create=True) == first | {"site_url": "http://127.0.0.1:8000"}
    assert path.stat().st_mode & 0o077 == 0
    assert json.loads(path.read_text())["secret_key"] == first["secret_key"]
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    "secret",
    [
        "sk_test_51HxYzAbCdEfGhIj",
        "rk_" + "live_51HxYzAbCdEfGhIj",
        "whsec_0123456789abcdef",
        "gAAAAABmXyzabcdefghijklmnopqrstuvwx==",
        "fx_abcdefghijklmnopqrstuvwx",
        "4242424242424242",
        "4242 4242 4242 4242",
        "4242-4242-4242-4242",
    ],
)
def test_redaction_leaves_nothing_of_a_secret(secret):
    cleaned = redact(f"failed with {secret}, twice: {secret}")
    assert secret not in cleaned
    assert secret[-8:] not in cleaned
    assert cleaned.startswith("failed with [")


@pytest.mark.parametrize("text", ["pi_3Nabcdefghijklmnop failed", "invoice HFN-2026-00012", "1,250.00 EUR", "tmr_x"])
def test_redaction_leaves_ids_and_amounts(text):
    assert redact(text) == text


@pytest.mark.parametrize("kind", ["pay", "card"])
def test_redaction_leaves_no_link_of_a_customer(kind):
    token = make_token(LinkKind(kind), uuid4(), at=datetime.now(UTC))
    assert redact(f"Too Many Requests: /{kind}/{token}/ 429") == f"Too Many Requests: /{kind}/[secret]/ 429"


def test_redaction_reaches_into_what_a_log_line_holds():
    secret = "sk_test_51HxYzAbCdEfGhIj"
    event = {
        "event": f"x {secret}",
        "data": {"key": [secret, {"deep": (secret,)}]},
        "error": ValueError(secret),
        "n": 5,
    }
    cleaned = redact_event(None, "info", event)
    assert secret not in str(cleaned)
    assert cleaned["n"] == 5
