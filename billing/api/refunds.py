"""Refunds over the API: ask for one, follow it. The same service, limits and locks as the page."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing import queries
from billing.enums import RefundMethod, RefundOrigin, RefundOutcome, RefundState
from billing.models import Payment, Refund
from billing.services.refunds import Asker, ask_amount
from flexspace.core.api_auth import Program, caller
from flexspace.core.api_fields import MoneyField, NoInput, StrictSerializer, read
from flexspace.core.api_views import KEY_HEADER, MOVE_ERRORS, ONE_ERRORS, ApiView, answer_once
from flexspace.core.idempotency import Answer
from flexspace.core.models import User
from flexspace.core.roles import Permission

CHOSEN = [RefundOutcome.CREDIT.value, RefundOutcome.REOPEN.value]


class RefundShape(serializers.Serializer[Refund]):
    """Money on its way back, or back."""

    id = serializers.UUIDField(source="uuid")
    amount = MoneyField(source="money")
    state = serializers.ChoiceField(choices=RefundState.choices())
    live = serializers.BooleanField(source="is_live", help_text="Whether its end is not known yet.")
    method = serializers.ChoiceField(choices=RefundMethod.choices())
    origin = serializers.ChoiceField(choices=RefundOrigin.choices(), help_text="`dashboard`: made at Stripe.")
    on_reader = serializers.BooleanField(
        help_text="Whether the card has to be presented: staff choose a reader within 15 minutes, or it ends."
    )
    outcome = serializers.ChoiceField(choices=RefundOutcome.choices(), help_text="What becomes of the invoice.")
    reason = serializers.CharField()
    reference = serializers.CharField(allow_null=True, help_text="Stripe's refund; null until Stripe has it.")
    failure_code = serializers.CharField(help_text="Why nothing went back; empty while all is well.")
    asked_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)

    class Meta:
        ref_name = "Refund"


class RefundInput(StrictSerializer):
    """How much of the payment goes back, and why."""

    amount = MoneyField()
    reason = serializers.CharField(max_length=300)
    outcome = serializers.ChoiceField(
        choices=CHOSEN, default=RefundOutcome.CREDIT.value, help_text="`reopen`: the invoice is to be paid another way."
    )
    tell_payer = serializers.BooleanField(
        required=False, help_text="Whether the payer is mailed; left out: where the location mails its own receipts."
    )


class RefundAsk(ApiView):
    """Refunds of a payment."""

    required_permission = Permission.REFUND

    @extend_schema(
        operation_id="refund_payment",
        tags=["Payments"],
        parameters=[KEY_HEADER],
        request=RefundInput,
        responses={201: RefundShape, **MOVE_ERRORS},
    )
    def post(self, request: Request, uuid: UUID) -> Response:
        """Let money go back the way it came. The answer comes before Stripe's: follow the refund."""
        read(NoInput, request.query_params)
        wanted, user = read(RefundInput, request.data), caller(request)
        answer = answer_once(request, lambda: _ask(user, uuid, wanted))
        if answer.status_code == 201:
            answer["Location"] = reverse("api:refund", args=[answer.data["id"]])
        return answer


class RefundDetail(ApiView):
    """One refund."""

    required_permission = Permission.VIEW

    @extend_schema(operation_id="get_refund", tags=["Payments"], responses={200: RefundShape, **ONE_ERRORS})
    def get(self, request: Request, uuid: UUID) -> Response:
        """Return how far a refund is. Asking changes nothing."""
        read(NoInput, request.query_params)
        return Response(RefundShape(get_object_or_404(Refund.objects.for_user(caller(request)), uuid=uuid)).data)


def _ask(user: User, uuid: UUID, wanted: dict[str, Any]) -> Answer:
    """Reserve the refund; the worker sends it. Only database writes, all undone together.

    The token's maker's limit counts. Nobody can type a password here, so what needs one is refused.
    """
    assert isinstance(user, Program)
    payment: Payment = get_object_or_404(queries.payment_list(user), uuid=uuid)
    refund = ask_amount(
        by=user.actor,
        asker=Asker(user.token.created_by.role),
        payment=payment,
        amount=wanted["amount"],
        reason=wanted["reason"],
        outcome=RefundOutcome(wanted["outcome"]),
        tell=wanted.get("tell_payer"),
        now=timezone.now(),
    )
    return Answer(201, dict(RefundShape(refund).data))
