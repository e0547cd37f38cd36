"""Where a form or a link was asked to come back to."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def back_to(request: HttpRequest) -> str:
    """Return the path of this site that ``back`` names; nothing for none, or for another site."""
    wanted = request.POST.get("back") or request.GET.get("back") or ""
    return wanted if wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else ""
