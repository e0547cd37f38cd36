"""Where Stripe has smart card readers, which ones, and what is special there, as Stripe's pages said in April 2026.

Sources: https://docs.stripe.com/terminal/payments/regional , https://docs.stripe.com/terminal/payments/setup-reader ,
https://docs.stripe.com/terminal/fleet/locations-and-zones (the address). When Stripe adds a country, add its row.
"""

from dataclasses import dataclass

READ_IN = "April 2026"
S700, WISEPOS_E = "Stripe Reader S700", "BBPOS WisePOS E"
BOTH = (S700, WISEPOS_E)
STREET_CITY = ("line1", "city", "postal_code")
WITH_STATE = ("line1", "city", "state", "postal_code")
BOTH_SCRIPTS = ("ja",)  # the same in kanji and in kana, with a phone number
PIN = "A contactless card may be asked for its PIN in a second step: the reader does that by itself."


@dataclass(frozen=True, slots=True)
class Country:
    """``address`` names the fields that Stripe wants of a Location there, beside the country."""

    code: str
    name: str
    currency: str
    note: str = ""
    readers: tuple[str, ...] = BOTH
    address: tuple[str, ...] = STREET_CITY


COUNTRIES = (
    Country("AU", "Australia", "AUD", "eftpos debit cards cannot be kept.", address=WITH_STATE),
    Country("AT", "Austria", "EUR", PIN),
    Country("BE", "Belgium", "EUR", PIN),
    Country("CA", "Canada", "CAD", "Interac is refunded on the reader only, with the card there.", address=WITH_STATE),
    Country("CH", "Switzerland", "CHF"),
    Country("CZ", "Czechia", "CZK", PIN),
    Country("DE", "Germany", "EUR", f"{PIN} A girocard cannot be kept."),
    Country("DK", "Denmark", "DKK", PIN),
    Country("ES", "Spain", "EUR", PIN, address=WITH_STATE),
    Country("FI", "Finland", "EUR", PIN),
    Country("FR", "France", "EUR", PIN),
    Country("GB", "United Kingdom", "GBP", PIN),
    Country("IE", "Ireland", "EUR", PIN, address=("line1", "postal_code")),
    Country("IT", "Italy", "EUR", PIN, address=WITH_STATE),
    Country("JP", "Japan", "JPY", "The address is given in kanji and in kana.", (S700,), BOTH_SCRIPTS),
    Country("LU", "Luxembourg", "EUR", PIN),
    Country("MY", "Malaysia", "MYR"),
    Country("NL", "Netherlands", "EUR", PIN),
    Country("NO", "Norway", "NOK", PIN),
    Country("NZ", "New Zealand", "NZD"),
    Country("PL", "Poland", "PLN", PIN),
    Country("PT", "Portugal", "EUR", PIN),
    Country("SE", "Sweden", "SEK", PIN),
    Country("SG", "Singapore", "SGD", address=("line1", "postal_code")),
    Country("US", "United States", "USD", "A card may be presented early, while a cart is shown.", address=WITH_STATE),
)  # fmt: skip
BY_CODE = {country.code: country for country in COUNTRIES}
