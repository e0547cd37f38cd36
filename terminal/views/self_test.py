"""The self-test: for each reader what it has proven and when, and a button that tries the rest."""

from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from flexspace.core.actors import Actor
from flexspace.core.enqueue import enqueue
from flexspace.core.errors import DomainError
from flexspace.core.money import Money
from flexspace.core.one_use import AlreadyUsed
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from terminal.explain.self_test import WORDS, Proof, Trial, TrialWords, amount_for, lacks, wanted
from terminal.models import Reader
from terminal.queries import trials_of, tried
from terminal.services.collect import BeingTaken
from terminal.services.self_test import begin, left_over, paid_by, tester
from terminal.tasks import advance_attempt
from terminal.views.desk_reader import remember


class TrialForm(forms.Form):
    """What is tried, and the form's one use."""

    trial = forms.ChoiceField(choices=[(trial.value, trial.value) for trial in Trial])
    token = forms.UUIDField()


@require(Permission.STRIPE_CONFIG)
@require_safe
def self_test(request: StaffRequest) -> TemplateResponse:
    """Show every reader with what it has proven, from the rows of any payments there were."""
    readers = Reader.objects.usable().select_related("config", "stripe_location__location")
    rows = [_row(reader) for reader in tried(readers).order_by("stripe_location__location__name", "label")]
    places = request.user.own_locations
    context = {
        "rows": rows,
        "left": left_over(request.user),
        "token": uuid4(),
        "now": timezone.now(),
        "zone": places[0].time_zone if places else "UTC",
    }
    return TemplateResponse(request, "terminal/self_test.html", context)


def _row(reader: Reader) -> tuple[Reader, list[tuple[Trial, TrialWords, Proof | None, Money]], str]:
    done, live = trials_of(reader), reader.config.livemode
    assert reader.location is not None  # it is usable
    currency = reader.location.currency
    cells = [(trial, WORDS[trial], done.get(trial), amount_for(trial, currency)) for trial in wanted(livemode=live)]
    return reader, cells, lacks(done, livemode=live)


@require(Permission.STRIPE_CONFIG)
@require_POST
def self_test_begin(request: StaffRequest, pk: int) -> HttpResponse:
    """Begin a trial: lead to its charge screen, or to the page on which a card is kept or a payment given back."""
    reader = get_object_or_404(Reader.objects.usable().select_related("config", "stripe_location__location"), pk=pk)
    form, here = TrialForm(request.POST), reverse("terminal:self_test")
    if not form.is_valid():
        messages.error(request, "Choose what to try.")
        return redirect(here)
    try:
        response = _begin(request, reader, Trial(form.cleaned_data["trial"]), form.cleaned_data["token"], here)
    except AlreadyUsed as used:
        return _screen(used.result, here)
    except BeingTaken as taken:
        return _screen(taken.attempt.uuid, here)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect(here)
    remember(response, reader)
    return response


def _begin(request: StaffRequest, reader: Reader, trial: Trial, token: UUID, here: str) -> HttpResponse:
    by = Actor.of(request.user)
    if trial is Trial.CARD:
        assert reader.location is not None  # it is usable
        member = tester(by=by, user=request.user, location=reader.location)
        return redirect("terminal:capture_new", "member", member.uuid)
    if trial is Trial.REFUND:
        return redirect("billing:refund_new", paid_by(request.user, reader).uuid)
    attempt = begin(by=by, user=request.user, reader=reader, trial=trial, now=timezone.now(), token=token)
    enqueue(advance_attempt, attempt.pk)
    return _screen(attempt.uuid, here)


def _screen(attempt: UUID | str, back: str) -> HttpResponse:
    return redirect(f"{reverse('terminal:attempt', args=[attempt])}?{urlencode({'back': back})}")
