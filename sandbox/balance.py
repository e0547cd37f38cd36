"""The account's balance: each movement of money is a balance transaction until a payout takes it to the bank.

https://docs.stripe.com/api/balance_transactions , https://docs.stripe.com/reports/balance-transaction-types
"""

from typing import Any

from sandbox.countries import THREE_DECIMAL, ZERO_DECIMAL
from sandbox.world import World

Body = dict[str, Any]
# Type → its reporting category: https://docs.stripe.com/reports/reporting-categories
CATEGORIES = {
    "adjustment": "dispute",
    "charge": "charge",
    "payout": "payout",
    "payout_failure": "payout_reversal",
    "refund": "refund",
    "refund_failure": "refund_failure",
    "stripe_fee": "fee",
}
PRESENT, TYPED = (140, 10), (150, 25)  # a fee: hundredths of a percent, and minor units of a two-decimal currency
RATES = {"eur": 1.0, "usd": 1.08, "gbp": 0.85, "chf": 0.95, "jpy": 163.0, "cad": 1.48, "aud": 1.64}  # one euro is …


def fee_of(amount: int, currency: str, *, present: bool) -> int:
    """Return what Stripe keeps of a charge, both in minor units, rounded half up."""
    share, fixed = PRESENT if present else TYPED
    return (amount * share + 5000) // 10000 + (0 if currency in ZERO_DECIMAL else fixed)


def settled(amount: int, currency: str, into: str) -> tuple[int, float | None]:
    """Return an amount (minor units) in the account's currency, and the rate when it is another one.

    As in the API the amount times the rate is the settled amount, whatever decimals the two have.
    """
    if currency == into:
        return amount, None
    digits = _digits(into) - _digits(currency)
    rate = round(RATES.get(into, 1.0) / RATES.get(currency, 1.0) * 10**digits, 6)
    return round(amount * rate), rate


def _digits(currency: str) -> int:
    return 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2


def move(
    world: World, kind: str, amount: int, currency: str, source: str | None, *, fee: int = 0, category: str = "",
    description: str | None = None,
) -> Body:  # fmt: skip
    """Make a balance transaction of a type; `amount` (signed) in minor units of `currency`, `fee` in the account's."""
    gross, rate = settled(amount, currency, world.currency)
    parts = [
        {"amount": fee, "application": None, "currency": world.currency, "description": "Stripe processing fees",
         "type": "stripe_fee"}
    ]  # fmt: skip
    made = world.make(
        "balance_transaction",
        amount=gross,
        available_on=int(world.now),
        balance_type="payments",
        currency=world.currency,
        description=description,
        exchange_rate=rate,
        fee=fee,
        fee_details=parts if fee else [],
        net=gross - fee,
        reporting_category=category or CATEGORIES[kind],
        source=source,
        status="available",
        type=kind,
        _payout=None,
    )
    del made["livemode"]
    return made


def of_charge(world: World, charge: Body) -> Body:
    """Make the balance transaction of a captured charge, with its fee."""
    present = charge["payment_method_details"]["type"] != "card"
    amount, _rate = settled(charge["amount_captured"], charge["currency"], world.currency)
    fee = fee_of(amount, world.currency, present=present)
    return move(world, "charge", charge["amount_captured"], charge["currency"], charge["id"], fee=fee,
                description=charge["description"])  # fmt: skip


def not_paid_out(world: World) -> list[Body]:
    """Return what no payout has taken yet, newest first."""
    return [one for one in world.each("balance_transaction") if one["_payout"] is None]


def total(lines: list[Body]) -> int:
    """Return what balance transactions add up to, in minor units."""
    return sum(int(one["net"]) for one in lines)
