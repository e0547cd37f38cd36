"""The page on which a manager confirms that a restored database agrees with Stripe and the doors."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.forms import FreeTextField, PageForm
from flexspace.core.models import Restore
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from flexspace.portal import restored


class ConfirmForm(PageForm):
    """What somebody did about what was found; ``seal`` says what they saw."""

    reason = FreeTextField(label="What was checked", max_length=300, strip=True)
    seal = forms.CharField(widget=forms.HiddenInput, max_length=16)


@require(Permission.RESTORED)
@require_GET
def restored_backup(request: StaffRequest) -> TemplateResponse:
    """Show the last restored backup: what is still missing, what was found, and the form that ends it."""
    now, restore = timezone.now(), Restore.objects.select_related("confirmed_by").first()
    context: dict[str, object] = {"restore": restore, "missing": []}
    if restore:
        found = restored.found_since(restore)
        missing = restored.still_missing(restore, now) if restore.held else []
        context |= {"found": found, "missing": missing, "form": ConfirmForm(initial={"seal": found.seal})}
    return TemplateResponse(request, "portal/restored.html", context)


@require(Permission.RESTORED)
@require_POST
def restored_confirm(request: StaffRequest) -> HttpResponse:
    """Confirm it, with a reason."""
    restore = Restore.objects.filter(held=True).first()
    form = ConfirmForm(request.POST)
    if restore is None:
        messages.info(request, "Nothing waits for being confirmed.")
    elif not form.is_valid():
        messages.error(request, "Write what was checked, so that it can be explained later.")
    else:
        try:
            restored.confirm(
                by=Actor.of(request.user), user=request.user, restore=restore, now=timezone.now(), **form.cleaned_data
            )
            messages.success(request, "Confirmed. Money and doors move again.")
        except DomainError as error:
            messages.error(request, error.message)
    return redirect("portal:restored")
