"""Invoices and payments over the API: read only."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing import queries
from billing.api.refunds import RefundShape
from billing.enums import InvoiceStatus, PaymentMethod
from billing.models import Allocation, Invoice, InvoiceLine, Payment, netted
from billing.papers import file_name, invoice_paper, pdf_answer
from billing.pdf import invoice_pdf
from flexspace.core.api_auth import caller
from flexspace.core.api_fields import MoneyField, NoInput, PayerShape, read
from flexspace.core.api_views import ERRORS, ONE_ERRORS, ApiView, PageQuery, at_location, list_answer, page_shape
from flexspace.core.models import User
from flexspace.core.money import Money
from flexspace.core.roles import Permission
from members.api import company_id, member_id

STATUSES = [tab for tab in queries.TABS if tab != "all"]


class LineShape(serializers.Serializer[InvoiceLine]):
    """One thing on an invoice; net and tax make gross."""

    description = serializers.CharField()
    quantity = serializers.IntegerField()
    unit = MoneyField(help_text="The price of one, as it was typed.")
    tax_name = serializers.CharField()
    tax_basis_points = serializers.IntegerField(help_text="1900 is 19 %.")
    net = serializers.SerializerMethodField()
    tax = serializers.SerializerMethodField()
    gross = MoneyField()

    class Meta:
        ref_name = "InvoiceLine"

    def get_net(self, row: InvoiceLine) -> Any:
        """Return the line without tax."""
        return MoneyField().to_representation(Money(row.net_amount, row.invoice.currency))

    def get_tax(self, row: InvoiceLine) -> Any:
        """Return the line's tax."""
        return MoneyField().to_representation(Money(row.tax_amount, row.invoice.currency))


class InvoicePart(serializers.Serializer[Allocation]):
    """The part of a payment that went to this invoice."""

    payment = serializers.UUIDField(source="payment.uuid")
    amount = MoneyField(source="money")
    received_at = serializers.DateTimeField(source="payment.received_at")


class InvoiceShape(serializers.Serializer[Invoice]):
    """What somebody owes."""

    id = serializers.UUIDField(source="uuid")
    number = serializers.CharField(allow_null=True, help_text="Null for a draft.")
    status = serializers.SerializerMethodField()
    location = serializers.CharField(source="location.code")
    payer = PayerShape()
    net = MoneyField()
    tax = MoneyField()
    total = MoneyField()
    paid = MoneyField(help_text="What came, less what went back.")
    credited = MoneyField(help_text="What credit notes take off.")
    open = MoneyField()
    issue_date = serializers.DateField(allow_null=True)
    due_date = serializers.DateField(allow_null=True)
    created_at = serializers.DateTimeField()
    issued_at = serializers.DateTimeField(allow_null=True)
    voided_at = serializers.DateTimeField(allow_null=True)
    pdf = serializers.SerializerMethodField(help_text="Where the invoice is as a PDF, for the same token.")
    lines = LineShape(many=True)
    allocations = serializers.SerializerMethodField()

    class Meta:
        ref_name = "Invoice"

    @extend_schema_field(InvoicePart(many=True))
    def get_allocations(self, row: Invoice) -> Any:
        """Return what payments pay of it by now."""
        parts: Any = netted(row.allocations.all())
        return InvoicePart(parts, many=True).data

    def get_status(self, row: Invoice) -> InvoiceStatus:
        """Return what people read, on the location's own day."""
        return row.status(row.location.today(self.context["now"]))

    def get_pdf(self, row: Invoice) -> str:
        """Return the address of its PDF."""
        return settings.SITE_URL + reverse("api:invoice_pdf", args=[row.uuid])


class InvoiceQuery(PageQuery):
    """Filters of the list."""

    status = serializers.ChoiceField(
        choices=STATUSES, required=False, help_text="`open` holds `overdue` ones too. Open ones come oldest due first."
    )
    member = serializers.UUIDField(required=False, help_text="Invoices this member pays.")
    company = serializers.UUIDField(required=False, help_text="Invoices this company pays.")
    number = serializers.RegexField(r"^[A-Za-z0-9-]{1,20}\Z", required=False, help_text="The whole number: HFN-000123.")


class InvoiceList(ApiView):
    """Invoices, newest first."""

    required_permission = Permission.VIEW

    @extend_schema(
        operation_id="list_invoices",
        tags=["Invoices"],
        parameters=[InvoiceQuery],
        responses={200: page_shape(InvoiceShape, "InvoicePage"), **ERRORS},
    )
    def get(self, request: Request) -> Response:
        """Return a page of invoices of the token's locations."""
        query, user, now = read(InvoiceQuery, request.query_params), caller(request), timezone.now()
        found, order = queries.invoice_list(user, tab=query.get("status", "all"), now=now)
        rows = _of_payer(at_location(found, query), query, user)
        if "number" in query:
            rows = rows.filter(number=query["number"].upper())
        rows = _with_parts(rows)
        return list_answer(request, rows, order=order, query=query, shape=InvoiceShape, context=lambda _: {"now": now})


