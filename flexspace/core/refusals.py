"""How a page says that something was refused, with the way to what stands in its way where there is one."""

from django.contrib import messages
from django.http import HttpRequest

from flexspace.core.errors import DomainError


def say_refused(request: HttpRequest, error: DomainError) -> None:
    """Say on the next page what was refused; the message's ``extra_tags`` carry ``error.where`` to its link.

    A page with a PageForm says it there: ``PageForm.blame``.
    """
    messages.error(request, error.message, extra_tags=error.where)
