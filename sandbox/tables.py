"""Which parameters each call takes: an unknown one is refused, as Stripe does.

Names and requirements follow https://docs.stripe.com/api ; a test compares them with the SDK.
"""

from sandbox.params import (
    BOOL,
    COUNT,
    GONE,
    INT,
    META,
    PAGE,
    TEXT,
    WHEN,
    Kind,
    Table,
    clearable,
    hash_of,
    list_of,
    one_of,
    req,
)  # fmt: skip

WORDS = list_of(TEXT)
AMOUNT = Kind("int", low=1)
ADDRESS = hash_of(
    city=TEXT,
    country=TEXT,
    line1=TEXT,
    line2=clearable(TEXT),
    postal_code=TEXT,
    state=clearable(TEXT),
)
_JAPANESE = hash_of(city=TEXT, country=TEXT, line1=TEXT, line2=TEXT, postal_code=TEXT, state=TEXT, town=TEXT)
_PLACE = hash_of(
    city=TEXT, country=req(TEXT), line1=TEXT, line2=clearable(TEXT), postal_code=TEXT,
    state=clearable(TEXT),
)  # fmt: skip
_SHIPPING = hash_of(address=req(ADDRESS), name=req(TEXT), phone=TEXT)
REDISPLAY = one_of("always", "limited", "unspecified")
CAPTURE = one_of("automatic", "automatic_async", "manual")
USAGE = one_of("off_session", "on_session")
_CREDENTIAL = one_of("recurring", "unscheduled", "installment")

LOCATION: Table = {
    "address": _PLACE,
    "address_kana": _JAPANESE,
    "address_kanji": _JAPANESE,
    "configuration_overrides": TEXT,
    "display_name": Kind("text", high=1000),
    "display_name_kana": Kind("text", high=1000),
    "display_name_kanji": Kind("text", high=1000),
    "metadata": META,
    "phone": TEXT,
}
LOCATION_UPDATE: Table = {name: clearable(kind) if name != "address" else ADDRESS for name, kind in LOCATION.items()}

READER: Table = {"registration_code": req(TEXT), "label": TEXT, "location": TEXT, "metadata": META}
READER_UPDATE: Table = {"label": clearable(TEXT), "metadata": META}
READER_LIST: Table = {
    **PAGE,
    "device_type": TEXT,
    "location": TEXT,
    "serial_number": TEXT,
    "status": one_of("offline", "online"),
}
PROCESS_PAYMENT: Table = {
    "payment_intent": req(TEXT),
    "process_config": hash_of(
        allow_redisplay=REDISPLAY,
        enable_customer_cancellation=BOOL,
        return_url=TEXT,
        skip_tipping=BOOL,
        tipping=hash_of(amount_eligible=COUNT),
    ),
}
PROCESS_SETUP: Table = {
    "payment_method_types": GONE,
    "setup_intent": req(TEXT),
    "allow_redisplay": req(REDISPLAY),
    "process_config": hash_of(enable_customer_cancellation=BOOL),
}
REFUND_ON_READER: Table = {
    "amount": AMOUNT,
    "charge": TEXT,
    "metadata": META,
    "payment_intent": TEXT,
    "refund_application_fee": BOOL,
    "refund_payment_config": hash_of(enable_customer_cancellation=BOOL),
    "reverse_transfer": BOOL,
}
DISPLAY: Table = {
    "type": req(one_of("cart")),
    "cart": hash_of(
        currency=req(TEXT),
        line_items=req(list_of(hash_of(amount=req(INT), description=req(TEXT), quantity=req(COUNT)))),
        tax=INT,
        total=req(INT),
    ),
}
PRESENT: Table = {
    "amount_tip": INT,
    "card": hash_of(cvc=TEXT, exp_month=req(INT), exp_year=req(INT), number=req(TEXT)),
    "card_present": hash_of(number=TEXT),
    "interac_present": hash_of(number=TEXT),
    "type": one_of("card", "card_present", "interac_present"),
}

