"""Headers of every answer, and the page for a DomainError that no view caught."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from flexspace.core.errors import DomainError

GetResponse = Callable[[HttpRequest], HttpResponse]
PERMISSIONS_POLICY = "camera=(), microphone=(), geolocation=(), payment=(), usb=()"


def security_headers(get_response: GetResponse) -> GetResponse:
    """Add what Django's own middleware does not: no caching of signed-in pages, no device features."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
        return response

    return middleware


class DomainErrors:
    """Turn a DomainError into its sentence: a message on the page one came from, or a page of its own."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:  # noqa: D102
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer for a DomainError; anything else is a bug and passes on."""
        if not isinstance(error, DomainError):
            return None
        response = TemplateResponse(
            request,
            "problem.html",
            {"title": "That did not work", "sentence": error.message, "code": error.code},
            status=error.status,
        )
        return response.render()


domain_errors = DomainErrors
