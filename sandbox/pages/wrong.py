"""What the mischief pages share: the form that switches a fault on, words about calls."""

import time
from typing import Any

from sandbox.pages.layout import hidden, options


def often(fault: dict[str, Any]) -> str:
    """Return how often a fault strikes, in words."""
    if fault["times"] is None:
        return "until switched off"
    return "once" if fault["times"] == 1 else f"{fault['times']} times"


def fault_form(
    action: str, fields: dict[str, str], kinds: list[tuple[str, str, str]], which: list[tuple[str, str]], more: str = ""
) -> str:
    """Return the form that switches a fault on: (kind, label, sentence) each, and which calls it may be about.

    `fields` are sent along; `more` are fields to fill in.
    """
    name = "match-" + kinds[0][0]
    radios = "".join(
        f'<li><label class="choice"><input type="radio" name="kind" value="{kind}"'
        f"{' checked' if kind == kinds[0][0] else ''}><span><strong>{label}</strong>"
        f'<span class="muted">{sentence}</span></span></label></li>'
        for kind, label, sentence in kinds
    )
    return f"""<form method="post" action="{action}" class="fault-form">
{hidden(**fields, do="on")}
<fieldset><legend class="visually-hidden">What goes wrong</legend><ul class="choices">{radios}</ul>
</fieldset>
<div class="fields">
<p><label for="{name}">Which</label><select id="{name}" name="match">{options(which)}</select></p>
<p><label for="{name}-times">How often</label><select id="{name}-times" name="times">
{options([("1", "once"), ("3", "three times"), ("", "until switched off")])}</select></p>
<p><label for="{name}-s">Seconds</label>
<input id="{name}-s" name="seconds" type="number" min="0" max="600" value="5"></p>{more}
</div>
<button class="button wide">Switch on</button></form>"""


def tone(status: int | None) -> str:
    """Return the class of an answer's status."""
    return "fine" if status and status < 400 else "bad"


def clock(moment: float) -> str:
    """Return a moment (unix seconds) as the clock on the wall shows it."""
    return time.strftime("%H:%M:%S", time.localtime(moment))
