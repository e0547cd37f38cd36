"""The mischief page of an account: faults, what the Dashboard can do, calls, deliveries."""

from html import escape
from typing import Any

from sandbox import faults, receipts, webhooks
from sandbox.control import Control
from sandbox.countries import amount_text
from sandbox.pages import disputed, kept, paid_out
from sandbox.pages.layout import frame, hidden, table
from sandbox.pages.wrong import clock, fault_form, often, tone
from sandbox.world import World

Body = dict[str, Any]

CALLS = [
    ("answer_lost", "The answer is lost", "Stripe does it, and the caller never hears."),
    ("request_lost", "The request is lost", "Nothing reaches Stripe."),
    ("slow", "A slow answer", "Stripe does it at once and answers late."),
    ("error_after", "500 after it was done", "Done, and answered as a server error."),
    ("error_before", "500 before it was done", "Not done, answered as a server error."),
    ("status", "429 Too many requests", "Not done; the caller should come back later."),
    ("unavailable", "503 Unavailable", "Not done."),
]
HOOKS = [
    ("webhook_lost", "Lost", "The event is never delivered."),
    ("webhook_doubled", "Doubled", "The same event comes twice."),
    ("webhook_late", "Late", "The event comes after the seconds given."),
    ("webhook_wrong_signature", "Wrong signature", "As if somebody else had sent it."),
    ("webhook_reordered", "Out of order", "What happens together arrives backwards."),
    ("webhook_paused", "Paused", "Nothing is delivered until it is switched off."),
]
_NAMES = {kind: label for kind, label, _ in (*CALLS, *HOOKS)}
_WHICH = [
    ("", "any call"),
    ("POST /v1/payment_intents", "payment intent: create, change, cancel"),
    ("POST /v1/terminal/readers", "telling a reader something"),
    ("GET /v1/payment_intents", "reading a payment intent"),
    ("GET /v1/terminal/readers", "reading a reader"),
    ("POST /v1/refunds", "refunding"),
    ("POST /v1/checkout/sessions", "payment page: open, expire"),
    ("GET /v1/checkout/sessions", "reading a payment page"),
    ("POST /v1/setup_intents", "set-up intent: create, change, cancel"),
    ("POST /v1/customers", "customer: create, change"),
    ("GET /v1/payouts", "reading payouts"),
    ("GET /v1/balance_transactions", "reading what a payout holds"),
]
_EVENTS = [
    ("", "any event"),
    ("payment_intent.", "payment intent"),
    ("terminal.reader.", "reader"),
    ("charge.", "charge"),
    ("setup_intent.", "set-up intent"),
    ("checkout.session.", "payment page"),
    ("payment_method.", "kept card"),
    ("payout.", "payout"),
]
_WHY = {"receipt_email": "the address it was given", "dashboard": "the Dashboard’s setting"}
_LASTING = ("webhook_reordered", "webhook_paused")


def mischief(control: Control, chosen: str) -> str:
    """Return the page of one account."""
    worlds = control.accounts()
    if not worlds:
        return frame("Mischief", "<h1>Mischief</h1><p>There is no account yet.</p>")
    world = next((one for one in worlds if one.account["id"] == chosen), worlds[0])
    account = world.account["id"]
    tabs = "".join(_tab(one, one is world) for one in worlds)
    body = f"""<h1>Mischief</h1>
<p class="lead">Everything that can go wrong between you and Stripe, on demand.</p>
<nav class="tabs" aria-label="Account">{tabs}</nav>
<section class="card" aria-labelledby="on"><h2 id="on">Switched on now</h2>
<div id="active">{_active(world)}</div></section>
<div class="columns">
<section class="card" aria-labelledby="calls-h"><h2 id="calls-h">Calls to Stripe</h2>
{fault_form("/mischief", {"account": account}, CALLS, _WHICH)}</section>
<section class="card" aria-labelledby="hooks-h"><h2 id="hooks-h">Webhooks from Stripe</h2>
{fault_form("/mischief", {"account": account}, HOOKS, _EVENTS)}</section>
</div>
<section class="card" aria-labelledby="dash"><h2 id="dash">Latest payments</h2>
<p class="muted">What a colleague may do in Stripe's Dashboard meanwhile.</p>
<div id="intents" class="scroll">{_intents(world)}</div></section>
{kept.sections(world)}{disputed.section(world)}{paid_out.section(world)}
<section class="card" aria-labelledby="mails-h"><h2 id="mails-h">Receipts from Stripe</h2>
<p class="muted">What a live account would have mailed. With a test key Stripe mails nothing.</p>
<div id="mails" class="scroll">{_mails(world)}</div>{_dashboard_mails(world)}</section>
<section class="card" aria-labelledby="log"><h2 id="log">Latest calls</h2>
<div id="calls" class="scroll">{_calls(world)}</div></section>
<section class="card" aria-labelledby="sent"><h2 id="sent">Latest deliveries</h2>
<div id="deliveries" class="scroll">{_deliveries(world)}</div></section>"""
    crumbs = '<a href="/">Readers</a>'
    return frame("Mischief", body, crumbs=crumbs, live=f"/mischief/live?account={account}")


def _tab(world: World, here: bool) -> str:
    current = ' aria-current="page"' if here else ""
    name = escape(world.account["_name"])
    return f'<a href="/mischief?account={world.account["id"]}"{current}>{name}</a>'


