"""The part of the mischief page about payouts: what waits in the balance, and what the bank got of it."""

from datetime import UTC, datetime
from typing import Any

from sandbox import balance
from sandbox.countries import amount_text
from sandbox.pages.layout import hidden, table
from sandbox.world import World

Body = dict[str, Any]
_SHOWN = 8
FEE = 500  # minor units


def section(world: World) -> str:
    """Return the section."""
    return f"""<section class="card" aria-labelledby="payouts-h"><h2 id="payouts-h">Payouts</h2>
<p class="muted">Stripe pays out by itself; here it does when you say so.
What is paid out by hand cannot be unfolded.</p>
<div id="balance">{_balance(world)}</div>
<p class="row">{_button(world, "pay-out", "Pay out now", "pay_out")}
{_button(world, "pay-out-by-hand", "Pay out by hand", "pay_out", by_hand="1")}
{_button(world, "take-fee", f"Take a fee of {amount_text(FEE, world.currency)}", "take_fee", amount=str(FEE))}</p>
<div class="scroll" id="payouts">{_payouts(world)}</div></section>"""


def live(world: World) -> dict[str, str]:
    """Return the parts that change by themselves."""
    return {"balance": _balance(world), "payouts": _payouts(world)}


def _balance(world: World) -> str:
    lines = balance.not_paid_out(world)
    moved = "1 movement" if len(lines) == 1 else f"{len(lines)} movements"
    return f"<p>In the balance: <strong>{amount_text(balance.total(lines), world.currency)}</strong>, {moved}.</p>"


def _button(world: World, name: str, text: str, deed: str, **more: str) -> str:
    return (
        f'<form class="inline" method="post" action="/mischief">'
        f"{hidden(account=world.account['id'], do='deed', deed=deed, id='', **more)}"
        f'<button id="{name}" class="button quiet">{text}</button></form>'
    )


def _payouts(world: World) -> str:
    rows = "".join(
        f"<tr><td><code>{one['id']}</code></td><td>{datetime.fromtimestamp(one['arrival_date'], UTC):%d %b}</td>"
        f'<td class="number">{amount_text(one["amount"], one["currency"])}</td>'
        f"<td>{'by itself' if one['automatic'] else 'by hand'}</td>"
        f'<td><span class="pill open">{one["status"].replace("_", " ")}</span></td><td>{_ways(world, one)}</td></tr>'
        for one in world.each("payout")[:_SHOWN]
    )
    return table(["Payout", "Arrives", "Amount", "Made", "State", "Do"], rows)


def _ways(world: World, payout: Body) -> str:
    if payout["status"] == "failed":
        return ""
    return (
        f'<form class="inline" method="post" action="/mischief">'
        f"{hidden(account=world.account['id'], do='deed', deed='payout_fail', id=payout['id'])}"
        f'<button id="payout-fail-{payout["id"]}" class="link">Fail</button></form>'
    )
