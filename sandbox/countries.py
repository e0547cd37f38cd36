"""Where Terminal works, in which currency, and the smallest amount of each currency.

Countries: https://docs.stripe.com/terminal/payments/regional .
Amounts: https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts .
"""

# Country → the only currency a reader there takes.
TERMINAL_CURRENCY = {
    "US": "usd", "CA": "cad", "GB": "gbp", "IE": "eur", "AU": "aud", "NZ": "nzd", "SG": "sgd",
    "MY": "myr", "JP": "jpy", "DE": "eur", "AT": "eur", "BE": "eur", "ES": "eur", "FI": "eur",
    "FR": "eur", "IT": "eur", "LU": "eur", "NL": "eur", "PT": "eur", "CH": "chf", "CZ": "czk",
    "DK": "dkk", "NO": "nok", "PL": "pln", "SE": "sek",
}  # fmt: skip

# Countries where a WisePOS E is not sold.
NO_WISEPOS = frozenset({"JP"})

# Smallest charge in minor units.
MINIMUM = {
    "usd": 50, "aud": 50, "cad": 50, "eur": 50, "nzd": 50, "sgd": 50, "chf": 50, "brl": 50,
    "inr": 50, "gbp": 30, "dkk": 250, "nok": 300, "sek": 300, "pln": 200, "czk": 1500,
    "huf": 17500, "ron": 200, "jpy": 50, "hkd": 400, "myr": 200, "mxn": 1000, "thb": 1000,
    "aed": 200,
}  # fmt: skip

# Currencies that can be charged but have no minimum of their own on that page.
OTHERS = frozenset({"kwd", "bhd", "jod", "omr", "tnd", "twd", "isk", "ugx", "zar", "ils"})

ZERO_DECIMAL = frozenset(
    [
        "bif",
        "clp",
        "djf",
        "gnf",
        "jpy",
        "kmf",
        "krw",
        "mga",
        "pyg",
        "rwf",
        "vnd",
        "vuv",
        "xaf",
        "xof",
        "xpf",
    ]
)
THREE_DECIMAL = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})

MAXIMUM = 99_999_999
SYMBOLS = {"eur": "€", "gbp": "£", "usd": "$", "jpy": "¥"}


def known_currency(currency: str) -> bool:
    """Tell whether a lower-case currency code can be charged."""
    return currency in MINIMUM or currency in OTHERS or currency in ZERO_DECIMAL


def minimum(currency: str) -> int:
    """Return the smallest amount that can be charged, in minor units."""
    return MINIMUM.get(currency, 1)


def amount_text(amount: int, currency: str) -> str:
    """Return an amount in minor units as a person reads it: "€145.00", "¥1,000", "CHF 12.50"."""
    digits = 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2
    whole, part = divmod(abs(amount), 10**digits)
    number = f"{whole:,}" + (f".{part:0{digits}d}" if digits else "")
    sign = "-" if amount < 0 else ""
    return sign + SYMBOLS.get(currency, currency.upper() + " ") + number
