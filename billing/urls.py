"""Names ``billing:…``."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from billing.views import (
    collections,
    drafts,
    fragments,
    invoices,
    mail,
    papers,
    payments,
    refund_limits,
    refunds,
    runs,
    surplus,
)


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
    path("invoices/<uuid:uuid>/surplus/", surplus.surplus_use, name="surplus_use"),
    path("invoices/<uuid:uuid>/pdf/", papers.invoice_file, name="invoice_file"),
    path("invoices/<uuid:uuid>/mail/", mail.invoice_mail, name="invoice_mail"),
    path("payments/", payments.payment_list, name="payment_list"),
    path("payments/record/", payments.payment_record, name="payment_record"),
    path("payments/<uuid:uuid>/", payments.payment_detail, name="payment_detail"),
    path("payments/<uuid:uuid>/receipt/", papers.payment_receipt, name="payment_receipt"),
    path("payments/<uuid:uuid>/receipt/pdf/", papers.receipt_file, name="payment_receipt_file"),
    path("payments/<uuid:uuid>/receipt/mail/", mail.receipt_mail, name="payment_receipt_mail"),
    path("payments/<uuid:uuid>/receipt/state/", mail.receipt_state, name="receipt_state"),
    path("payments/<uuid:uuid>/use/", payments.rest_use, name="rest_use"),
    path("payments/<uuid:uuid>/refund/", refunds.refund_new, name="refund_new"),
    path("refunds/limits/", refund_limits.limits, name="refund_limits"),
    path("refunds/limits/<int:pk>/", refund_limits.limits_of, name="refund_limits_of"),
    path("refunds/<uuid:uuid>/decide/", refunds.refund_decide, name="refund_decide"),
    path("credit-notes/<uuid:uuid>/pdf/", papers.credit_note_file, name="credit_note_file"),
    path("outbox/", mail.outbox, name="outbox"),
    path("outbox/<uuid:uuid>/", mail.notice_detail, name="notice_detail"),
    path("outbox/<uuid:uuid>/again/", mail.notice_again, name="notice_again"),
    path("billing/", runs.run_list, name="run_list"),
    path("billing/start/", runs.run_start, name="run_start"),
    path("billing/<uuid:uuid>/", runs.run_detail, name="run_detail"),
    path("billing/<uuid:uuid>/step/", runs.run_step, name="run_step"),
    path("billing/<uuid:uuid>/bills/<int:pk>/", runs.run_item, name="run_item"),
    path("billing/<uuid:uuid>/decide/", runs.run_decide, name="run_decide"),
    path("billing/<uuid:uuid>/issue/", runs.run_issue, name="run_issue"),
    path("billing/<uuid:uuid>/finish/", runs.run_finish, name="run_finish"),
    path("collections/", collections.collection_list, name="collections"),
    path("collections/<uuid:uuid>/", collections.collection_detail, name="collection"),
    path("collections/<uuid:uuid>/ask/", collections.collection_ask, name="collection_ask"),
    path("collections/<uuid:uuid>/stop/", collections.collection_stop, name="collection_stop"),
    path("collections/<uuid:uuid>/wait/", collections.collection_wait, name="collection_wait"),
    path("collections/<uuid:uuid>/resume/", collections.collection_resume, name="collection_resume"),
    path("collections/of/<payer:kind>/<uuid:uuid>/", collections.payer_asks, name="payer_asks"),
    path("owed/", fragments.owed, name="owed"),
    path("payers/<payer:kind>/<uuid:uuid>/invoices/", fragments.payer_invoices, name="payer_invoices"),
]
