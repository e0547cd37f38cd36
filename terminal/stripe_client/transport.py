"""HTTP for the SDK: our time-outs, no redirects, one connection pool a thread."""

import threading
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
        """Send one request."""
        kwargs["allow_redirects"] = False
        return super().request(method, url, **kwargs)


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
