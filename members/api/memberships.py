"""Memberships over the API: read only."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from flexspace.core.api_auth import caller
from flexspace.core.api_fields import DayField, MoneyField, NoInput, PayerShape, read
from flexspace.core.api_views import ERRORS, ONE_ERRORS, ApiView, PageQuery, at_location, list_answer, page_shape
from flexspace.core.money import Money
from flexspace.core.roles import Permission
from members.api.people import company_id, member_id
from members.enums import MembershipState
from members.models import Membership
from members.queries.memberships import NEWEST, membership_list


class PlanRef(serializers.Serializer[Any]):
    """A plan by id and name."""

    id = serializers.UUIDField(source="uuid")
    name = serializers.CharField()


class PersonRef(serializers.Serializer[Any]):
    """A member by id and name."""

    id = serializers.UUIDField(source="uuid")
    name = serializers.CharField()


class MembershipShape(serializers.Serializer[Membership]):
    """Who holds and pays which plan, from when to when."""

    id = serializers.UUIDField(source="uuid")
    plan = PlanRef()
    holder = PayerShape()
    person = PersonRef(allow_null=True, help_text="Whom a company's membership is for; null: all of its people.")
    location = serializers.CharField(source="location.code")
    state = serializers.SerializerMethodField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True, help_text="The last day.")
    price = serializers.SerializerMethodField(help_text="Of a whole period today, less discounts.")

    class Meta:
        ref_name = "Membership"

    @extend_schema_field(serializers.ChoiceField(choices=MembershipState.choices()))
    def get_state(self, row: Membership) -> str:
        """Return the state today."""
        return row.terms().state(row.location.today(timezone.now())).value

    @extend_schema_field(MoneyField(allow_null=True))
    def get_price(self, row: Membership) -> Any:
        """Return what a whole period costs."""
        amount = row.terms().price(max(row.location.today(timezone.now()), row.starts_on))
        return None if amount is None else MoneyField().to_representation(Money(amount, row.location.currency))


class MembershipQuery(PageQuery):
    """Filters of the list."""

    member = serializers.UUIDField(required=False, help_text="Held by this member.")
    company = serializers.UUIDField(required=False, help_text="Held by this company.")
    on = DayField(required=False, help_text="In force on this day, paused ones too.")


class MembershipList(ApiView):
    """Memberships, the latest start first."""

    required_permission = Permission.VIEW

    @extend_schema(
        operation_id="list_memberships",
        tags=["Memberships"],
        parameters=[MembershipQuery],
        responses={200: page_shape(MembershipShape, "MembershipPage"), **ERRORS},
    )
    def get(self, request: Request) -> Response:
        """Return a page of memberships at the token's locations."""
        query, user = read(MembershipQuery, request.query_params), caller(request)
        rows = membership_list(user)
        if "on" in query:
            rows = rows.on(query["on"])
        found = at_location(rows, query)
        if "member" in query:
            found = found.filter(member_id=member_id(user, query["member"]))
        if "company" in query:
            found = found.filter(company_id=company_id(user, query["company"]))
        return list_answer(request, found, order=NEWEST, query=query, shape=MembershipShape)


class MembershipDetail(ApiView):
    """One membership."""

    required_permission = Permission.VIEW

    @extend_schema(operation_id="get_membership", tags=["Memberships"], responses={200: MembershipShape, **ONE_ERRORS})
    def get(self, request: Request, uuid: UUID) -> Response:
        """Return a membership; 404 outside the token's locations."""
        read(NoInput, request.query_params)
        return Response(MembershipShape(get_object_or_404(membership_list(caller(request)), uuid=uuid)).data)
