"""HTTP to SALTO KS: our time-outs, no redirects, at most two calls at once, never inside a transaction."""

import threading
import time
from typing import Any

import requests
from django.conf import settings
from django.db import connections
from requests.adapters import BaseAdapter

from access.rules import PRODUCTION_HOST, is_salto_host
from access.salto_client.errors import SaltoUnreachable
from flexspace.core.errors import DomainError

TIMEOUTS = (3.0, 20.0)  # seconds to connect and to answer
sleep = time.sleep  # tests move a clock instead
_in_flight = threading.BoundedSemaphore(2)
_local = threading.local()
_mounted: dict[str, BaseAdapter] = {}


def mount(prefix: str, adapter: BaseAdapter | None) -> None:
    """Send urls that start with ``prefix`` through ``adapter`` (None: no longer). For tests within one process."""
    if adapter is None:
        _mounted.pop(prefix, None)
    else:
        _mounted[prefix] = adapter
    _local.__dict__.clear()


def send(method: str, url: str, **kwargs: Any) -> requests.Response:
    """Send one request and return whatever came. Raises SaltoUnreachable when nothing did."""
    refuse_in_transaction()
    with _in_flight:
        try:
            return _session().request(method, url, timeout=TIMEOUTS, allow_redirects=False, **kwargs)
        except requests.RequestException as error:
            raise SaltoUnreachable("SALTO KS could not be reached.", code="unreachable") from error


def refuse_in_transaction() -> None:
    """Raise RuntimeError inside a transaction: a call there would hold locks, and a rollback would forget it."""
    for connection in connections.all(initialized_only=True):
        if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
            raise RuntimeError("SALTO KS must not be called inside a database transaction.")


def guard_address() -> None:
    """Refuse to let practice data open real doors or mail invitations to people who do not exist.

    Raises DomainError with what to do. Addresses come from the environment only, never from a page.
    """
    base, identity = settings.SALTO_API_BASE, settings.SALTO_IDENTITY_BASE
    hosts = [url.partition("://")[2].partition("/")[0].partition(":")[0] for url in (base, identity)]
    if settings.DEMO and PRODUCTION_HOST in hosts:
        raise DomainError(
            "The practice installation does not connect to the real SALTO KS: its people are made up, and would be "
            "invited. Install without the demo, or use the sandbox.",
            code="real_doors_in_practice",
        )
    if is_salto_host(hosts[0]) != is_salto_host(hosts[1]):
        raise DomainError(
            "SALTO_API_BASE and SALTO_IDENTITY_BASE belong to different installations. Set both or neither.",
            code="mixed_addresses",
        )


def _session() -> requests.Session:
    session: requests.Session | None = getattr(_local, "session", None)
    if session is None or getattr(_local, "mounted", None) != list(_mounted):
        session = requests.Session()
        session.trust_env = False  # no proxy or netrc of the environment sees a token
        for prefix, adapter in _mounted.items():
            session.mount(prefix, adapter)
        _local.session, _local.mounted = session, list(_mounted)
    return session
