"""How a call to SALTO KS is made: token, repeats, pages, and answers read with tolerance."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

import requests
import structlog
from django.conf import settings

from access.salto_client import transport
from access.salto_client.errors import SaltoProblem, SaltoRefused, SaltoUnreachable, read_error

REPEATS = 2
PAGE = 100
LONGEST_WAIT = 10.0  # seconds; whoever is told to wait longer comes back later
log = structlog.get_logger(__name__)


class Tokens(Protocol):
    """Where access tokens come from; ``fresh`` asks for another one than ``spent``."""

    def fresh(self, spent: str = "") -> str:
        """Return a token that is believed to work."""
        ...


class Calls:
    """The wire of one connection. ``count`` counts calls; ``skew`` is SALTO's clock minus ours, as last told."""

    def __init__(self, tokens: Tokens) -> None:
        transport.guard_address()
        self._tokens = tokens
        self.count = 0
        self.skew = timedelta(0)

    def call(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, str] | None = None,
        body: dict[str, Any] | None = None,
        repeat: bool = True,
    ) -> Any:
        """Make one call and return what its JSON holds (None: nothing).

        ``repeat``: the same call twice does no harm, so that it is made again when no clear answer came. Raises
        SaltoRefused or SaltoUnreachable.
        """
        for attempt in range(REPEATS + 1):
            try:
                return self._call(method, path, query, body)
            except SaltoUnreachable as problem:
                pause = problem.retry_after if problem.retry_after is not None else _pause(attempt)
                never_heard = problem.code == "rate_limited"  # so it was not obeyed either
                if attempt == REPEATS or not (repeat or never_heard) or pause > LONGEST_WAIT:
                    log.info("salto.problem", code=problem.code, status=problem.status, method=method)
                    raise
                transport.sleep(pause)
        raise AssertionError("unreachable")

    def pages(self, path: str, **query: str) -> Iterator[list[dict[str, Any]]]:
        """Yield every page of a list. Raises SaltoUnreachable when fewer elements came than there are.

        The next page's link gives its query only: a token goes to our own address and to no other.
        """
        asked = {"$top": str(PAGE), "$count": "true", **query}
        seen, came = set(), 0
        while True:
            answer = self.call("GET", path, query=asked)
            if isinstance(answer, list):  # the old shape, without an envelope
                yield answer
                return
            items = answer.get("items") if isinstance(answer, dict) else None
            if not isinstance(items, list):
                raise SaltoUnreachable("A list of SALTO KS has an unknown shape.", code="unknown_shape")
            came += len(items)
            yield items
            link = answer.get("next_page_link")
            if not link:
                if isinstance(answer.get("count"), int) and came < answer["count"]:
                    raise SaltoUnreachable("A list of SALTO KS ended too soon.", code="short_list")
                return
            if link in seen:
                raise SaltoUnreachable("A list of SALTO KS never ends.", code="unknown_shape")
            seen.add(link)
            asked = {**asked, **dict(parse_qsl(urlsplit(_secure(link)).query))}

    def _call(self, method: str, path: str, query: dict[str, str] | None, body: dict[str, Any] | None) -> Any:
        token = self._tokens.fresh()
        try:
            return self._once(token, method, path, query, body)
        except SaltoRefused as problem:
            if problem.status != 401:
                raise
            return self._once(self._tokens.fresh(token), method, path, query, body)

    def _once(
        self, token: str, method: str, path: str, query: dict[str, str] | None, body: dict[str, Any] | None
    ) -> Any:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        self.count += 1
        response = transport.send(
            method, f"{settings.SALTO_API_BASE}{path}", params=query or {}, json=body, headers=headers
        )
        self._hear_clock(response)
        answer = read_json(response)
        problem = read_error(response.status_code, answer, response.headers.get("Retry-After", ""))
        if problem:
            raise problem
        return answer

    def _hear_clock(self, response: requests.Response) -> None:
        told = response.headers.get("Date")
        if told:
            try:
                self.skew = parsedate_to_datetime(told) - datetime.now(UTC)
            except (TypeError, ValueError):
                return


def read_json(response: requests.Response) -> Any:
    """Return what the answer's JSON holds; a text that is none comes as it is, an empty one as None."""
    if not response.content:
        return None
    try:
        return json.loads(response.content)
    except ValueError:
        return response.text


def _pause(attempt: int) -> float:
    """Return the seconds before the next try: longer each time, and never for two of us the same."""
    return (2**attempt) * (0.5 + random.random() / 2)  # noqa: S311  (no secret)


def _secure(link: str) -> str:
    """Return the link with https where our own address has it; SALTO's links are known to come with http."""
    if settings.SALTO_API_BASE.startswith("https://") and link.startswith("http://"):
        return "https://" + link.removeprefix("http://")
    return link


__all__ = ["Calls", "SaltoProblem", "Tokens", "read_json"]
