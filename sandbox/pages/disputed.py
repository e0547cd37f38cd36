"""The part of the mischief page about disputes: what a bank decides, and evidence handed in in the Dashboard."""

from typing import Any

from sandbox.countries import amount_text
from sandbox.pages.layout import hidden, table
from sandbox.world import World

Body = dict[str, Any]
_SHOWN = 8
_DEEDS: dict[str, list[tuple[str, str, dict[str, str]]]] = {
    "warning_needs_response": [
        ("dispute_escalate", "Take the money", {}),
        ("dispute_answer", "Answer", {}),
        ("dispute_close", "Close", {"ends": "won"}),
    ],
    "needs_response": [
        ("dispute_answer", "Answer", {}),
        ("dispute_close", "Won", {"ends": "won"}),
        ("dispute_close", "Lost", {"ends": "lost"}),
    ],
    "under_review": [("dispute_close", "Won", {"ends": "won"}), ("dispute_close", "Lost", {"ends": "lost"})],
}


def section(world: World) -> str:
    """Return the section."""
    return f"""<section class="card" aria-labelledby="disputes-h"><h2 id="disputes-h">Disputes</h2>
<p class="muted">Dispute a payment that succeeded, from the list of payment intents.</p>
<div class="scroll" id="disputes">{_disputes(world)}</div></section>"""


def live(world: World) -> dict[str, str]:
    """Return the part that changes by itself."""
    return {"disputes": _disputes(world)}


def _disputes(world: World) -> str:
    rows = "".join(
        f"<tr><td><code>{one['id']}</code></td>"
        f'<td class="number">{amount_text(one["amount"], one["currency"])}</td>'
        f'<td><span class="pill open">{one["status"].replace("_", " ")}</span></td><td>{_ways(world, one)}</td></tr>'
        for one in world.each("dispute")[:_SHOWN]
    )
    return table(["Dispute", "Amount", "State", "Do"], rows)


def _ways(world: World, dispute: Body) -> str:
    return "".join(
        f'<form class="inline" method="post" action="/mischief">'
        f"{hidden(account=world.account['id'], do='deed', deed=deed, id=dispute['id'], **more)}"
        f'<button id="{deed}-{more.get("ends", "")}-{dispute["id"]}" class="link">{text}</button></form>'
        for deed, text, more in _DEEDS.get(dispute["status"].replace("warning_under", "under"), [])
    )
