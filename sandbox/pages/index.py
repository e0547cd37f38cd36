"""The first page: accounts and their readers."""

from html import escape

from sandbox.control import Control
from sandbox.pages.layout import frame
from sandbox.screen import screen
from sandbox.world import World

MODELS = {
    "stripe_s700": "S700",
    "stripe_s710": "S710",
    "wisepos_e": "WisePOS E",
}


def model_name(device_type: str) -> str:
    """Return how people call a model."""
    name = device_type.removeprefix("simulated_").removeprefix("bbpos_")
    return MODELS.get(name, name)


def index(control: Control, beside: str = "") -> str:
    """Return the page. `beside` is what stands below the accounts."""
    worlds = control.accounts()
    cards = "".join(_account(world) for world in worlds) or _nothing()
    return frame(
        "Accounts and readers",
        f"<h1>Accounts and readers</h1>"
        f'<p class="lead">A stand-in for Stripe and SALTO KS. Open a reader and hold a card to it.</p>{cards}{beside}',
        live="/live",
        every=1500,
    )


def live(control: Control) -> dict[str, str]:
    """Return the parts of the page that change by themselves."""
    return {f"readers-{world.account['id']}": _readers(world) for world in control.accounts()}


def _nothing() -> str:
    return (
        '<div class="card empty"><h2>No account yet</h2>'
        "<p>The product makes its accounts when its demo data is loaded.</p></div>"
    )


def _account(world: World) -> str:
    account = world.account
    return f"""<section class="card" aria-labelledby="h-{account["id"]}">
<div class="row spread">
<div><h2 id="h-{account["id"]}">{escape(account["_name"])}</h2>
<p class="muted">{account["country"]} · {account["default_currency"].upper()}
 · <code>{account["id"]}</code></p></div>
<a class="button quiet" href="/mischief?account={account["id"]}">Mischief and log</a>
</div>
<ul class="readers" id="readers-{account["id"]}">{_readers(world)}</ul>
</section>"""


def _readers(world: World) -> str:
    readers = reversed(world.each("terminal.reader"))
    return "".join(_reader(world, reader) for reader in readers) or (
        '<li class="muted">No reader is registered yet.</li>'
    )


def _reader(world: World, reader: dict[str, object]) -> str:
    shown = screen(world, reader)
    now = " ".join(filter(None, [shown["title"], shown["amount_text"]]))
    offline = shown["state"] == "offline"
    return f"""<li><a class="reader-link" href="/readers/{reader["id"]}">
<span class="mini {"dark" if "wisepos" in str(reader["device_type"]) else ""}" aria-hidden="true">
<span class="mini-screen is-{shown["state"]}"></span></span>
<span><strong>{escape(str(reader["label"]))}</strong>
<span class="muted">{model_name(str(reader["device_type"]))}</span>
<span class="now {"bad" if offline else ""}">{escape(now)}</span></span>
<span class="open">Open</span></a></li>"""
