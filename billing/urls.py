"""Names ``billing:…``."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from billing.views import drafts, fragments, invoices, payments


class PayerKind(StringConverter):
    """Who pays: a member or a company."""

    regex = "member|company"


register_converter(PayerKind, "payer")

app_name = "billing"
urlpatterns = [
    path("invoices/", invoices.invoice_list, name="invoice_list"),
    path("invoices/new/", drafts.payer_choose, name="payer_choose"),
    path("invoices/new/<payer:kind>/<uuid:uuid>/", drafts.draft_new, name="draft_new"),
    path("invoices/<uuid:uuid>/", invoices.invoice_detail, name="invoice_detail"),
    path("invoices/<uuid:uuid>/edit/", drafts.draft_edit, name="draft_edit"),
    path("invoices/<uuid:uuid>/lines/<int:position>/remove/", drafts.line_remove, name="line_remove"),
    path("invoices/<uuid:uuid>/issue/", invoices.invoice_issue, name="invoice_issue"),
    path("invoices/<uuid:uuid>/void/", invoices.invoice_void, name="invoice_void"),
    path("payments/", payments.payment_list, name="payment_list"),
    path("payments/record/", payments.payment_record, name="payment_record"),
    path("payments/<uuid:uuid>/", payments.payment_detail, name="payment_detail"),
    path("owed/", fragments.owed, name="owed"),
    path("payers/<payer:kind>/<uuid:uuid>/invoices/", fragments.payer_invoices, name="payer_invoices"),
]
