"""Members and companies."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from flexspace.core.api_auth import caller
from flexspace.core.api_fields import NoInput, read
from flexspace.core.api_views import ERRORS, ONE_ERRORS, ApiView, PageQuery, at_location, list_answer, page_shape
from flexspace.core.models import User
from flexspace.core.roles import Permission
from members import queries
from members.models import Company, Member


class CompanyRef(serializers.Serializer[Company]):
    """A company by id and name."""

    id = serializers.UUIDField(source="uuid")
    name = serializers.CharField()


class MemberShape(serializers.Serializer[Member]):
    """A person. The desk's notes stay at the desk."""

    id = serializers.UUIDField(source="uuid")
    name = serializers.CharField()
    email = serializers.CharField(help_text="May be empty.")
    phone = serializers.CharField(help_text="As it was typed; may be empty.")
    company = CompanyRef(allow_null=True)
    location = serializers.CharField(source="location.code")
    created_at = serializers.DateTimeField()
    archived_at = serializers.DateTimeField(allow_null=True)

    class Meta:
        ref_name = "Member"


class MemberQuery(PageQuery):
    """Filters of the list."""

    company = serializers.UUIDField(required=False, help_text="People of this company.")


class MemberList(ApiView):
    """Members by name, without archived ones."""

    required_permission = Permission.VIEW

    @extend_schema(
        operation_id="list_members",
        tags=["Members"],
        parameters=[MemberQuery],
        responses={200: page_shape(MemberShape, "MemberPage"), **ERRORS},
    )
    def get(self, request: Request) -> Response:
        """Return a page of members of the token's locations."""
        query, user = read(MemberQuery, request.query_params), caller(request)
        rows = at_location(queries.member_list(user), query)
        if "company" in query:
            rows = rows.filter(company_id=company_id(user, query["company"]))
        return list_answer(request, rows, order=queries.BY_NAME, query=query, shape=MemberShape)


class MemberDetail(ApiView):
    """One member."""

    required_permission = Permission.VIEW

    @extend_schema(operation_id="get_member", tags=["Members"], responses={200: MemberShape, **ONE_ERRORS})
    def get(self, request: Request, uuid: UUID) -> Response:
        """Return a member, archived or not; 404 outside the token's locations."""
        read(NoInput, request.query_params)
        rows = Member.objects.for_user(caller(request)).select_related("company", "location")
        return Response(MemberShape(get_object_or_404(rows, uuid=uuid)).data)


def member_id(user: User, uuid: UUID) -> int:
    """Return the row's id of a member ``user`` may see; 0, which is nobody's, for any other."""
    return _id(Member.objects.for_user(user), uuid)


def company_id(user: User, uuid: UUID) -> int:
    """Return the row's id of a company ``user`` may see; 0, which is nobody's, for any other."""
    return _id(Company.objects.for_user(user), uuid)


def _id(rows: Any, uuid: UUID) -> int:
    return rows.filter(uuid=uuid).values_list("pk", flat=True).first() or 0
