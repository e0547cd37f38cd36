"""Where Terminal works and in what currency; read 2026-11 from Stripe's pages.

Source: https://docs.stripe.com/terminal/payments/collect-card-payment/supported-card-brands
"""

from terminal.countries import COUNTRIES

# Country → the local currency, the only one a reader there can charge.
TERMINAL_CURRENCIES: dict[str, str] = {country.code: country.currency for country in COUNTRIES}

# Readers that take commands from a server, by Stripe's device type, and what people call them.
SMART_READERS: dict[str, str] = {
    "stripe_s700": "Stripe Reader S700",
    "stripe_s710": "Stripe Reader S710",
    "bbpos_wisepos_e": "BBPOS WisePOS E",
    "simulated_stripe_s700": "Stripe Reader S700 (simulated)",
    "simulated_stripe_s710": "Stripe Reader S710 (simulated)",
    "simulated_wisepos_e": "BBPOS WisePOS E (simulated)",
}


def reader_name(device_type: str) -> str:
    """Return what people call a device type; an unknown one keeps Stripe's name."""
    return SMART_READERS.get(device_type, device_type.replace("_", " "))
