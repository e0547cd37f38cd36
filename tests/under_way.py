"""What the live server is answering: a test ends only once that has, for it would ask for the test's database later.

A page that closes takes its requests with it in the browser, not in the server.
"""

import threading
import time

from django.core.signals import request_finished, request_started

PATIENCE = 10.0  # seconds; a request that takes longer may then complain, as it should
_threads = set()


def install():
    """Follow requests from now on. Those of the main thread are a test client's: it waits for them itself."""
    request_started.connect(_begin)
    request_finished.connect(_end)


def wait():
    """Return when no request is being answered any more, or after PATIENCE."""
    until = time.monotonic() + PATIENCE
    while any(thread.is_alive() for thread in list(_threads)) and time.monotonic() < until:
        time.sleep(0.01)
    _threads.clear()


def _begin(**_kwargs):
    if threading.current_thread() is not threading.main_thread():
        _threads.add(threading.current_thread())


def _end(**_kwargs):
    _threads.discard(threading.current_thread())
