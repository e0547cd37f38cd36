"""Plans, products and tax rates over the API: read only."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from flexspace.core.api_auth import caller
from flexspace.core.api_fields import MoneyField, NoInput, read
from flexspace.core.api_views import ERRORS, ONE_ERRORS, ApiView, PageQuery, at_location, list_answer, page_shape
from flexspace.core.models import Location
from flexspace.core.money import Money
from flexspace.core.roles import Permission
from members.enums import Anchor, ProductKind
from members.models import Plan, PlanPrice, Product, ProductPrice, TaxRate
from members.queries.catalogue import BY_PLACE, BY_RATE, plan_list, product_list, tax_rates


class TaxRateShape(serializers.Serializer[TaxRate]):
    """A tax, and what takes its place from a day on."""

    name = serializers.CharField()
    country = serializers.CharField()
    basis_points = serializers.IntegerField(help_text="1900 is 19 %.")
    is_active = serializers.BooleanField()
    successor = serializers.CharField(source="successor.name", allow_null=True, default=None)
    successor_from = serializers.DateField(allow_null=True)

    class Meta:
        ref_name = "TaxRate"


class PriceShape(serializers.Serializer[Any]):
    """A price from a day on, at the location's habit with or without tax."""

    from_date = serializers.DateField()
    price = MoneyField()

    class Meta:
        ref_name = "Price"


class _OfferShape(serializers.Serializer[Any]):
    """What plans and products share."""

    id = serializers.UUIDField(source="uuid")
    name = serializers.CharField()
    location = serializers.CharField(source="location.code")
    tax = serializers.CharField(source="tax_rate.name", allow_null=True, default=None)
    prices = serializers.SerializerMethodField(help_text="Oldest first.")
    price = serializers.SerializerMethodField(help_text="Today's; null before the first.")
    is_active = serializers.BooleanField(help_text="Whether it is sold.")

    @extend_schema_field(PriceShape(many=True))
    def get_prices(self, row: Plan | Product) -> Any:
        """Return every price."""
        currency = row.location.currency
        prices: list[PlanPrice | ProductPrice] = sorted(row.prices.all(), key=_from)
        found = [{"from_date": price.from_date, "price": Money(price.amount, currency)} for price in prices]
        return PriceShape(found, many=True).data

    @extend_schema_field(MoneyField(allow_null=True))
    def get_price(self, row: Plan | Product) -> Any:
        """Return the price in force."""
        price = row.price_on(row.location.today(timezone.now()))
        return MoneyField().to_representation(price) if price is not None else None


class PlanShape(_OfferShape):
    """A membership on offer."""

    description = serializers.CharField()
    interval_months = serializers.IntegerField(help_text="1, 3 or 12.")
    anchor = serializers.ChoiceField(choices=Anchor.choices())
    for_company = serializers.BooleanField()
    lets_in = serializers.BooleanField(help_text="Whether its holders may come in.")

    class Meta:
        ref_name = "Plan"


class ProductShape(_OfferShape):
    """Something sold once."""

    kind = serializers.ChoiceField(choices=ProductKind.choices())
    credits = serializers.IntegerField(help_text="Passes it gives when it is paid; none for a service.")
    is_half = serializers.BooleanField()
    valid_days = serializers.IntegerField(allow_null=True, help_text="null: for ever.")
    is_shared = serializers.BooleanField()

    class Meta:
        ref_name = "Product"


class PlanList(ApiView):
    """Plans by location and position, withdrawn ones too."""

    required_permission = Permission.VIEW

    @extend_schema(
        operation_id="list_plans",
        tags=["Plans and products"],
        parameters=[PageQuery],
        responses={200: page_shape(PlanShape, "PlanPage"), **ERRORS},
    )
    def get(self, request: Request) -> Response:
        """Return a page of plans."""
        query = read(PageQuery, request.query_params)
        rows = at_location(plan_list(caller(request)), query)
        return list_answer(request, rows, order=BY_PLACE, query=query, shape=PlanShape)


class PlanDetail(ApiView):
    """One plan."""

    required_permission = Permission.VIEW

    @extend_schema(operation_id="get_plan", tags=["Plans and products"], responses={200: PlanShape, **ONE_ERRORS})
    def get(self, request: Request, uuid: UUID) -> Response:
        """Return a plan; 404 outside the token's locations."""
        read(NoInput, request.query_params)
        return Response(PlanShape(get_object_or_404(plan_list(caller(request)), uuid=uuid)).data)


class ProductList(ApiView):
    """Products by location and position, withdrawn ones too."""

    required_permission = Permission.VIEW

    @extend_schema(
        operation_id="list_products",
        tags=["Plans and products"],
        parameters=[PageQuery],
        responses={200: page_shape(ProductShape, "ProductPage"), **ERRORS},
    )
    def get(self, request: Request) -> Response:
        """Return a page of products."""
        query = read(PageQuery, request.query_params)
        rows = at_location(product_list(caller(request)), query)
        return list_answer(request, rows, order=BY_PLACE, query=query, shape=ProductShape)


class ProductDetail(ApiView):
    """One product."""

    required_permission = Permission.VIEW

    @extend_schema(operation_id="get_product", tags=["Plans and products"], responses={200: ProductShape, **ONE_ERRORS})
    def get(self, request: Request, uuid: UUID) -> Response:
        """Return a product; 404 outside the token's locations."""
        read(NoInput, request.query_params)
        return Response(ProductShape(get_object_or_404(product_list(caller(request)), uuid=uuid)).data)


class TaxRateList(ApiView):
    """Tax rates of the countries of the token's locations."""

    required_permission = Permission.VIEW

    @extend_schema(
        operation_id="list_tax_rates",
        tags=["Plans and products"],
        parameters=[PageQuery],
        responses={200: page_shape(TaxRateShape, "TaxRatePage"), **ERRORS},
    )
    def get(self, request: Request) -> Response:
        """Return a page of rates by country and name; ``location`` keeps those of its country."""
        query, user = read(PageQuery, request.query_params), caller(request)
        rows = tax_rates(user)
        if "location" in query:
            here = Location.objects.for_user(user).filter(code=query["location"])
            rows = rows.filter(country__in=here.order_by().values("country"))
        return list_answer(request, rows, order=BY_RATE, query=query, shape=TaxRateShape)


def _from(price: Any) -> Any:
    return price.from_date
