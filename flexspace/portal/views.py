"""Home, health, and the page for a form that came too late."""

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse

from flexspace.core.permissions import StaffRequest, public, require
from flexspace.core.roles import Permission


@require(Permission.VIEW)
def home(request: StaffRequest) -> TemplateResponse:
    """Show the front desk's start page."""
    return TemplateResponse(request, "portal/home.html", {})


@public
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when this process serves and its database answers; no versions, no details."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Explain a refused form: the page was open too long, or it came from elsewhere."""
    context = {
        "title": "This form is no longer valid",
        "sentence": "Nothing was changed. Go back, reload the page and send it again.",
        "code": "csrf",
    }
    return TemplateResponse(request, "problem.html", context, status=403).render()
