"""Collections over the API: read only. What saved cards pay by themselves, and where that stands."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.enums import CollectionReason, CollectionState
from billing.explain.collecting import reason_sentence
from billing.models import Collection
from billing.queries.collections import collections_for
from flexspace.core.api_auth import caller
from flexspace.core.api_fields import MoneyField, NoInput, PayerShape, read
from flexspace.core.api_views import ERRORS, ONE_ERRORS, ApiView, PageQuery, at_location, list_answer, page_shape
from flexspace.core.roles import Permission


class CollectionShape(serializers.Serializer[Collection]):
    """How an invoice is collected from a saved card. Its id is the invoice's."""

    id = serializers.UUIDField(source="invoice.uuid")
    number = serializers.CharField(source="invoice.number")
    location = serializers.CharField(source="location.code")
    payer = PayerShape(source="invoice.payer")
    open = MoneyField(source="invoice.open")
    due_date = serializers.DateField(source="invoice.due_date")
    state = serializers.ChoiceField(choices=CollectionState.choices())
    next_try_on = serializers.DateField(allow_null=True, help_text="A day in the location's time zone.")
    tries = serializers.IntegerField(help_text="How often a bank was asked; four times at most.")
    last_tried_at = serializers.DateTimeField(allow_null=True)
    last_contact_at = serializers.DateTimeField(allow_null=True, help_text="When the payer was last written to.")
    ask_at_visit = serializers.BooleanField(source="at_desk")
    reason = serializers.SerializerMethodField(help_text="Why it stands still; empty while all is well.")
    sentence = serializers.SerializerMethodField(help_text="The reason in words, with the bank's where there is one.")

    class Meta:
        ref_name = "Collection"

    def get_reason(self, row: Collection) -> CollectionReason:
        """Return the reason's code."""
        return row.reason

    def get_sentence(self, row: Collection) -> str:
        """Return the reason in words."""
        return reason_sentence(row)


class CollectionQuery(PageQuery):
    """Filters of the list."""

    state = serializers.ChoiceField(choices=CollectionState.choices(), required=False)


class CollectionList(ApiView):
    """Collections, newest first."""

    required_permission = Permission.VIEW

    @extend_schema(
        operation_id="list_collections",
        tags=["Collections"],
        parameters=[CollectionQuery],
        responses={200: page_shape(CollectionShape, "CollectionPage"), **ERRORS},
    )
    def get(self, request: Request) -> Response:
        """Return a page of collections of the token's locations."""
        query = read(CollectionQuery, request.query_params)
        rows = at_location(collections_for(caller(request)), query)
        if "state" in query:
            rows = rows.filter(state=query["state"])
        return list_answer(request, rows, order=("-pk",), query=query, shape=CollectionShape)


class CollectionDetail(ApiView):
    """One collection."""

    required_permission = Permission.VIEW

    @extend_schema(operation_id="get_collection", tags=["Collections"], responses={200: CollectionShape, **ONE_ERRORS})
    def get(self, request: Request, uuid: UUID) -> Response:
        """Return how an invoice is collected; 404 when it is not, or outside the token's locations."""
        read(NoInput, request.query_params)
        return Response(CollectionShape(get_object_or_404(collections_for(caller(request)), invoice__uuid=uuid)).data)
