"""The reader this browser used last, kept in a signed cookie, and the way to the screen of what starts on it."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from flexspace.core.enqueue import enqueue
from terminal.models import Attempt, Reader
from terminal.tasks import advance_attempt

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


def started(attempt: Attempt, reader: Reader) -> HttpResponse:
    """Let a worker take the first step of an attempt on ``reader``, and lead to its screen."""
    enqueue(advance_attempt, attempt.pk)
    response = redirect("terminal:attempt", attempt.uuid)
    remember(response, reader)
    return response
