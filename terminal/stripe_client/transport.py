"""HTTP for the SDK: our time-outs, no redirects, one connection pool a thread; and what Stripe's clock says."""

import threading
import time
from email.utils import parsedate_to_datetime
from typing import Any

import requests
import stripe
from requests.adapters import BaseAdapter

CONNECT_TIMEOUT = 3  # seconds
_local = threading.local()
_mounted: dict[str, BaseAdapter] = {}


class _Session(requests.Session):
    """A session that never follows a redirect: the key would go wherever it points."""

    def request(self, method: str | bytes, url: str | bytes, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        """Send one request, and keep how far our clock is ahead of the one that dates the answer."""
        kwargs["allow_redirects"] = False
        began = time.time()
        answer = super().request(method, url, **kwargs)
        _local.ahead = _ahead(answer.headers.get("Date", ""), (began + time.time()) / 2)
        return answer


def _ahead(date: str, ours: float) -> float | None:
    """Return the seconds between our time and an answer's ``date``; it has whole seconds, so half a one is added."""
    try:
        return ours - parsedate_to_datetime(date).timestamp() - 0.5
    except ValueError:
        return None


def clock_ahead() -> float | None:
    """Return the seconds our clock was ahead of Stripe's at this thread's last answer; None when it had no date."""
    ahead: float | None = getattr(_local, "ahead", None)
    return ahead


def mount(prefix: str, adapter: BaseAdapter | None) -> None:
    """Send urls that start with ``prefix`` through ``adapter`` (None: no longer). For tests within one process."""
    if adapter is None:
        _mounted.pop(prefix, None)
    else:
        _mounted[prefix] = adapter
    _local.__dict__.clear()


def http_client(read_timeout: float) -> stripe.RequestsClient:
    """Return the SDK's HTTP client with ``read_timeout`` seconds for the answer."""
    return stripe.RequestsClient(timeout=(CONNECT_TIMEOUT, read_timeout), session=_session())


def _session() -> requests.Session:
    session: requests.Session | None = getattr(_local, "session", None)
    if session is None or getattr(_local, "mounted", None) != list(_mounted):
        session = _Session()
        session.trust_env = False  # no proxy or netrc of the environment sees a key
        for prefix, adapter in _mounted.items():
            session.mount(prefix, adapter)
        _local.session, _local.mounted = session, list(_mounted)
    return session
