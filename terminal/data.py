"""Where Terminal works, in what currency and from what amount; read 2026-11 from Stripe's pages.

Sources: https://docs.stripe.com/terminal/payments/collect-card-payment/supported-card-brands ,
https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
"""

# Country → the local currency, the only one a reader there can charge.
TERMINAL_CURRENCIES: dict[str, str] = {
    "US": "USD", "CA": "CAD", "GB": "GBP", "IE": "EUR", "AU": "AUD", "NZ": "NZD", "SG": "SGD", "MY": "MYR",
    "JP": "JPY", "DE": "EUR", "AT": "EUR", "BE": "EUR", "ES": "EUR", "FI": "EUR", "FR": "EUR", "IT": "EUR",
    "LU": "EUR", "NL": "EUR", "PT": "EUR", "CH": "CHF", "CZ": "CZK", "DK": "DKK", "NO": "NOK", "PL": "PLN",
    "SE": "SEK",
}  # fmt: skip

# Smallest charge in minor units.
MINIMUM_AMOUNTS: dict[str, int] = {
    "USD": 50, "AUD": 50, "CAD": 50, "EUR": 50, "NZD": 50, "SGD": 50, "CHF": 50, "GBP": 30, "DKK": 250,
    "NOK": 300, "SEK": 300, "PLN": 200, "CZK": 1500, "JPY": 50, "MYR": 200,
}  # fmt: skip

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


def minimum_amount(currency: str) -> int:
    """Return the smallest charge in minor units of ``currency``; 1 where Stripe names none."""
    return MINIMUM_AMOUNTS.get(currency, 1)