def live(world: World) -> dict[str, str]:
    """Return the parts of the page that change by themselves."""
    return {
        "active": _active(world),
        "intents": _intents(world),
        **kept.live(world),
        "mails": _mails(world),
        **disputed.live(world),
        **paid_out.live(world),
        "calls": _calls(world),
        "deliveries": _deliveries(world),
    }


def _active(world: World) -> str:
    account = world.account["id"]
    rows = "".join(
        f"<li><span><strong>{_NAMES.get(one['kind'], one['kind'])}</strong>"
        f'<span class="muted">{escape(one["match"] or "anything")} · {often(one)}</span></span>'
        f'<form method="post" action="/mischief">{hidden(account=account, do="off", id=one["id"])}'
        f'<button id="off-{one["id"]}" class="button quiet">Off</button></form></li>'
        for one in reversed(world.each("fault"))
    )
    shaky = [one for one in world.each("terminal.reader") if one["_device"]["faults"]]
    rows += "".join(
        f'<li><span><strong>{escape(one["label"])}</strong><span class="muted">'
        f"{', '.join(one['_device']['faults'])}</span></span>"
        f'<a class="button quiet" href="/readers/{one["id"]}">Open</a></li>'
        for one in shaky
    )
    if not rows:
        return '<p class="fine">All is well.</p>'
    return f"""<ul class="active">{rows}</ul><form method="post" action="/mischief">
{hidden(account=account, do="well")}<button id="all-well" class="button">All well again</button>
</form>"""


def add_fault(world: World, form: dict[str, str]) -> None:
    """Switch on what a form asks for. Raises ValueError for something else."""
    lasting = form["kind"] in _LASTING or not form.get("times")
    fault: Body = {
        "kind": form["kind"],
        "match": form.get("match", ""),
        "times": None if lasting else int(form["times"]),
        "seconds": float(form.get("seconds") or 0),
    }
    faults.add(world, fault)


def _intents(world: World) -> str:
    rows = "".join(
        f"<tr><td><code>{one['id']}</code></td>"
        f'<td class="number">{amount_text(one["amount"], one["currency"])}</td>'
        f'<td><span class="pill {one["status"]}">{one["status"].replace("_", " ")}</span></td>'
        f"<td>{_deeds(world, one)}</td></tr>"
        for one in world.each("payment_intent")[:8]
    )
    return table(["Payment intent", "Amount", "State", "Do it elsewhere"], rows)


def _deeds(world: World, intent: Body) -> str:
    deeds = {
        "requires_payment_method": []
        if intent.get("_session")
        else [("cancel_intent", "Cancel"), ("pay_intent", "Pay")],
        "succeeded": [("refund", "Refund"), ("dispute", "Dispute")],
    }.get(intent["status"], [])
    return "".join(
        f'<form class="inline" method="post" action="/mischief">'
        f"{hidden(account=world.account['id'], do='deed', deed=deed, id=intent['id'])}"
        f'<button id="{deed}-{intent["id"]}" class="link">{text}</button></form>'
        for deed, text in deeds
    )


def _mails(world: World) -> str:
    rows = "".join(
        f"<tr><td>{clock(one['at'])}</td><td>{escape(one['to'])}</td>"
        f'<td class="number">{amount_text(one["amount"], one["currency"])}</td>'
        f"<td>{_WHY[one['why']]}</td><td><code>{one['intent']}</code></td></tr>"
        for one in reversed(receipts.mailed(world)[-8:])
    )
    return table(["At", "To", "Amount", "Because of", "Payment intent"], rows)


def _dashboard_mails(world: World) -> str:
    """Return the switch that no call reads: whether the Dashboard mails customers by itself."""
    on = world.setting("mails_customers")
    return (
        f'<form method="post" action="/mischief">'
        f"{hidden(account=world.account['id'], do='mails_customers', on='' if on else '1')}"
        f"<p>The Dashboard’s “Successful payments” is <strong>{'on' if on else 'off'}</strong>. "
        f'<button id="mails-customers" class="button quiet">Switch it {"off" if on else "on"}</button></p></form>'
    )


def _calls(world: World) -> str:
    calls = world.store.read_log(world.account["id"], "call", 0, 25)
    rows = "".join(
        f"<tr><td>{clock(one['at'])}</td>"
        f"<td><code>{one['method']} {escape(one['path'])}</code></td>"
        f'<td class="number {tone(one["status"])}">{one["status"] or "none"}</td>'
        f"<td>{escape(one['code'] or ('replayed' if one['replayed'] else ''))}</td>"
        f"<td><code>{escape(one['idempotency_key'] or '')}</code></td></tr>"
        for one in reversed(calls)
    )
    return table(["At", "Call", "Answer", "Note", "Idempotency key"], rows)


def _deliveries(world: World) -> str:
    account = world.account["id"]
    rows = "".join(
        f"<tr><td><code>{escape(one['type'] or '')}</code></td>"
        f'<td><span class="pill {one["state"]}">{one["state"]}</span></td>'
        f'<td class="number">{one["tries"]}</td>'
        f'<td class="number">{one["answers"][-1]["status"] if "answers" in one else ""}</td>'
        f'<td><form class="inline" method="post" action="/mischief">'
        f"{hidden(account=account, do='resend', id=one['event'])}"
        f'<button id="again-{one["id"]}" class="link">Send again</button></form></td></tr>'
        for one in webhooks.history(world, 15)
    )
    return table(["Event", "State", "Tries", "Answer", ""], rows)
