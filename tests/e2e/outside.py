"""What happens outside of Flexspace: the sandbox as a process of its own, its readers, its faults, its books."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

ROOT = Path(__file__).resolve().parents[2]
OPENER = build_opener(ProxyHandler({}))
GOOD = "4242424242424242"
NO_FUNDS = "4000000000009995"
REFUSED = "4000000000000002"


class SandboxProcess:
    """``python -m sandbox`` on a free port; its webhooks go to ``webhook_base``."""

    def __init__(self, webhook_base: str) -> None:
        command = [sys.executable, "-m", "sandbox", "--port", "0", "--webhook-base", webhook_base]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("sandbox on "), line
        self.url = line.removeprefix("sandbox on ").strip()

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(timeout=10)


class Outside:
    """One Stripe account in the sandbox, and the people and networks around its readers."""

    def __init__(self, url: str, key: str) -> None:
        self.url, self.key = url, key

    def control(self, path: str, body: dict[str, Any] | None = None, method: str = "POST") -> Any:
        """Call the sandbox's control."""
        data = json.dumps(body or {}).encode() if method == "POST" else None
        request = Request(
            f"{self.url}/_sandbox/{path}", data=data, method=method, headers={"Content-Type": "application/json"}
        )
        with OPENER.open(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def settings(self, **values: Any) -> None:
        """Change how the account behaves."""
        self.control(f"accounts/{self.key}/settings", values)

    def tap(self, reader, card: str = GOOD, **how: Any) -> Any:
        """Present a card at the reader; it must take it."""
        answer = self.control(f"readers/{reader.stripe_id}/tap", {"card": card, **how})
        assert answer["accepted"], answer
        return answer

    def customer_cancels(self, reader) -> None:
        """Press cancel on the reader."""
        self.control(f"readers/{reader.stripe_id}/cancel")

    def reader_fault(self, reader, **faults: Any) -> None:
        """Make a reader misbehave."""
        self.control(f"readers/{reader.stripe_id}/faults", faults)

    def heal(self, reader) -> None:
        """Make a reader well again."""
        self.control(f"readers/{reader.stripe_id}/faults", method="DELETE")

    def fault(self, kind: str, match: str = "", **more: Any) -> None:
        """Make the API or the webhooks misbehave."""
        self.control(f"accounts/{self.key}/faults", {"kind": kind, "match": match, **more})

    def dashboard(self, do: str, object_id: str, **more: Any) -> None:
        """Do something in Stripe's Dashboard."""
        self.control(f"accounts/{self.key}/dashboard", {"do": do, "id": object_id, **more})

    def screen(self, reader) -> dict[str, Any]:
        """Return what the reader shows."""
        return self.control(f"readers/{reader.stripe_id}", method="GET")["screen"]

    def intents(self) -> list[dict[str, Any]]:
        """Return the account's intents as its books have them."""
        return self.control(f"accounts/{self.key}/books", method="GET")["intents"]

    def intent_states(self) -> list[str]:
        """Return the states of all intents, sorted."""
        return sorted(intent["status"] for intent in self.intents())

    def charged(self) -> list[tuple[str, int]]:
        """Return of every intent its state and how many of its charges were paid."""
        return [(intent["status"], len(intent["paid_charges"])) for intent in self.intents()]

    def received(self) -> int:
        """Return what Stripe took from all cards, in minor units."""
        return sum(intent["amount_received"] for intent in self.intents())

    def deliveries(self) -> list[dict[str, Any]]:
        """Return the webhook deliveries, newest first."""
        return self.control(f"accounts/{self.key}/deliveries?limit=200", method="GET")["deliveries"]
