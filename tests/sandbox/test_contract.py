"""The sandbox's tables and answers against the types the real SDK ships."""

import importlib
from typing import Any

import pytest
import stripe
from stripe import checkout, terminal

from sandbox import tables, tables_checkout
from tests.sandbox.desk import Desk

# What the SDK adds to a call's parameters, and what was taken away from the API.
OPTIONS = {
    "api_key", "stripe_version", "stripe_account", "stripe_context", "max_network_retries",
    "idempotency_key", "content_type", "headers",
}  # fmt: skip

# Fields the SDK's types call certain, which Stripe shows only where they apply.
ONLY_SOMETIMES = {
    "Charge": {"transfer"},
    "Outcome": {"rule"},
    "Refund": {"failure_balance_transaction", "pending_reason"},
}

TABLES = {
    "terminal.LocationCreateParams": tables.LOCATION,
    "terminal.LocationUpdateParams": tables.LOCATION_UPDATE,
    "terminal.ReaderCreateParams": tables.READER,
    "terminal.ReaderUpdateParams": tables.READER_UPDATE,
    "terminal.ReaderListParams": tables.READER_LIST,
    "terminal.ReaderProcessPaymentIntentParams": tables.PROCESS_PAYMENT,
    "terminal.ReaderProcessSetupIntentParams": tables.PROCESS_SETUP,
    "terminal.ReaderRefundPaymentParams": tables.REFUND_ON_READER,
    "terminal.ReaderSetReaderDisplayParams": tables.DISPLAY,
    "test_helpers.terminal.ReaderPresentPaymentMethodParams": tables.PRESENT,
    "PaymentIntentCreateParams": tables.INTENT,
    "PaymentIntentUpdateParams": tables.INTENT_UPDATE,
    "PaymentIntentConfirmParams": tables.INTENT_CONFIRM,
    "PaymentIntentCancelParams": tables.INTENT_CANCEL,
    "PaymentIntentCaptureParams": tables.INTENT_CAPTURE,
    "PaymentIntentListParams": tables.INTENT_LIST,
    "SetupIntentCreateParams": tables.SETUP,
    "SetupIntentUpdateParams": tables.SETUP_UPDATE,
    "SetupIntentCancelParams": tables.SETUP_CANCEL,
    "SetupIntentListParams": tables.SETUP_LIST,
    "SetupAttemptListParams": tables.ATTEMPT_LIST,
    "CustomerCreateParams": tables.CUSTOMER,
    "CustomerUpdateParams": tables.CUSTOMER_UPDATE,
    "CustomerListParams": tables.CUSTOMER_LIST,
    "CustomerPaymentMethodListParams": tables.METHODS_OF_CUSTOMER,
    "PaymentMethodListParams": tables.METHOD_LIST,
    "PaymentMethodUpdateParams": tables.METHOD_UPDATE,
    "PaymentMethodAttachParams": tables.ATTACH,
    "ChargeListParams": tables.CHARGE_LIST,
    "RefundCreateParams": tables.REFUND,
    "RefundListParams": tables.REFUND_LIST,
    "PayoutListParams": tables.PAYOUT_LIST,
    "BalanceTransactionListParams": tables.BALANCE_LIST,
    "EventListParams": tables.EVENT_LIST,
    "checkout.SessionCreateParams": tables_checkout.SESSION,
    "checkout.SessionUpdateParams": tables_checkout.SESSION_UPDATE,
    "checkout.SessionListParams": tables_checkout.SESSION_LIST,
    "WebhookEndpointCreateParams": tables.ENDPOINT,
    "WebhookEndpointUpdateParams": tables.ENDPOINT_UPDATE,
}


@pytest.mark.parametrize("name", sorted(TABLES))
def test_table_has_only_names_the_sdk_knows(name: str) -> None:
    folder, _, kind = name.rpartition(".")
    module = importlib.import_module(".".join(filter(None, ["stripe.params", folder])))
    known = getattr(module, kind)
    table = {key: item for key, item in TABLES[name].items() if item.name != "gone"}
    assert set(table) - set(known.__annotations__) == set()
    required = {key for key, item in table.items() if item.required}
    assert required == set(known.__required_keys__) - OPTIONS


