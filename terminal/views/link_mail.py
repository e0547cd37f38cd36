"""Mails a link of ours when its page's form asks for that, and says what came of it."""

from collections.abc import Callable

from django.contrib import messages
from django.utils import timezone

from billing.models import Notice
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.one_use import AlreadyUsed
from flexspace.core.permissions import StaffRequest
from terminal.forms.links import MailLinkForm


def mail_it(request: StaffRequest, form: MailLinkForm, send: Callable[..., Notice]) -> None:
    """Have ``send`` (a service of ``link_mail`` that knows its link) mail to where the valid ``form`` says."""
    to, token = form.cleaned_data["to"], form.cleaned_data["token"]
    try:
        send(by=Actor.of(request.user), to=to, token=token, now=timezone.now())
    except AlreadyUsed:
        messages.info(request, "This was sent before, so nothing was sent again.")
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"The link is on its way to {to}.")
