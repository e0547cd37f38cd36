"""Readers and charges over the API: start one, follow it, cancel it. The same services as the pages."""

from typing import Any
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.models import Invoice
from flexspace.core.api_auth import Program, caller
from flexspace.core.api_fields import MoneyField, NoInput, StrictSerializer, read
from flexspace.core.api_views import (
    ERRORS,
    KEY_HEADER,
    MOVE_ERRORS,
    ONE_ERRORS,
    ApiView,
    PageQuery,
    answer_once,
    at_location,
    list_answer,
    page_shape,
)
from flexspace.core.enqueue import enqueue
from flexspace.core.errors import NotAllowed
from flexspace.core.idempotency import Answer
from flexspace.core.models import AuditEvent, User
from flexspace.core.money import Money
from flexspace.core.roles import Permission
from terminal.api.shapes import AttemptShape, ReaderShape
from terminal.enums import CancelReason
from terminal.models import Attempt, Reader
from terminal.queries import attempts, holders_of
from terminal.services.cancel import request_cancel
from terminal.services.collect import start
from terminal.tasks import advance_attempt

STRIPE_ID = r"^[A-Za-z0-9_]{1,60}\Z"
MAX_PARTS = 20


class PartInput(StrictSerializer):
    """An invoice and how much of it to take."""

    invoice = serializers.UUIDField()
    amount = MoneyField()


class StartInput(StrictSerializer):
    """A charge: all invoices of one location, currency and payer.

    The card is not kept: that takes the word of a person to whom somebody at the desk has read what it means.
    """

    reader = serializers.RegexField(STRIPE_ID, help_text="The reader's id: tmr_…")
    invoices = serializers.ListField(child=PartInput(), min_length=1, max_length=MAX_PARTS)

    def validate_invoices(self, parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Refuse an invoice that is named twice."""
        if len({part["invoice"] for part in parts}) != len(parts):
            raise serializers.ValidationError("Name every invoice once.")
        return parts


class ReaderList(ApiView):
    """Readers that can charge."""

    required_permission = Permission.VIEW

    @extend_schema(
        operation_id="list_readers",
        tags=["Readers"],
        parameters=[PageQuery],
        responses={200: page_shape(ReaderShape, "ReaderPage"), **ERRORS},
    )
    def get(self, request: Request) -> Response:
        """Return a page of the readers at the token's locations."""
        query = read(PageQuery, request.query_params)
        rows = at_location(_readers(caller(request)), query, "stripe_location__location")
        return list_answer(request, rows, order=("label", "pk"), query=query, shape=ReaderShape, context=_holders)


class ReaderDetail(ApiView):
    """One reader."""

    required_permission = Permission.VIEW

    @extend_schema(operation_id="get_reader", tags=["Readers"], responses={200: ReaderShape, **ONE_ERRORS})
    def get(self, request: Request, reader_id: str) -> Response:
        """Return a reader by its Stripe id; 404 outside the token's locations."""
        read(NoInput, request.query_params)
        reader = _reader(caller(request), reader_id)
        return Response(ReaderShape(reader, context=_holders([reader])).data)


class AttemptStart(ApiView):
    """Charges on readers."""

    required_permission = Permission.CHARGE

    @extend_schema(
        operation_id="start_attempt",
        tags=["Attempts"],
        parameters=[KEY_HEADER],
        request=StartInput,
        responses={201: AttemptShape, **MOVE_ERRORS},
    )
    def post(self, request: Request) -> Response:
        """Ask for money on a reader. The answer comes before the reader shows the amount: follow the attempt."""
        read(NoInput, request.query_params)
        wanted, user = read(StartInput, request.data), caller(request)
        answer = answer_once(request, lambda: _start(user, wanted))
        if answer.status_code == 201:
            answer["Location"] = reverse("api:attempt", args=[answer.data["id"]])
        return answer


class AttemptDetail(ApiView):
    """One charge."""

    required_permission = Permission.VIEW

    @extend_schema(operation_id="get_attempt", tags=["Attempts"], responses={200: AttemptShape, **ONE_ERRORS})
    def get(self, request: Request, uuid: UUID) -> Response:
        """Return how far a charge is. Ask every second or two until `live` is false; asking changes nothing."""
        read(NoInput, request.query_params)
        return Response(_shown(get_object_or_404(attempts().for_user(caller(request)), uuid=uuid)))


class AttemptCancel(ApiView):
    """The end of a charge."""

    required_permission = Permission.CHARGE

    @extend_schema(
        operation_id="cancel_attempt",
        tags=["Attempts"],
        parameters=[KEY_HEADER],
        request=NoInput,
        responses={202: AttemptShape, **MOVE_ERRORS},
    )
    def post(self, request: Request, uuid: UUID) -> Response:
        """Want a charge to end that this token started. Stripe has the last word: it may turn out to be paid."""
        read(NoInput, request.query_params)
        read(NoInput, request.data or {})
        return answer_once(request, lambda: _cancel(caller(request), uuid))


def _holders(readers: list[Reader]) -> dict[str, Any]:
    return {"holders": holders_of(readers)}


def _readers(user: User) -> Any:
    return Reader.objects.for_user(user).usable().select_related("config", "stripe_location__location")


def _reader(user: User, stripe_id: str) -> Reader:
    """Return the reader; 404 outside the person's locations. An id that two accounts know counts as the newer row."""
    found: Reader | None = _readers(user).filter(stripe_id=stripe_id).order_by("-pk").first()
    if found is None:
        raise Http404
    return found


def _start(user: User, wanted: dict[str, Any]) -> Answer:
    """Reserve the charge; the worker sends it. Only database writes, all undone together."""
    assert isinstance(user, Program)
    reader = _reader(user, wanted["reader"])
    amounts: dict[UUID, Money] = {part["invoice"]: part["amount"] for part in wanted["invoices"]}
    found = Invoice.objects.for_user(user).filter(uuid__in=amounts).select_related("location", "member", "company")
    invoices = {invoice.uuid: invoice for invoice in found}
    if len(invoices) != len(amounts):
        raise Http404
    parts = [(invoices[uuid], amount) for uuid, amount in amounts.items()]
    attempt = start(by=user.actor, parts=parts, reader=reader, now=timezone.now())
    enqueue(advance_attempt, attempt.pk)
    return Answer(201, _shown(attempts().get(pk=attempt.pk)))


def _cancel(user: User, uuid: UUID) -> Answer:
    """Ask for the end of an attempt; only database writes."""
    assert isinstance(user, Program)
    attempt = get_object_or_404(attempts().for_user(user), uuid=uuid)
    if not _started_by(user, attempt):
        raise NotAllowed("A token may cancel only what it started itself.", code="not_yours")
    request_cancel(attempt.pk, by=user.actor, now=timezone.now(), reason=CancelReason.STAFF)
    enqueue(advance_attempt, attempt.pk)
    return Answer(202, _shown(attempts().get(pk=attempt.pk)))


def _started_by(program: Program, attempt: Attempt) -> bool:
    """Return whether this token started it. The audit log knows: names of tokens may repeat, their ids do not."""
    return AuditEvent.objects.filter(
        subjects__kind=Attempt._meta.label_lower,
        subjects__subject_id=attempt.pk,
        action="terminal.attempt.started",
        actor_kind=program.actor.kind,
        actor_id=program.actor.id,
    ).exists()


def _shown(attempt: Attempt) -> dict[str, Any]:
    return dict(AttemptShape(attempt, context={"now": timezone.now()}).data)
