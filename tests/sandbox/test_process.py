"""The sandbox as a process: it starts, answers, delivers, stops, and remembers."""

import http.server
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
import stripe

from tests.sandbox.ks import CALLBACK, CLIENT, SECRET, come_back, pkce

ROOT = Path(__file__).resolve().parents[2]


class Process:
    """`python -m sandbox` on a free port with its state in a file."""

    def __init__(self, db: Path, webhook_base: str = "http://127.0.0.1:9") -> None:
        command = [sys.executable, "-m", "sandbox", "--port", "0", "--db", str(db)]
        self.child = subprocess.Popen(
            [*command, "--webhook-base", webhook_base], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert self.child.stdout is not None
        self.url = self.child.stdout.readline().split()[-1]
        self.v1 = stripe.StripeClient("sk_test_p", base_addresses={"api": self.url}, max_network_retries=0).v1

    def control(self, method: str, path: str, body: Any = None) -> Any:
        return requests.request(method, f"{self.url}/_sandbox/{path}", json=body, timeout=5).json()

    def stop(self) -> int:
        self.child.send_signal(signal.SIGTERM)
        code = self.child.wait(timeout=5)
        if self.child.stdout:
            self.child.stdout.close()
        return code


@pytest.fixture
def hooks() -> Iterator[tuple[str, list[str]]]:
    """A server that takes webhooks, and the types of the events it got."""
    types: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            types.append(json.loads(body)["type"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", types
    server.shutdown()
    server.server_close()


def until(condition: Any) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def test_process_charges_delivers_loses_answers_and_remembers(tmp_path: Path, hooks: tuple[str, list[str]]) -> None:
    base, types = hooks
    first = Process(tmp_path / "box.sqlite3", base)
    first.control("POST", "accounts", {"key": "sk_test_p", "country": "DE", "currency": "eur"})
    first.control("POST", "accounts/sk_test_p/settings", {"authorize_seconds": 0.2})
    first.v1.webhook_endpoints.create({"url": "https://desk.example/hook", "enabled_events": ["*"]})
    place = first.v1.terminal.locations.create({"address": {"country": "DE"}})
    reader = first.v1.terminal.readers.create({"registration_code": "simulated-s700", "location": place.id})
    intent = first.v1.payment_intents.create(
        {"amount": 1000, "currency": "eur", "allowed_payment_method_types": ["card_present"]}
    )
    first.v1.terminal.readers.process_payment_intent(reader.id, {"payment_intent": intent.id})
    first.control("POST", f"readers/{reader.id}/tap", {})
    until(lambda: "terminal.reader.action_succeeded" in types)
    first.control("POST", "accounts/sk_test_p/faults", {"kind": "answer_lost"})
    with pytest.raises(stripe.APIConnectionError):
        first.v1.customers.create({"name": "Ada"})
    assert first.stop() == 0

    second = Process(tmp_path / "box.sqlite3", base)
    assert second.v1.payment_intents.retrieve(intent.id).status == "succeeded"
    assert [one.name for one in second.v1.customers.list().data] == ["Ada"]
    assert second.stop() == 0


def test_process_plays_salto_ks_and_remembers(tmp_path: Path) -> None:
    first = Process(tmp_path / "box.sqlite3")
    site = first.control("POST", "salto/sites", {"name": "Harbour Works", "seats": 5, "groups": ["Members"]})
    client = {"client_id": CLIENT, "client_secret": SECRET, "redirect_uris": [CALLBACK]}
    first.control("POST", "salto/clients", client)
    verifier, challenge = pkce()
    asked = {"client_id": CLIENT, "redirect_uri": CALLBACK, "response_type": "code", "state": "st",
             "scope": "user_api.full_access offline_access", "code_challenge": challenge,
             "code_challenge_method": "S256"}  # fmt: skip
    url = f"{first.url}/salto/identity/connect/authorize?{urlencode(asked)}"
    with requests.Session() as browser:
        back = come_back(browser, url, site["service"]["email"], site["service"]["password"])
    code = parse_qs(urlsplit(back).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": verifier,
            "client_id": CLIENT, "client_secret": SECRET}  # fmt: skip
    token = requests.post(f"{first.url}/salto/identity/connect/token", data=form, timeout=5).json()
    headers = {"Authorization": f"Bearer {token['access_token']}"}

    def call(box: Process, method: str, path: str, body: Any = None) -> requests.Response:
        url = f"{box.url}/salto/api/{path}"
        return requests.request(method, url, json=body, headers=headers, timeout=5)

    users = f"sites/{site['id']}/users"
    body = {"first_name": "Ana", "last_name": "Ruiz", "role_ids": [site["roles"]["site_user"]]}
    ana = call(first, "POST", f"v1.2/{users}", body).json()
    state = f"v1.2/{users}/{ana['id']}/subscription"
    assert call(first, "PATCH", state, {"state": "suspended"}).status_code == 204
    assert call(first, "PUT", f"v1.2/{users}/{ana['id']}/pin", {}).status_code == 200
    link = call(first, "GET", f"v1.2/{users}?$top=1").json()["next_page_link"]
    dates = call(first, "GET", f"v1.2/{users}").headers["Date"]
    assert dates.count("GMT") == 1
    assert link == f"{first.url}/salto/api/v1.2/{users}?$top=1&$skip=1"
    first.control("POST", f"salto/sites/{site['id']}/faults", {"kind": "answer_lost"})
    with pytest.raises(requests.ConnectionError):
        call(first, "GET", f"v1.2/{users}")
    assert first.stop() == 0

    second = Process(tmp_path / "box.sqlite3")
    assert call(second, "GET", f"v1.2/{users}/{ana['id']}").json()["subscription_state"] == "suspended"
    assert second.stop() == 0
