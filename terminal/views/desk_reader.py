"""The reader this browser used last, kept in a signed cookie."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from terminal.models import Reader

COOKIE = "desk_reader"
ONE_YEAR = 365 * 24 * 60 * 60


def remembered(request: HttpRequest) -> int | None:
    """Return the id of this browser's reader; None for a new browser or a forged cookie."""
    kept = request.get_signed_cookie(COOKIE, default="", salt=COOKIE)
    return int(kept) if kept and kept.isdigit() else None


def remember(response: HttpResponse, reader: Reader) -> None:
    """Keep ``reader`` as this browser's."""
    response.set_signed_cookie(
        COOKIE,
        str(reader.pk),
        salt=COOKIE,
        max_age=ONE_YEAR,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
