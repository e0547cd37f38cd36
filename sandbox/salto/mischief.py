"""What goes wrong with a call on its way, and the log of calls."""

import json
from collections.abc import Callable
from typing import Any

from sandbox import faults
from sandbox.messages import AnswerLost, Reply, Request, RequestLost
from sandbox.salto.errors import INTERNAL, SaltoError
from sandbox.salto.listing import page_number
from sandbox.salto.space import REALM, Body, Realm, Site
from sandbox.store import Store

# What may go wrong with a call; "page_error" and "page_short" are meant for one "page" of a list.
STRIKES = (*faults.CALLS, "error_in_200", "page_error", "page_short")
KINDS = (*STRIKES, "new_user_lag")
Strikes = list[Body]


def logged(
    store: Store, clock: Callable[[], float], site_id: str, request: Request, name: str, run: Callable[[Body], Reply]
) -> Reply:
    """Run a call and write it down, whatever becomes of it."""
    line: Body = {"at": clock(), "method": request.method, "path": request.path, "name": name, "site": site_id}
    line |= {"status": None, "code": None}
    with store.transaction():
        number = store.write_log(REALM, "call", line)
    try:
        reply = run(line)
        line["status"] = reply.status
        return reply
    except SaltoError as error:
        line.update(status=error.status, code=error.code)
        raise
    except (AnswerLost, RequestLost) as torn:
        line["code"] = "answer_lost" if isinstance(torn, AnswerLost) else "request_lost"
        raise
    finally:
        with store.transaction():
            store.change_log(number, line)


def strikes(realm: Realm, site: Site | None, name: str, query: dict[str, str], text: str = "") -> Strikes:
    """Return the faults that strike a call, those of its site and those of the whole realm.

    `text` is its path and body: a fault may be "about" an id in them.
    """
    page = page_number(query)

    def fits(fault: Body) -> bool:
        return fault.get("page") in (None, page) and str(fault.get("about", "")) in text

    spaces = [realm] if site is None else [realm, site]
    # "$" ends the name, so that a fault may mean "GET users$" and not "GET users/{user}".
    struck = [faults.strikes(one, STRIKES, f"{name}$", fits) for one in spaces]
    return [fault for some in struck for fault in some]


def wait(sleep: Callable[[float], None], pause: float, found: Strikes) -> None:
    """Let the time pass that a call takes before it is executed."""
    pause += sum(float(one["seconds"]) for one in found if one["kind"] == "slow" and one.get("when") == "before")
    if pause:
        sleep(pause)


def before(found: Strikes) -> None:
    """Raise what keeps a call from being executed."""
    for one in found:
        if one["kind"] == "request_lost":
            raise RequestLost
        if one["kind"] == "status":
            raise Raw(int(one.get("status", 429)), b"", one.get("retry_after", 5))
        if one["kind"] == "unavailable":
            raise Raw(503, b"<html><body>Service unavailable</body></html>", None)
        if one["kind"] in ("error_before", "page_error"):
            raise SaltoError(500, INTERNAL, "Internal error")
        if one["kind"] == "error_in_200":
            raise Raw(200, json.dumps({"ErrorCode": INTERNAL, "Message": "Internal error"}).encode(), None)


class Raw(SaltoError):
    """An answer that comes from in front of the API, in no shape of its own."""

    def __init__(self, status: int, body: bytes, retry_after: Any) -> None:
        headers = {"Content-Type": "application/json" if body.startswith(b"{") else "text/html"}
        if retry_after is not None:
            headers["Retry-After"] = str(retry_after)
        super().__init__(status, 0, "", headers)
        self._body = body

    def reply(self, version: str) -> Reply:
        """Return the answer, whatever the version."""
        return Reply(self.status, self._body, self.headers)


def lost(found: Strikes) -> bool:
    """Tell whether the answer is to be lost."""
    return any(one["kind"] == "answer_lost" for one in found)


def after(sleep: Callable[[float], None], found: Strikes, reply: Reply) -> Reply:
    """Return the answer, late, as an error, or not at all."""
    late = sum(float(one["seconds"]) for one in found if one["kind"] == "slow" and one.get("when") != "before")
    if late:
        sleep(late)
    if lost(found):
        raise AnswerLost
    if any(one["kind"] == "error_after" for one in found):
        raise SaltoError(500, INTERNAL, "Internal error")
    return reply