_METHOD_OPTIONS = hash_of(
    card=hash_of(
        capture_method=clearable(one_of("manual")),
        moto=BOOL,
        request_three_d_secure=one_of("any", "automatic", "challenge"),
        setup_credential_usage=_CREDENTIAL,
        setup_future_usage=clearable(one_of("none", "off_session", "on_session")),
        statement_descriptor_suffix_kana=clearable(TEXT),
        statement_descriptor_suffix_kanji=clearable(TEXT),
        stored_credential_usage=_CREDENTIAL,
    ),
    card_present=hash_of(
        capture_method=one_of("manual", "manual_preferred"),
        request_extended_authorization=BOOL,
        request_incremental_authorization_support=BOOL,
        routing=hash_of(requested_priority=one_of("domestic", "international")),
    ),
    interac_present=hash_of(),
)
_INTENT: Table = {
    "allowed_payment_method_types": WORDS,
    "capture_method": CAPTURE,
    "customer": TEXT,
    "description": Kind("text", high=1000),
    "excluded_payment_method_types": WORDS,
    "metadata": META,
    "payment_method": TEXT,
    "payment_method_configuration": TEXT,
    "payment_method_types": GONE,
    "payment_method_options": _METHOD_OPTIONS,
    "receipt_email": clearable(Kind("text", high=800)),
    "setup_future_usage": clearable(USAGE),
    "shipping": _SHIPPING,
    "statement_descriptor": Kind("text", high=22),
    "statement_descriptor_suffix": Kind("text", high=22),
    "transfer_group": TEXT,
}
INTENT: Table = {
    **_INTENT,
    "amount": req(AMOUNT),
    "automatic_payment_methods": hash_of(allow_redirects=one_of("always", "never"), enabled=req(BOOL)),
    "confirm": BOOL,
    "confirmation_method": one_of("automatic", "manual"),
    "currency": req(TEXT),
    "error_on_requires_action": BOOL,
    "off_session": BOOL,
    "return_url": TEXT,
    "use_stripe_sdk": BOOL,
}
INTENT_UPDATE: Table = {**_INTENT, "amount": AMOUNT, "currency": TEXT}
INTENT_CONFIRM: Table = {
    "payment_method_types": GONE,
    "allowed_payment_method_types": WORDS,
    "capture_method": CAPTURE,
    "error_on_requires_action": BOOL,
    "excluded_payment_method_types": WORDS,
    "off_session": BOOL,
    "payment_method": TEXT,
    "payment_method_options": _METHOD_OPTIONS,
    "receipt_email": clearable(TEXT),
    "return_url": TEXT,
    "setup_future_usage": clearable(USAGE),
    "shipping": _SHIPPING,
    "use_stripe_sdk": BOOL,
}
INTENT_CANCEL: Table = {"cancellation_reason": one_of("abandoned", "duplicate", "fraudulent", "requested_by_customer")}
INTENT_CAPTURE: Table = {
    "amount_to_capture": AMOUNT,
    "final_capture": BOOL,
    "metadata": META,
    "statement_descriptor": Kind("text", high=22),
    "statement_descriptor_suffix": Kind("text", high=22),
}
INTENT_LIST: Table = {**PAGE, "created": WHEN, "customer": TEXT}

SETUP: Table = {
    "payment_method_types": GONE,
    "allowed_payment_method_types": WORDS,
    "attach_to_self": BOOL,
    "confirm": BOOL,
    "customer": TEXT,
    "description": Kind("text", high=1000),
    "excluded_payment_method_types": WORDS,
    "metadata": META,
    "payment_method": TEXT,
    "payment_method_options": hash_of(
        card=hash_of(
            request_three_d_secure=one_of("any", "automatic", "challenge"),
            setup_credential_usage=_CREDENTIAL,
        ),
        card_present=hash_of(),
    ),
    "return_url": TEXT,
    "usage": USAGE,
    "use_stripe_sdk": BOOL,
}
SETUP_UPDATE: Table = {
    name: SETUP[name]
    for name in (
        "allowed_payment_method_types", "attach_to_self", "customer", "description",
        "excluded_payment_method_types", "metadata", "payment_method", "payment_method_options",
        "payment_method_types",
    )
}  # fmt: skip
SETUP_CANCEL: Table = {"cancellation_reason": one_of("abandoned", "duplicate", "requested_by_customer")}
SETUP_LIST: Table = {**INTENT_LIST, "attach_to_self": BOOL, "payment_method": TEXT}
ATTEMPT_LIST: Table = {**PAGE, "created": WHEN, "setup_intent": req(TEXT)}

