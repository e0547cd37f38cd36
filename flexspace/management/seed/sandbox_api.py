"""Talks to the sandbox as the operator would to Stripe: makes accounts, Locations, readers and the webhook endpoint."""

import json
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen


class SandboxApi:
    """One account of the sandbox at ``base``, by its key."""

    def __init__(self, base: str, key: str) -> None:
        self.base, self.key = base, key

    def control(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Call the sandbox's control and return its answer."""
        return self._send(path, json.dumps(body).encode(), "application/json")

    def stripe(self, path: str, **params: Any) -> dict[str, Any]:
        """Call Stripe's API on the sandbox and return its answer."""
        return self._send(f"v1/{path}", urlencode(params).encode(), "application/x-www-form-urlencoded")

    def tap(self, reader_id: str, card: str = "4242424242424242") -> None:
        """Present a card at a reader."""
        self.control(f"_sandbox/readers/{reader_id}/tap", {"card": card, "method": "tap"})

    def _send(self, path: str, data: bytes, content_type: str) -> dict[str, Any]:
        request = Request(  # noqa: S310  (the sandbox's address comes from the environment)
            f"{self.base}/{path}",
            data=data,
            headers={"Authorization": f"Bearer {self.key}", "Content-Type": content_type},
            method="POST",
        )
        with urlopen(request, timeout=10) as answer:  # noqa: S310
            made: dict[str, Any] = json.load(answer)
        return made
