"""The sandbox over HTTP, with a thread that moves the clock on and delivers webhooks."""

import http.client
import io
import socket
import sys
import threading
import traceback
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from sandbox.app import Sandbox
from sandbox.messages import AnswerLost, RequestLost


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """Send a webhook and return the status; 0 when nothing answered within 10 seconds."""
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")
    try:
        with _OPENER.open(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except (OSError, ValueError, http.client.HTTPException):
        return 0


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else the body waits 40 ms for the caller to acknowledge the headers
    server: "Server"

    def _serve(self) -> None:
        url = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "PATH_INFO": url.path,
            "QUERY_STRING": url.query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(length),
            "wsgi.input": io.BytesIO(self.rfile.read(length)),
        }
        for name, value in self.headers.items():
            environ["HTTP_" + name.upper().replace("-", "_")] = value
        try:
            chunks = self.server.sandbox.wsgi(environ, self._start)
        except (AnswerLost, RequestLost):
            # The caller sees what a torn wire looks like: a closed connection without an answer.
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        for chunk in chunks:
            self.wfile.write(chunk)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve  # noqa: N815

    def _start(self, status: str, headers: list[tuple[str, str]]) -> None:
        code, _, reason = status.partition(" ")
        # An answer that brings its own date has the date of the sandbox's clock.
        dated = any(name == "Date" for name, _ in headers)
        (self.send_response_only if dated else self.send_response)(int(code), reason)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_args: Any) -> None:
        """Stay silent: the calls are in the sandbox's own log."""


class Server(ThreadingHTTPServer):
    """Serves a sandbox on a host and port (0 takes a free one)."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, sandbox: Sandbox, host: str, port: int) -> None:
        super().__init__((host, port), _Handler)
        self.sandbox = sandbox
        self._stopping = threading.Event()

    def run(self) -> None:
        """Serve until `stop` is called, delivering webhooks meanwhile."""
        deliverer = threading.Thread(target=self._deliver, daemon=True)
        deliverer.start()
        try:
            self.serve_forever(poll_interval=0.1)
        finally:
            self._stopping.set()
            deliverer.join(timeout=2)
            self.server_close()

    def _deliver(self) -> None:
        while not self._stopping.wait(0.1):
            try:
                self.sandbox.deliver_due(post)
            except Exception:  # one bad delivery must not end all later ones
                traceback.print_exc()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing about callers that hang up; everything else is printed."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    def stop(self) -> None:
        """End `run`, from another thread (a signal handler starts one for it)."""
        self._stopping.set()
        threading.Thread(target=self.shutdown, daemon=True).start()