def unknown(body: Any, kind: Any) -> set[str]:
    return set(body.to_dict()) - set(kind.__annotations__)


def absent(body: Any, kind: Any) -> set[str]:
    """What the SDK's type says is always there, and is not."""
    needed = {
        name
        for name, hint in kind.__annotations__.items()
        if "Optional" not in str(hint) and name not in ("OBJECT_NAME", "deleted")
    }
    return needed - set(body.to_dict())


def paid_out(desk: Desk) -> list[tuple[Any, Any]]:
    """A payout and what it holds, with their types."""
    desk.of_account("POST", "dashboard", {"do": "take_payment", "id": "", "amount": 900})
    desk.clock.advance(2)
    desk.of_account("POST", "dashboard", {"do": "pay_out", "id": ""})
    payout = desk.v1.payouts.list().data[0]
    line = desk.v1.balance_transactions.list({"payout": payout.id, "type": "charge"}).data[0]
    return [
        (payout, stripe.Payout),
        (payout.trace_id, stripe.Payout.TraceId),
        (line, stripe.BalanceTransaction),
        (line.fee_details[0], stripe.BalanceTransaction.FeeDetail),
    ]


def test_answers_have_the_fields_the_sdk_knows(desk: Desk) -> None:
    customer = desk.v1.customers.create({"name": "Ada", "email": "ada@example.org"})
    intent = desk.waiting(customer=customer.id)
    desk.tap()
    paid = desk.get_intent(intent, "latest_charge", "payment_method")
    setup = desk.v1.setup_intents.create({"allowed_payment_method_types": ["card_present"]})
    desk.v1.terminal.readers.process_setup_intent(desk.reader, {"setup_intent": setup.id, "allow_redisplay": "always"})
    desk.tap()
    setup = desk.v1.setup_intents.retrieve(setup.id, {"expand": ["latest_attempt"]})
    refund = desk.v1.refunds.create({"payment_intent": intent.id, "amount": 100})
    charge = paid.latest_charge
    action = desk.get_reader().action
    page = desk.v1.checkout.sessions.create(
        {"mode": "setup", "currency": "eur", "success_url": "http://x.test/", "customer": customer.id}
    )
    shown: list[tuple[Any, Any]] = [
        (page, checkout.Session),
        (page.customer_details, checkout.Session.CustomerDetails),
        (page.automatic_tax, checkout.Session.AutomaticTax),
        (page.custom_text, checkout.Session.CustomText),
        (desk.client.v1.accounts.retrieve_current(), stripe.Account),
        (desk.v1.terminal.locations.retrieve(desk.location), terminal.Location),
        (desk.get_reader(), terminal.Reader),
        (action, terminal.Reader.Action),
        (action.process_setup_intent, terminal.Reader.Action.ProcessSetupIntent),
        (paid, stripe.PaymentIntent),
        (charge, stripe.Charge),
        (charge.outcome, stripe.Charge.Outcome),
        (
            charge.payment_method_details.card_present,
            stripe.Charge.PaymentMethodDetails.CardPresent,
        ),
        (
            charge.payment_method_details.card_present.receipt,
            stripe.Charge.PaymentMethodDetails.CardPresent.Receipt,
        ),
        (paid.payment_method, stripe.PaymentMethod),
        (paid.payment_method.card_present, stripe.PaymentMethod.CardPresent),
        (setup, stripe.SetupIntent),
        (setup.latest_attempt, stripe.SetupAttempt),
        (customer, stripe.Customer),
        (refund, stripe.Refund),
        *paid_out(desk),
        (desk.v1.webhook_endpoints.create({"url": "http://x.test/", "enabled_events": ["*"]}), stripe.WebhookEndpoint),
        (desk.v1.events.list().data[0], stripe.Event),
    ]
    wrong = {kind.__name__: unknown(body, kind) for body, kind in shown if unknown(body, kind)}
    assert wrong == {}
    lacking = {kind.__name__: absent(body, kind) for body, kind in shown if absent(body, kind)}
    assert lacking == ONLY_SOMETIMES
