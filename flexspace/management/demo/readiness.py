"""Ready means: it answered a real request."""

import urllib.error
import urllib.request
from pathlib import Path

import redis
from celery import current_app


def answers(url: str, *, below: int = 400) -> bool:
    """Return whether a GET of ``url`` is answered with a status under ``below``."""
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310  (our own addresses)
            return bool(response.status < below)
    except urllib.error.HTTPError as error:
        return error.code < below
    except OSError:
        return False


def broker_answers(url: str, socket: Path) -> bool:
    """Return whether the broker answers a ping: at ``url``, else on our own ``socket``."""
    client = redis.Redis.from_url(url) if url else redis.Redis(unix_socket_path=str(socket))
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def worker_answers() -> bool:
    """Return whether a worker answers a ping that goes through the broker."""
    try:
        return bool(current_app.control.ping(timeout=0.3, limit=1))
    except Exception:  # noqa: BLE001  (whatever the broker's client raises: not ready yet)
        return False
