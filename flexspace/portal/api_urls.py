"""Names ``api:…``: everything under ``/api/v1/``."""

from django.urls import path, re_path

from billing import api as billing
from billing.api import collections, refunds
from flexspace.core.api_views import NoSuchAddress
from flexspace.portal import api_docs
from flexspace.portal.health_page import HealthView
from members import api as members
from terminal import api as terminal

app_name = "api"
urlpatterns = [
    path("members/", members.MemberList.as_view(), name="members"),
    path("members/<uuid:uuid>/", members.MemberDetail.as_view(), name="member"),
    path("memberships/", members.MembershipList.as_view(), name="memberships"),
    path("memberships/<uuid:uuid>/", members.MembershipDetail.as_view(), name="membership"),
    path("plans/", members.PlanList.as_view(), name="plans"),
    path("plans/<uuid:uuid>/", members.PlanDetail.as_view(), name="plan"),
    path("products/", members.ProductList.as_view(), name="products"),
    path("products/<uuid:uuid>/", members.ProductDetail.as_view(), name="product"),
    path("tax-rates/", members.TaxRateList.as_view(), name="tax_rates"),
    path("invoices/", billing.InvoiceList.as_view(), name="invoices"),
    path("invoices/<uuid:uuid>/", billing.InvoiceDetail.as_view(), name="invoice"),
    path("invoices/<uuid:uuid>/pdf/", billing.InvoiceFile.as_view(), name="invoice_pdf"),
    path("collections/", collections.CollectionList.as_view(), name="collections"),
    path("collections/<uuid:uuid>/", collections.CollectionDetail.as_view(), name="collection"),
    path("payments/", billing.PaymentList.as_view(), name="payments"),
    path("payments/<uuid:uuid>/", billing.PaymentDetail.as_view(), name="payment"),
    path("payments/<uuid:uuid>/refunds/", refunds.RefundAsk.as_view(), name="refund_ask"),
    path("refunds/<uuid:uuid>/", refunds.RefundDetail.as_view(), name="refund"),
    path("readers/", terminal.ReaderList.as_view(), name="readers"),
    path("readers/<slug:reader_id>/", terminal.ReaderDetail.as_view(), name="reader"),
    path("attempts/", terminal.AttemptStart.as_view(), name="attempts"),
    path("attempts/<uuid:uuid>/", terminal.AttemptDetail.as_view(), name="attempt"),
    path("attempts/<uuid:uuid>/cancel/", terminal.AttemptCancel.as_view(), name="attempt_cancel"),
    path("health/", HealthView.as_view(), name="health"),
    path("schema/", api_docs.Schema.as_view(), name="schema"),
    path("docs/", api_docs.docs, name="docs"),
    re_path(r"^", NoSuchAddress.as_view(), name="no_such_address"),
]
