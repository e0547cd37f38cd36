"""What the API's views share: their base, their lists, and the answer for an address that is none."""

import re
from collections.abc import Callable
from typing import Any

from django.core import signing
from django.db.models import QuerySet
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from flexspace.core.api_auth import Program, caller
from flexspace.core.api_errors import WrongHeader
from flexspace.core.api_fields import ErrorShape, SmallJSON, StrictSerializer
from flexspace.core.idempotency import Answer, once
from flexspace.core.keyset import keyset_page
from flexspace.core.models import Location
from flexspace.core.roles import Permission

MAX_LIMIT = 100
REPLAYED = "Idempotent-Replayed"
KEY = re.compile(r"[\x21-\x7e]{1,255}")
KEY_HEADER = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="1 to 255 visible characters, new for every new intention; the same again when you repeat a call.",
)
ERRORS: dict[int, Any] = {400: ErrorShape, 401: ErrorShape, 403: ErrorShape, 429: ErrorShape}
ONE_ERRORS: dict[int, Any] = {**ERRORS, 404: ErrorShape}
MOVE_ERRORS: dict[int, Any] = {**ONE_ERRORS, 409: ErrorShape, 422: ErrorShape}


class ApiView(APIView):
    """A view of the API: says what permission it needs; reads and writes JSON; leaves cookies alone."""

    required_permission: Permission
    parser_classes = [SmallJSON]
    metadata_class = None


class PageQuery(StrictSerializer):
    """What every list takes."""

    cursor = serializers.CharField(required=False, max_length=600, help_text="`next` or `previous` of an answer.")
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MAX_LIMIT, default=50)
    location = serializers.RegexField(r"^[A-Z0-9]{1,6}\Z", required=False, help_text="A location's code, such as HFN.")


def page_shape(shape: type[serializers.Serializer[Any]], name: str) -> Any:
    """Return the description of a list's answer."""
    fields = {
        "data": shape(many=True),
        "next": serializers.CharField(allow_null=True, help_text="Cursor of the rows after these."),
        "previous": serializers.CharField(allow_null=True, help_text="Cursor of the rows before these."),
    }
    return inline_serializer(name=name, fields=fields)


def at_location(rows: "QuerySet[Any]", query: dict[str, Any], path: str = "location") -> "QuerySet[Any]":
    """Return ``rows`` of the location that the query names, all of them when it names none.

    ``rows`` hold only the caller's locations already, so a foreign one finds nothing.
    """
    if "location" not in query:
        return rows
    found = Location.objects.filter(code=query["location"]).values_list("pk", flat=True).first()
    return rows.filter(**{path: found}) if found else rows.none()


def list_answer(
    request: Request,
    rows: "QuerySet[Any]",
    *,
    order: tuple[str, ...],
    query: dict[str, Any],
    shape: type[serializers.Serializer[Any]],
    context: Callable[[list[Any]], dict[str, Any]] = lambda _rows: {},
) -> Response:
    """Return one page of ``rows`` without a COUNT; ``context`` makes what ``shape`` needs from the page's rows.

    A cursor of another list or order is refused, never ignored: a loop over pages would not end.
    """
    signer = signing.Signer(salt="flexspace.api.cursor")
    place = f"{request.path} {' '.join(order)}"
    inner = ""
    if "cursor" in query:
        try:
            where, inner = signer.unsign_object(query["cursor"])
        except (signing.BadSignature, ValueError, TypeError):
            where = ""
        if where != place:
            raise serializers.ValidationError({"cursor": ["This cursor belongs to no list, or to another one."]})
    page = keyset_page(rows, order=order, cursor=inner, size=query["limit"])
    data = shape(page.rows, many=True, context=context(page.rows)).data
    seal: Callable[[str], str | None] = lambda text: signer.sign_object([place, text]) if text else None  # noqa: E731
    return Response({"data": data, "next": seal(page.older), "previous": seal(page.newer)})


def answer_once(request: Request, act: Callable[[], Answer]) -> Response:
    """Run ``act`` once for the call's ``Idempotency-Key``; a repeated call gets the stored answer."""
    key = request.headers.get("Idempotency-Key", "")
    if not KEY.fullmatch(key):
        raise WrongHeader(
            "This call moves money and needs the header Idempotency-Key: 1 to 255 visible characters.",
            code="idempotency_key_missing" if not key else "idempotency_key_unusable",
        )
    user = caller(request)
    assert isinstance(user, Program)
    answer = once(
        token=user.token, key=key, call=(str(request.method), request.path, dict(request.data or {})), act=act
    )
    headers = {REPLAYED: "true"} if answer.replayed else {}
    return Response(answer.body, status=answer.status, headers=headers)


@extend_schema(exclude=True)
class NoSuchAddress(ApiView):
    """Answers for every address under the API that is none."""

    required_permission = Permission.VIEW

    def get(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Say so; addresses end with a slash."""
        raise NotFound("There is nothing at this address. Addresses end with a slash.")

    post = put = patch = delete = get


class TokenScheme(OpenApiAuthenticationExtension):
    """How the description names the token."""

    target_class = "flexspace.core.api_auth.TokenAuthentication"
    name = "token"

    def get_security_definition(self, _auto_schema: Any) -> dict[str, str]:
        """Return a bearer token."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "fx_…"}
