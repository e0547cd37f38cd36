"""The part of the mischief page about kept cards and hosted pages: what a colleague does in the Dashboard."""

from html import escape
from typing import Any

from sandbox.cards import ADVICE
from sandbox.countries import amount_text
from sandbox.pages.layout import hidden, options, table
from sandbox.world import World

Body = dict[str, Any]
_SHOWN = 8

# What the next off-session charge may get: value, text. A value is code and decline code.
_ENDS = [
    ("card_declined insufficient_funds", "insufficient funds"),
    ("card_declined generic_decline", "declined, no reason"),
    ("card_declined do_not_honor", "do not honor"),
    ("card_declined lost_card", "lost card"),
    ("card_declined stolen_card", "stolen card"),
    ("expired_card expired_card", "expired card"),
    ("processing_error processing_error", "processing error"),
    ("authentication_required authentication_required", "asks to authenticate"),
]
_ADVICE = [("", "usual advice"), *((name, name.replace("_", " ")) for name in ADVICE)]


def sections(world: World) -> str:
    """Return both sections."""
    return f"""<section class="card" aria-labelledby="kept-h"><h2 id="kept-h">Kept cards</h2>
<p class="muted">Take one away, renew it, or decide how its next charge without the customer ends.</p>
<div class="scroll" id="kept">{_cards(world)}</div>{_next(world)}</section>
<section class="card" aria-labelledby="pages-h"><h2 id="pages-h">Payment pages</h2>
<div class="scroll" id="sessions">{_sessions(world)}</div></section>"""


def live(world: World) -> dict[str, str]:
    """Return the parts that change by themselves."""
    return {"kept": _cards(world), "sessions": _sessions(world)}


def _kept(world: World) -> list[Body]:
    return [one for one in world.each("payment_method") if one["type"] == "card" and one["customer"]][:_SHOWN]


def _owner(world: World, method: Body) -> str:
    customer = world.peek("customer", method["customer"]) or {}
    return str(customer.get("name") or customer.get("email") or method["customer"])


def _cards(world: World) -> str:
    rows = "".join(
        f"<tr><td>{escape(one['card']['brand'])} ···· {one['card']['last4']}</td>"
        f"<td>{escape(_owner(world, one))}</td><td>{_ahead(one)}</td>"
        f"<td>{_deed(world, one, 'detach', 'Detach')}{_deed(world, one, 'renew_card', 'Renew')}</td></tr>"
        for one in _kept(world)
    )
    return table(["Card", "Customer", "Next charge", "In the Dashboard"], rows)


def _ahead(method: Body) -> str:
    ends = method.get("_next") or method["_decline"]
    if not ends:
        return '<span class="fine">pays</span>'
    often = "" if method.get("_next") else ", every time"
    advice = f", {ends[2]}" if len(ends) > 2 else ""
    return f'<span class="bad">{escape(" ".join(ends[1:2]) + advice).replace("_", " ")}{often}</span>'


def _deed(world: World, what: Body, deed: str, text: str) -> str:
    fields = hidden(account=world.account["id"], do="deed", deed=deed, id=what["id"])
    return (
        f'<form class="inline" method="post" action="/mischief">{fields}'
        f'<button id="{deed}-{what["id"]}" class="link">{text}</button></form>'
    )


def _next(world: World) -> str:
    """Return the form about the next charge. It is drawn with the page, so that a choice is not lost."""
    cards = [
        (one["id"], f"{_owner(world, one)}: {one['card']['brand']} ···· {one['card']['last4']}") for one in _kept(world)
    ]
    if not cards:
        return ""
    return f"""<form method="post" action="/mischief">
{hidden(account=world.account["id"], do="deed", deed="decline_next")}
<div class="fields even">
<p><label for="n-card">Card</label><select id="n-card" name="id">{options(cards)}</select></p>
<p><label for="n-ends">Its next charge</label><select id="n-ends" name="ends">
{options([*_ENDS, ("", "pays after all")])}</select></p>
<p><label for="n-advice">Advice</label><select id="n-advice" name="advice">{options(_ADVICE)}</select></p>
</div><button id="n-go" class="button">Decide</button></form>"""


def _sessions(world: World) -> str:
    rows = "".join(
        f"<tr><td><code>{one['id']}</code></td><td>{_asks(one)}</td>"
        f'<td><span class="pill {_tone(one["status"])}">{one["status"]}</span></td><td>{_ways(world, one)}</td></tr>'
        for one in world.each("checkout.session")[:_SHOWN]
    )
    return table(["Session", "Asks for", "State", "Do"], rows)


def _tone(status: str) -> str:
    return {"complete": "succeeded", "expired": "canceled"}.get(status, "open")


def _asks(session: Body) -> str:
    if session["mode"] == "setup":
        return "a card to keep"
    return amount_text(session["amount_total"], session["currency"])


def _ways(world: World, session: Body) -> str:
    if session["status"] != "open":
        return ""
    link = f'<a class="button quiet" href="/c/pay/{session["id"]}">Open</a>'
    return link + _deed(world, session, "expire_session", "Expire")