class InvoiceDetail(ApiView):
    """One invoice."""

    required_permission = Permission.VIEW

    @extend_schema(operation_id="get_invoice", tags=["Invoices"], responses={200: InvoiceShape, **ONE_ERRORS})
    def get(self, request: Request, uuid: UUID) -> Response:
        """Return an invoice; 404 outside the token's locations."""
        read(NoInput, request.query_params)
        rows = Invoice.objects.for_user(caller(request)).select_related("location", "member", "company", "collection")
        invoice = get_object_or_404(_with_parts(rows), uuid=uuid)
        return Response(InvoiceShape(invoice, context={"now": timezone.now()}).data)


class InvoiceFile(ApiView):
    """One invoice on paper."""

    required_permission = Permission.VIEW

    @extend_schema(
        operation_id="get_invoice_pdf",
        tags=["Invoices"],
        responses={(200, "application/pdf"): OpenApiTypes.BINARY, **ONE_ERRORS},
    )
    def get(self, request: Request, uuid: UUID) -> HttpResponse:
        """Return the invoice as a PDF; a draft says on every page that it is none."""
        read(NoInput, request.query_params)
        rows = Invoice.objects.for_user(caller(request)).select_related("location", "member", "company", "collection")
        invoice = get_object_or_404(rows, uuid=uuid)
        paper = invoice_paper(invoice, today=invoice.location.today(timezone.now()))
        return pdf_answer(invoice_pdf(paper), file_name("invoice", str(invoice)))


class PaymentPart(serializers.Serializer[Allocation]):
    """The part of a payment that went to an invoice."""

    invoice = serializers.UUIDField(source="invoice.uuid")
    number = serializers.CharField(source="invoice.number")
    amount = MoneyField(source="money")


class PaymentShape(serializers.Serializer[Payment]):
    """Money that came."""

    id = serializers.UUIDField(source="uuid")
    amount = MoneyField(source="money")
    method = serializers.ChoiceField(choices=PaymentMethod.choices())
    reference = serializers.CharField(help_text="Stripe's payment intent, or our own number for money taken by hand.")
    location = serializers.CharField(source="location.code")
    payer = serializers.SerializerMethodField()
    received_at = serializers.DateTimeField()
    received_by = serializers.CharField()
    card_brand = serializers.CharField()
    card_last4 = serializers.CharField()
    reader = serializers.CharField(source="reader_label", help_text="The reader's label at that time; may be empty.")
    livemode = serializers.BooleanField(help_text="False for Stripe's test mode.")
    allocations = PaymentPart(many=True, source="parts")
    refunds = RefundShape(many=True)

    class Meta:
        ref_name = "Payment"

    def get_payer(self, row: Payment) -> Any:
        """Return who paid; null when nobody is known."""
        payer = row.member or row.company
        return PayerShape(payer).data if payer else None


class PaymentQuery(PageQuery):
    """Filters of the list."""

    member = serializers.UUIDField(required=False, help_text="Payments of this member.")
    company = serializers.UUIDField(required=False, help_text="Payments of this company.")


class PaymentList(ApiView):
    """Payments, newest first."""

    required_permission = Permission.VIEW

    @extend_schema(
        operation_id="list_payments",
        tags=["Payments"],
        parameters=[PaymentQuery],
        responses={200: page_shape(PaymentShape, "PaymentPage"), **ERRORS},
    )
    def get(self, request: Request) -> Response:
        """Return a page of payments of the token's locations."""
        query, user = read(PaymentQuery, request.query_params), caller(request)
        rows = _of_payer(at_location(queries.payment_list(user), query), query, user)
        return list_answer(request, rows, order=("-pk",), query=query, shape=PaymentShape)


class PaymentDetail(ApiView):
    """One payment."""

    required_permission = Permission.VIEW

    @extend_schema(operation_id="get_payment", tags=["Payments"], responses={200: PaymentShape, **ONE_ERRORS})
    def get(self, request: Request, uuid: UUID) -> Response:
        """Return a payment; 404 outside the token's locations."""
        read(NoInput, request.query_params)
        payment = get_object_or_404(queries.payment_list(caller(request)), uuid=uuid)
        return Response(PaymentShape(payment).data)


def _of_payer(rows: "QuerySet[Any]", query: dict[str, Any], user: User) -> "QuerySet[Any]":
    if "member" in query:
        rows = rows.filter(member_id=member_id(user, query["member"]))
    if "company" in query:
        rows = rows.filter(company_id=company_id(user, query["company"]))
    return rows


def _with_parts(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    """Return invoices that bring their lines and what was paid of them, in two more queries."""
    parts = Allocation.objects.select_related("payment").order_by("pk")
    return rows.prefetch_related("lines", Prefetch("allocations", parts))
