"""Answers for htmx: one page, its named parts, redirects and toasts."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect as plain_redirect
from django.template.response import TemplateResponse
from django.utils.cache import patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect

STOP_POLLING = 286  # htmx shows the answer and asks no more: https://htmx.org/docs/#load_polling


def page_or_partial(request: HttpRequest, template: str, part: str, context: dict[str, Any]) -> TemplateResponse:
    """Render ``template`` whole, or only its partial ``part`` when htmx asks for it."""
    htmx = getattr(request, "htmx", None)
    # A boosted link and the back button both replace the whole page.
    wanted = htmx and not htmx.boosted and not htmx.history_restore_request
    response = TemplateResponse(request, f"{template}#{part}" if wanted else template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def redirect(request: HttpRequest, to: str, *args: Any, **kwargs: Any) -> HttpResponse:
    """Redirect to a url name; under htmx by its header, so that the whole page moves."""
    answer = plain_redirect(to, *args, **kwargs)
    if getattr(request, "htmx", None):
        return HttpResponseClientRedirect(answer.url)
    return answer


def nothing_new() -> HttpResponse:
    """Answer 204: htmx leaves the page as it is."""
    return HttpResponse(status=204)