CUSTOMER: Table = {
    "address": clearable(ADDRESS),
    "business_name": clearable(Kind("text", high=150)),
    "description": TEXT,
    "email": Kind("text", high=512),
    "individual_name": clearable(Kind("text", high=150)),
    "invoice_settings": hash_of(default_payment_method=TEXT, footer=TEXT),
    "metadata": META,
    "name": Kind("text", high=256),
    "payment_method": TEXT,
    "phone": Kind("text", high=20),
    "preferred_locales": WORDS,
    "shipping": clearable(_SHIPPING),
    "tax_exempt": clearable(one_of("exempt", "none", "reverse")),
}
CUSTOMER_UPDATE: Table = {name: clearable(kind) for name, kind in CUSTOMER.items() if name != "payment_method"}
CUSTOMER_LIST: Table = {**PAGE, "created": WHEN, "email": TEXT}
METHODS_OF_CUSTOMER: Table = {**PAGE, "allow_redisplay": REDISPLAY, "type": TEXT}
METHOD_LIST: Table = {**METHODS_OF_CUSTOMER, "customer": TEXT}
METHOD_UPDATE: Table = {
    "allow_redisplay": REDISPLAY,
    "billing_details": hash_of(
        address=clearable(ADDRESS),
        email=clearable(TEXT),
        name=clearable(TEXT),
        phone=clearable(TEXT),
    ),
    "card": hash_of(exp_month=INT, exp_year=INT),
    "metadata": META,
}
ATTACH: Table = {"customer": TEXT}

CHARGE_LIST: Table = {
    **PAGE, "created": WHEN, "customer": TEXT, "payment_intent": TEXT, "transfer_group": TEXT,
}  # fmt: skip
REFUND: Table = {
    "amount": AMOUNT,
    "charge": TEXT,
    "currency": TEXT,
    "instructions_email": TEXT,
    "metadata": META,
    "payment_intent": TEXT,
    "reason": one_of("duplicate", "fraudulent", "requested_by_customer"),
    "refund_application_fee": BOOL,
    "reverse_transfer": BOOL,
}
REFUND_LIST: Table = {**PAGE, "charge": TEXT, "created": WHEN, "payment_intent": TEXT}

DISPUTE_LIST: Table = {**PAGE, "charge": TEXT, "created": WHEN, "payment_intent": TEXT}

PAYOUT_LIST: Table = {
    **PAGE, "arrival_date": WHEN, "created": WHEN, "destination": TEXT,
    "status": one_of("canceled", "failed", "in_transit", "paid", "pending"),
}  # fmt: skip
BALANCE_LIST: Table = {
    **PAGE, "created": WHEN, "currency": TEXT, "payout": TEXT, "source": TEXT, "type": TEXT,
}  # fmt: skip

EVENT_LIST: Table = {
    **PAGE, "created": WHEN, "delivery_success": BOOL, "type": TEXT, "types": WORDS,
}  # fmt: skip
ENDPOINT: Table = {
    "api_version": TEXT,
    "connect": BOOL,
    "description": clearable(TEXT),
    "enabled_events": req(WORDS),
    "metadata": META,
    "url": req(TEXT),
}
ENDPOINT_UPDATE: Table = {
    "description": clearable(TEXT),
    "disabled": BOOL,
    "enabled_events": WORDS,
    "metadata": META,
    "url": TEXT,
}
