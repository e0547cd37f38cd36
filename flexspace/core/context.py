"""What every page's frame needs to know."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from flexspace.core.roles import Permission


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the frame's variables: practice mode, and the permissions by name for ``{% if may.charge %}``."""
    user = getattr(request, "user", None)
    may = {p.name.lower(): user.may(p) for p in Permission} if user is not None and user.is_authenticated else {}
    return {"practice": settings.DEMO, "sandbox_url": settings.SANDBOX_URL, "may": may}
