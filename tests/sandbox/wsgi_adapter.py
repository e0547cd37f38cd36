"""A `requests` adapter that calls a WSGI application in the same process."""

import io
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
from requests.adapters import BaseAdapter

from sandbox.messages import AnswerLost, RequestLost


class WsgiAdapter(BaseAdapter):
    """Sends requests to a WSGI callable in this process.

    A lost answer is a read time-out, a lost request a failed connection.
    """

    def __init__(self, application: Callable[..., Any]) -> None:
        super().__init__()
        self._application = application

    def send(self, request: requests.PreparedRequest, *_args: Any, **_kwargs: Any) -> requests.Response:
        """Call the application. Raises ReadTimeout or ConnectionError as a real network would."""
        started: dict[str, Any] = {}

        def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
            started.update(status=int(status.split(maxsplit=1)[0]), reason=status[4:], headers=headers)

        try:
            body = b"".join(self._application(_environ(request), start_response))
        except AnswerLost as lost:
            raise requests.ReadTimeout("the answer never came", request=request) from lost
        except RequestLost as lost:
            raise requests.ConnectionError("the request never arrived", request=request) from lost
        response = requests.Response()
        response.status_code = started["status"]
        response.reason = started["reason"]
        response.headers.update(started["headers"])
        response.raw = io.BytesIO(body)
        response._content = body
        response.url = request.url or ""
        response.request = request
        return response

    def close(self) -> None:
        """Nothing is open."""


def _environ(request: requests.PreparedRequest) -> dict[str, Any]:
    url = urlsplit(request.url or "")
    body = request.body or b""
    raw = body.encode() if isinstance(body, str) else bytes(body)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "PATH_INFO": unquote(url.path) or "/",
        "QUERY_STRING": url.query,
        "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(raw)),
        "wsgi.input": io.BytesIO(raw),
        "SERVER_NAME": url.hostname,
        "SERVER_PORT": str(url.port or 80),
        "wsgi.url_scheme": url.scheme,
    }
    for name, value in request.headers.items():
        environ["HTTP_" + name.upper().replace("-", "_")] = value
    return environ
