"""Keep a card: on a reader, by what the person at the desk reads out, without a charge."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from billing.enums import ConsentPurpose
from billing.models import Consent
from billing.services.consents import wording_texts
from billing.wording import LANGUAGES, current, digest
from flexspace.core.actors import Actor
from flexspace.core.enqueue import enqueue
from flexspace.core.errors import DomainError
from flexspace.core.htmx import page_or_partial
from flexspace.core.one_use import AlreadyUsed
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from members.models import Company, Member
from terminal import explain
from terminal.forms.charge import CaptureForm, ReaderForm
from terminal.live import find_attempt
from terminal.models import Attempt
from terminal.queries import payer_for
from terminal.services.capture import BeingKept, live_capture, start_capture
from terminal.services.keeping import Agreed, KeptAlready, agree_and_capture, capture_after
from terminal.services.reader_check import ReaderInUse
from terminal.services.reserve import Payer
from terminal.tasks import advance_attempt
from terminal.views.desk_reader import remembered, started
from terminal.views.picker import picker


def find_payer(request: StaffRequest, kind: str, uuid: UUID) -> Member | Company:
    """Return a member or company of one of the person's locations, else 404."""
    payer = payer_for(request.user, kind, uuid)
    if payer is None:
        raise Http404
    return payer


@require(Permission.CHARGE)
@require_http_methods(["GET", "POST"])
def capture_new(request: StaffRequest, kind: str, uuid: UUID) -> HttpResponse:
    """Choose whose card, for what and where; show the words to agree to; ask for the card."""
    asked = find_payer(request, kind, uuid)
    live = _live(asked)
    if live and request.method == "GET":
        messages.info(request, "A card of theirs is being kept right now.")
        return redirect("terminal:attempt", live.uuid)
    payers = _payers(asked)
    form = CaptureForm(request.POST or None, payers=payers, location=asked.location, user=request.user)
    if request.method == "POST" and form.is_valid():
        answer = _capture(request, form)
        if answer:
            return answer
    said = request.POST if request.method == "POST" else request.GET
    context = {"form": form, "asked": asked, "kind": kind, "payers": payers, **_words(payers, kind, said)}
    context["choices"] = picker(asked.location, remembered(request))
    response = page_or_partial(request, "terminal/cards/capture_new.html", "words", context)
    response.status_code = 422 if form.errors else 200
    return response


def _payers(asked: Member | Company) -> dict[str, Member | Company]:
    """Return who may pay: a company by itself; a member, and the company they belong to."""
    if isinstance(asked, Company):
        return {"company": asked}
    both: dict[str, Member | Company] = {"member": asked}
    return {**both, "company": asked.company} if asked.company else both


def _words(payers: dict[str, Member | Company], kind: str, said: Any) -> dict[str, Any]:
    """Return the choice so far, and what is to be agreed to under it in every language."""
    chosen = said.get("payer") if said.get("payer") in payers else kind
    wanted = said.get("purpose")
    purpose = ConsentPurpose(wanted) if wanted in list(ConsentPurpose) else ConsentPurpose.DUES
    payer = payers[chosen]
    texts = wording_texts(purpose, payer=payer, location=payer.location)
    return {
        "chosen": chosen,
        "payer": payer,
        "purpose": purpose,
        "purposes": [(one, explain.kept_for(one).capitalize()) for one in ConsentPurpose],
        "shown": digest(texts),
        "texts": [(code, LANGUAGES[code], text) for code, text in texts.items()],
        "language": said.get("language") or "en",
    }


def _live(payer: Member | Company) -> Attempt | None:
    member, company = (payer, None) if isinstance(payer, Member) else (None, payer)
    return live_capture(Payer(payer.location, member, company))


def _capture(request: StaffRequest, form: CaptureForm) -> HttpResponse | None:
    """Start; None when the form should be shown again with what is wrong."""
    data = form.cleaned_data
    payer, purpose = data["payer"], ConsentPurpose(data["purpose"])
    member, company = (payer, None) if isinstance(payer, Member) else (None, payer)
    try:
        attempt = agree_and_capture(
            by=Actor.of(request.user),
            payer=Payer(payer.location, member, company),
            agreed=Agreed(purpose, current(purpose).version, data["language"]),
            reader=data["reader"],
            now=timezone.now(),
            token=data["token"],
        )
    except AlreadyUsed as used:
        messages.info(request, "This was sent before, so nothing was sent again.")
        return redirect("terminal:attempt", used.result)
    except BeingKept as being:
        messages.info(request, being.message)
        return redirect("terminal:attempt", being.attempt.uuid)
    except DomainError as error:
        form.add_error(None, error.message)
        return None
    return started(attempt, data["reader"])


@require(Permission.CHARGE)
@require_http_methods(["GET", "POST"])
def capture_with(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Ask for a card under a consent that was given before: only the reader is chosen."""
    rows = Consent.objects.for_user(request.user).select_related("location", "member__company", "company")
    consent = get_object_or_404(rows, uuid=uuid)
    form = ReaderForm(request.POST or None, location=consent.location, user=request.user)
    if request.method == "POST" and form.is_valid():
        reader, token = form.cleaned_data["reader"], form.cleaned_data["token"]
        try:
            attempt = start_capture(
                by=Actor.of(request.user), consent=consent, reader=reader, now=timezone.now(), token=token
            )
            return started(attempt, reader)
        except AlreadyUsed as used:
            return redirect("terminal:attempt", used.result)
        except BeingKept as being:
            return redirect("terminal:attempt", being.attempt.uuid)
        except DomainError as error:
            form.add_error(None, error.message)
    context = {"form": form, "consent": consent, "choices": picker(consent.location, remembered(request))}
    status = 422 if form.errors else 200
    return TemplateResponse(request, "terminal/cards/capture_with.html", context, status=status)


@require(Permission.CHARGE)
@require_POST
def attempt_keep(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Ask for a card once more, under the consent of an attempt that kept none: one key, on the same reader."""
    row = find_attempt(request, uuid)
    try:
        attempt = capture_after(row, by=Actor.of(request.user), now=timezone.now())
    except BeingKept as being:
        return redirect("terminal:attempt", being.attempt.uuid)
    except KeptAlready as already:
        messages.success(request, already.message)
    except ReaderInUse as busy:
        messages.error(request, busy.message)
        assert row.consent is not None  # capture_after refuses an attempt without one
        return redirect("terminal:capture_with", row.consent.uuid)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        enqueue(advance_attempt, attempt.pk)
        return redirect("terminal:attempt", attempt.uuid)
    return redirect("terminal:attempt", row.uuid)
