"""A reader's page: the device, cards to hold to it, and what may be wrong with it."""

from html import escape
from typing import Any

from sandbox.cards import CARDS
from sandbox.pages.index import model_name
from sandbox.pages.layout import frame, hidden, options
from sandbox.screen import screen
from sandbox.world import World

Body = dict[str, Any]

# name, label, sentence, value that switches it on
SWITCHES = [
    ("offline", "Unplugged", "Stripe says the reader is offline; nothing is queued.", "true"),
    ("no_heartbeat", "Goes quiet", "Commands time out; offline after two minutes.", "true"),
    ("busy", "In its settings", "Answers busy to every command.", "true"),
    ("frozen", "Frozen", "Takes commands, but the screen stands still.", "true"),
    ("slow-late", "Slow wire", "The next command takes 8 seconds to arrive.", "8"),
    ("slow-lost", "Slow, answer lost", "It arrives after 8 seconds; the caller never hears.", "8"),
    ("ack-lost", "Time-out, not shown", "The next command is lost.", "lost"),
    ("ack-delivered", "Time-out, but shown", "The next command arrives all the same.", "delivered"),
    ("link-charged", "Cut after card, charged", "The action fails, the money moved.", "charged"),
    ("link-not", "Cut after card, not charged", "The action fails, nothing moved.", "not_charged"),
    ("dies", "Dies after the card", "The bank answers; the reader never says so.", "true"),
]  # fmt: skip

# Switches that stay on; the others are used up when they strike.
LASTING = ("offline", "no_heartbeat", "busy", "frozen")

_FAULT_OF = {
    "slow-late": ("slow", {"seconds": 8.0, "answer": "late"}),
    "slow-lost": ("slow", {"seconds": 8.0, "answer": "lost"}),
    "ack-lost": ("ack_timeout", {"kind": "lost"}),
    "ack-delivered": ("ack_timeout", {"kind": "delivered"}),
    "link-charged": ("connection_error", "charged"),
    "link-not": ("connection_error", "not_charged"),
    "dies": ("dies_after_tap", True),
}


def fault_of(name: str) -> tuple[str, Any]:
    """Return the fault and its value that a switch of the page stands for."""
    return _FAULT_OF.get(name, (name, True))


def reader_page(world: World, reader: Body) -> str:
    """Return the page of a reader."""
    crumbs = f'<a href="/">Readers</a><a href="/mischief?account={world.account["id"]}">Mischief</a>'
    body = f"""<h1 class="visually-hidden">{escape(reader["label"])}</h1>
<div class="stage">
<section class="bench" aria-label="The reader">{_device(world, reader)}
<p class="caption"><strong>{escape(reader["label"])}</strong>
<span class="muted">{model_name(reader["device_type"])} ·
{escape(world.account["_name"])}</span></p>
</section>
<div class="side">
{_cards(reader)}
<section class="card" aria-labelledby="wrong">
<h2 id="wrong">What may go wrong</h2>
<div id="faults">{faults(reader)}</div>
</section>
</div>
</div>"""
    live = f"/readers/{reader['id']}/live"
    return frame(reader["label"], body, crumbs=crumbs, live=live, every=400)


def live(world: World, reader: Body) -> dict[str, str]:
    """Return the parts of the page that change by themselves."""
    return {"screen": screen_html(world, reader), "faults": faults(reader)}


def _device(world: World, reader: Body) -> str:
    kind = "wisepos" if "wisepos" in reader["device_type"] else "s700"
    return f"""<div class="device {kind}">
<span class="gloss" aria-hidden="true"></span>
<div class="glass"><div id="screen" role="status" aria-label="The reader's screen">
{screen_html(world, reader)}</div></div>
<span class="waves" aria-hidden="true">{_WAVES}</span>
<span class="slot" aria-hidden="true"></span>
</div>"""


_WAVES = (
    '<svg viewBox="0 0 48 48"><path d="M14 17c3 4 3 10 0 14M21 13c5 6 5 16 0 22'
    'M28 9c7 9 7 21 0 30M35 5c9 11 9 27 0 38"/></svg>'
)
_ICONS = {
    "approved": '<svg class="big" viewBox="0 0 48 48" aria-hidden="true"><circle cx="24" cy="24" '
    'r="22"/><path d="M14 25l7 7 14-15"/></svg>',
    "declined": '<svg class="big" viewBox="0 0 48 48" aria-hidden="true"><circle cx="24" cy="24" '
    'r="22"/><path d="M16 16l16 16M32 16L16 32"/></svg>',
    "offline": '<svg class="big" viewBox="0 0 48 48" aria-hidden="true"><path d="M6 18c10-9 26-9 '
    '36 0M13 26c6-6 16-6 22 0M20 34c2-2 6-2 8 0M8 42L40 6"/></svg>',
    "processing": '<span class="spinner" aria-hidden="true"></span>',
    "idle": '<span class="hello" aria-hidden="true"></span>',
}


