"""The repository holds no secret and speaks of the project alone."""

import re

from tests.repo.source import ROOT, files, name, text_of

SECRETS = re.compile(
    r"[sr]k_live_[A-Za-z0-9]{10,}|[sr]k_test_[A-Za-z0-9]{60,}|whsec_[A-Za-z0-9+/]{40,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{30,}|\bxox[abp]-[A-Za-z0-9-]{20,}"
)
# One machine's folders and one network's mirrors mean nothing to anybody else.
ELSEWHERE = re.compile(r"(?<![\w.])/(?:home|root)/|(?<!no-emit-)index-url")
SELF = "tests/repo/test_words.py"


def hits(pattern):
    return [
        f"{name(path)}:{number}"
        for path in files()
        if name(path) != SELF
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_secret_is_in_the_repository():
    assert hits(SECRETS) == []


def test_the_scan_sees_a_planted_secret():
    assert SECRETS.search("STRIPE_KEY=" + "rk_" + "live_51HxYzAbCdEf")


def test_no_machine_and_no_registry_is_named():
    assert hits(ELSEWHERE) == []


def test_nothing_private_is_kept_beside_the_code():
    kept = {".env", "id_rsa", "demo.json", "db.sqlite3"}
    tracked = [path for path in files() if path.name in kept and path.name != ".env"]
    assert [name(path) for path in tracked] == []
    assert ".env" in (ROOT / ".gitignore").read_text(encoding="utf-8").split()
