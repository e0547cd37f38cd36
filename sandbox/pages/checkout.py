"""The hosted payment page of a Checkout Session: what a customer sees of Stripe.

https://docs.stripe.com/payments/checkout/how-checkout-works
"""

from html import escape
from typing import Any
from urllib.parse import quote, urlsplit

from sandbox.cards import ONLINE, Card
from sandbox.countries import amount_text
from sandbox.messages import Reply
from sandbox.pages.layout import hidden, html_reply, see_other
from sandbox.resources import hosted
from sandbox.world import World

Body = dict[str, Any]
_LOCK = (
    '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M7 10V7a5 5 0 0 1 10 0v3M5 10h14v10H5z"/></svg>'
)  # fmt: skip


def show(world: World, session: Body, card: str = "", said: str = "") -> Reply:
    """Return the page as the session stands; `card` fills the number field, `said` is what went wrong."""
    intent = hosted.intent_of(world, session)
    if session["status"] != "open":
        return html_reply(_page(world, session, _ended(session)))
    if intent is not None and intent["status"] == "requires_action":
        panel = _question(world, session)
    else:
        panel = _form(session, card, said)
    return html_reply(_page(world, session, panel), leads_to=_origin(session["success_url"]))


def press(world: World, session: Body, form: dict[str, str]) -> Reply:
    """Do what a button of the page asks for; a finished session leads back to where it came from."""
    if form.get("do") == "authenticate":
        said = hosted.authenticate(world, session, form.get("passed") == "1")
    else:
        said = hosted.submit(world, session, form.get("card", ""))
    if session["status"] == "complete" and not said:
        return see_other(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]))
    if not said:
        return see_other(f"/c/pay/{session['id']}")
    return show(world, session, form.get("card", ""), said)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _page(world: World, session: Body, panel: str) -> str:
    name = escape(world.account["_name"])
    title = "Save your card" if session["mode"] == "setup" else "Payment"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · {name}</title>
<link rel="icon" href="/static/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/style.css">
<link rel="stylesheet" href="/static/checkout.css">
</head>
<body class="hosted">
<div class="half summary">{_summary(session, world.account["_name"])}</div>
<main class="half" id="main">{panel}</main>
</body>
</html>
"""


def _summary(session: Body, name: str) -> str:
    back = ""
    if session["cancel_url"] and session["status"] == "open":
        address = escape(session["cancel_url"])
        back = f'<a class="back" id="back" href="{address}"><span aria-hidden="true">←</span> Back</a>'
    return f"""<header>{back}<span class="shop"><span class="mark" aria-hidden="true">{escape(name[:1])}</span>
<strong>{escape(name)}</strong></span><span class="badge">Test mode</span></header>{_asked(session)}
<p class="muted">A page of the sandbox, in the place of Stripe's own. No money moves.</p>"""


def _asked(session: Body) -> str:
    if session["mode"] == "setup":
        return '<h1 class="sum">Save your card</h1><p class="lead">Nothing is charged now.</p>'
    currency = session["currency"]
    rows = "".join(
        f'<li><span>{escape(line["description"])}'
        f'{"" if line["quantity"] == 1 else " × " + str(line["quantity"])}</span>'
        f'<span class="number">{amount_text(line["amount_total"], currency)}</span></li>'
        for line in session["_lines"]
    )  # fmt: skip
    total = amount_text(session["amount_total"], currency)
    return f"""<h1><span class="muted">Pay</span><span class="sum">{total}</span></h1>
<ul class="lines">{rows}<li class="total"><span>Total</span><span class="number">{total}</span></li></ul>"""


def _form(session: Body, card: str, said: str) -> str:
    setup = session["mode"] == "setup"
    email = (session["customer_details"] or {}).get("email")
    contact = f'<p class="contact"><span class="muted">Email</span> {escape(email)}</p>' if email else ""
    wrong = f'<p class="wrong" role="alert" id="wrong">{escape(said)}</p>' if said else ""
    button = "Save card" if setup else f"Pay {amount_text(session['amount_total'], session['currency'])}"
    keeps = setup or session["_intent_data"].get("setup_future_usage")
    terms = '<p class="hint">Your card is kept, so that it can be charged later as you agreed.</p>' if keeps else ""
    described = ' aria-invalid="true" aria-describedby="wrong"' if said else ""
    return f"""<form method="post" action="/c/pay/{session["id"]}" autocomplete="off" class="pay-form">
<h2>Card details</h2>{contact}{wrong}
<div class="group"><label for="card">Card number</label>
<input id="card" name="card" inputmode="numeric" required placeholder="1234 1234 1234 1234"
 value="{escape(_spaced(card))}"{described}{"" if card else " autofocus"}>
<div class="pair"><p><label for="expiry">Expiry</label>
<input id="expiry" name="expiry" value="12 / 34" required></p>
<p><label for="cvc">CVC</label><input id="cvc" name="cvc" inputmode="numeric" value="123" required></p></div>
<label for="holder">Name on card</label><input id="holder" name="holder" placeholder="Full name"></div>
<button class="button wide" id="pay"{" autofocus" if card and not said else ""}>{_LOCK}{button}</button>{terms}
</form>
{_test_cards(session)}"""


def _spaced(number: str) -> str:
    digits = number.replace(" ", "")
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))


def _test_cards(session: Body) -> str:
    groups = [
        ("Works", [card for card in ONLINE.values() if not (card.decline or card.secure or card.later)]),
        ("Asks you to authenticate", [card for card in ONLINE.values() if card.secure]),
        ("Is declined", [card for card in ONLINE.values() if (card.decline or card.later) and not card.secure]),
    ]
    parts = "".join(
        f"<h3>{name}</h3><ul>{''.join(_test_card(session, card) for card in cards)}</ul>" for name, cards in groups
    )
    return (
        f"""<details class="test-cards" open><summary>Test cards: choose one to fill it in</summary>{parts}</details>"""
    )


def _test_card(session: Body, card: Card) -> str:
    label = card.label.removeprefix("declined: ")
    url = f"/c/pay/{session['id']}?card={quote(card.number)}"
    return (
        f'<li><a href="{url}" id="c-{card.number}"><span>{escape(label)}</span>'
        f'<span class="number muted">···· {card.last4}</span></a></li>'
    )


def _question(world: World, session: Body) -> str:
    method = world.find("payment_method", (hosted.intent_of(world, session) or {})["payment_method"])
    card = f"the card that ends in {method['card']['last4']}"
    what = f"let {card} be kept"
    if session["mode"] == "payment":
        what = f"pay {amount_text(session['amount_total'], session['currency'])} with {card}"
    return f"""<form method="post" action="/c/pay/{session["id"]}" class="bank">
{hidden(do="authenticate")}<h2>Your bank asks: is it you?</h2>
<p>You are about to {what}.</p>
<div class="pair"><button class="button" id="authenticate" name="passed" value="1" autofocus>Authenticate</button>
<button class="button quiet" id="fail" name="passed" value="0">Fail</button></div></form>"""


def _ended(session: Body) -> str:
    if session["status"] == "complete":
        words = (
            "You are done here",
            "Your card is kept." if session["mode"] == "setup" else "Your payment has arrived.",
        )
    else:
        words = ("This page has expired", "Go back to where you came from and ask for a new one.")
    link = session["success_url"] if session["status"] == "complete" else session["cancel_url"]
    back = ""
    if link:
        address = escape(link.replace("{CHECKOUT_SESSION_ID}", session["id"]))
        back = f'<a class="button" id="back" href="{address}">Go back</a>'
    return f'<div class="bank"><h2>{words[0]}</h2><p>{words[1]}</p>{back}</div>'
