"""Which parameters the calls about Checkout Sessions take: https://docs.stripe.com/api/checkout/sessions ."""

from sandbox.params import BOOL, COUNT, GONE, INT, META, PAGE, TEXT, WHEN, Kind, Table, hash_of, list_of, one_of, req
from sandbox.tables import CAPTURE, REDISPLAY, USAGE, WORDS

_PRODUCT = hash_of(
    description=TEXT,
    images=WORDS,
    metadata=META,
    name=req(TEXT),
    tax_code=TEXT,
    unit_label=TEXT,
)
_PRICE = hash_of(
    currency=req(TEXT),
    product=TEXT,
    product_data=_PRODUCT,
    tax_behavior=one_of("exclusive", "inclusive", "unspecified"),
    unit_amount=Kind("int", low=0),
)
LINE_ITEM = hash_of(metadata=META, price=TEXT, price_data=_PRICE, quantity=COUNT)

SESSION: Table = {
    "allowed_payment_method_types": WORDS,
    "billing_address_collection": one_of("auto", "required"),
    "cancel_url": TEXT,
    "client_reference_id": Kind("text", high=200),
    "currency": TEXT,
    "customer": TEXT,
    "customer_creation": one_of("always", "if_required"),
    "customer_email": Kind("text", high=800),
    "excluded_payment_method_types": WORDS,
    "expires_at": INT,
    "line_items": list_of(LINE_ITEM),
    "locale": TEXT,
    "metadata": META,
    "mode": one_of("payment", "setup", "subscription"),
    "payment_intent_data": hash_of(
        capture_method=CAPTURE,
        description=Kind("text", high=1000),
        metadata=META,
        receipt_email=TEXT,
        setup_future_usage=USAGE,
        statement_descriptor=Kind("text", high=22),
        statement_descriptor_suffix=Kind("text", high=22),
        transfer_group=TEXT,
    ),
    "payment_method_configuration": TEXT,
    "payment_method_data": hash_of(allow_redisplay=REDISPLAY),
    "payment_method_options": hash_of(
        card=hash_of(
            request_three_d_secure=one_of("any", "automatic", "challenge"),
            setup_future_usage=USAGE,
        )
    ),
    "payment_method_types": GONE,
    "phone_number_collection": hash_of(enabled=req(BOOL)),
    "setup_intent_data": hash_of(description=Kind("text", high=1000), metadata=META),
    "submit_type": one_of("auto", "book", "donate", "pay", "subscribe"),
    "success_url": TEXT,
    "ui_mode": one_of("elements", "embedded_page", "form", "hosted_page"),
}
SESSION_UPDATE: Table = {"metadata": META}
SESSION_LIST: Table = {
    **PAGE,
    "created": WHEN,
    "customer": TEXT,
    "customer_details": hash_of(email=req(TEXT)),
    "payment_intent": TEXT,
    "status": one_of("complete", "expired", "open"),
}
