"""Where a form or a link was asked to come back to."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def back_to(request: HttpRequest, *, under: str = "/") -> str:
    """Return the path of this site that ``back`` names; nothing for none, another site, or one not ``under`` a path."""
    wanted = request.POST.get("back") or request.GET.get("back") or ""
    return wanted if wanted.startswith(under) and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else ""