def screen_html(world: World, reader: Body) -> str:
    """Return what the screen shows."""
    shown = screen(world, reader)
    state = shown["state"]
    parts = [_ICONS.get(state, ""), f'<p class="s-title">{escape(shown["title"])}</p>']
    if shown["amount_text"]:
        parts.append(f'<p class="s-amount">{escape(shown["amount_text"])}</p>')
    if shown["lines"]:
        rows = "".join(
            f"<li><span>{escape(line['text'])}</span><span>{escape(line['amount_text'])}</span></li>"
            for line in shown["lines"]
        )
        parts.append(f'<ul class="s-lines">{rows}</ul>')
    if shown["text"]:
        parts.append(f'<p class="s-text">{escape(shown["text"])}</p>')
    if state in ("amount", "save_card", "refund"):
        parts.append(f'<span class="s-waves" aria-hidden="true">{_WAVES}</span>')
    if state == "pin":
        parts.append(_pin(reader))
    if shown["cancel_allowed"] and not shown["frozen"]:
        parts.append(_button(reader, "cancel", "Cancel", "s-cancel"))
    return f'<div class="view is-{state}">{"".join(parts)}</div>'


def _pin(reader: Body) -> str:
    return f"""<form method="post" action="/readers/{reader["id"]}" class="pin">
{hidden(do="pin")}<label for="pin" class="visually-hidden">PIN</label>
<input id="pin" name="pin" inputmode="numeric" autocomplete="off" maxlength="4" pattern="[0-9]{{4}}"
 placeholder="••••" required><button id="pin-ok">OK</button></form>"""


def _button(reader: Body, do: str, text: str, kind: str) -> str:
    return f"""<form method="post" action="/readers/{reader["id"]}">{hidden(do=do)}
<button id="b-{do}" class="{kind}">{text}</button></form>"""


def _cards(reader: Body) -> str:
    paying = [c for c in CARDS.values() if not c.decline and not c.pin and not c.refund_fails]
    groups = [
        ("Pays", paying),
        ("Asks for a PIN", [c for c in CARDS.values() if c.pin]),
        ("Is declined", [c for c in CARDS.values() if c.decline]),
        ("Pays, with a twist", [c for c in CARDS.values() if c.refund_fails]),
    ]
    choices = "".join(
        f'<optgroup label="{escape(name)}">'
        + options([(c.number, f"{c.label} ···· {c.last4}") for c in cards], "4242424242424242")
        + "</optgroup>"
        for name, cards in groups
    )
    return f"""<section class="card" aria-labelledby="present">
<h2 id="present">Be the customer</h2>
<form method="post" action="/readers/{reader["id"]}" data-say="said">
{hidden(do="tap", method="tap")}
<label for="card">Card</label>
<select id="card" name="card">{choices}</select>
<div class="buttons">
<button class="button" name="method" value="tap">Tap card</button>
<button class="button quiet" name="method" value="insert">Insert card</button>
<button class="button quiet" name="method" value="phone">Phone wallet</button>
<button class="button quiet" name="do" value="walk_away">Walk away</button>
</div></form>
<p class="hint">Amounts that end in 01, 05, 55, 65 or 75 are declined; 02 and 03 ask for a PIN.</p>
<p class="said" id="said" role="status"></p>
</section>"""


def faults(reader: Body) -> str:
    """Return the switches, each as it is now."""
    lasting, once = (
        "".join(_switch(reader, *switch) for switch in SWITCHES if (switch[0] in LASTING) is wanted)
        for wanted in (True, False)
    )
    well = "" if not reader["_device"]["faults"] and reader["_device"]["stopped_at"] is None else (
        f'<form method="post" action="/readers/{reader["id"]}">{hidden(do="well")}'
        '<button id="b-well" class="button quiet wide">All well again</button></form>'
    )  # fmt: skip
    return (
        f'{well}<h3>Until switched off</h3><ul class="switches">{lasting}</ul>'
        f'<h3>Once, at the next command or card</h3><ul class="switches">{once}</ul>'
    )


def _switch(reader: Body, name: str, label: str, sentence: str, _value: str) -> str:
    fault, value = fault_of(name)
    found = reader["_device"]["faults"].get(fault)
    on = found is not None and (name == fault or found["value"] == value)
    state = "on" if on else "off"
    return f"""<li><form method="post" action="/readers/{reader["id"]}">
{hidden(do="fault", name=name, on="" if on else "1")}
<button id="f-{name}" class="switch" role="switch" aria-checked="{"true" if on else "false"}">
<span class="track {state}" aria-hidden="true"></span>
<span><strong>{label}</strong><span class="muted">{sentence}</span></span>
</button></form></li>"""
