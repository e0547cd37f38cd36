"""The mischief page of SALTO KS: faults of calls, tokens, the log of calls, invitations."""

from html import escape
from typing import Any

from sandbox import faults
from sandbox.pages.layout import hidden, table
from sandbox.pages.wrong import clock, fault_form, often, tone
from sandbox.salto import control
from sandbox.salto.mischief import KINDS
from sandbox.salto.pages.parts import button, page, tabs
from sandbox.salto.space import Body, Realm, Site

HERE = "/salto/mischief"
CALLS = [
    ("status", "429 Too many requests", "Not done; come back after the seconds given."),
    ("error_before", "500 before it was done", "Not done, answered as an internal error."),
    ("error_after", "500 after it was done", "Done, and answered as an internal error."),
    ("answer_lost", "The answer is lost", "Done, and the caller never hears."),
    ("request_lost", "The request is lost", "Nothing arrives."),
    ("unavailable", "503 Unavailable", "Not done, and the answer is a page."),
    ("error_in_200", "Error inside a 200", "Not done, and the status says well."),
    ("slow", "A slow answer", "Done at once and answered late."),
    ("page_error", "A page fails", "500 on this page of a list."),
    ("page_short", "A page is cut off", "Half of this page, as if it were the last."),
    ("new_user_lag", "New people lag", "Somebody new is not known everywhere for these seconds."),
]
_NAMES = {kind: label for kind, label, _ in CALLS}
WHICH = [
    ("", "any call"),
    ("GET users$", "listing people"),
    ("GET access_groups$", "listing groups"),
    ("GET access_groups/{group}/users", "who is in a group"),
    ("PATCH access_groups/{group}/users", "changing a group"),
    ("PATCH users/{user}/subscription", "subscribing, unsubscribing"),
    ("POST users", "adding a person"),
    ("POST connect/token", "signing in, refreshing"),
]


def show(realm: Realm, site: Site) -> str:
    """Return the page of a site."""
    ends = "".join(
        button(HERE, site, "revoke", text, "button quiet", what=what)
        for what, text in (("access", "End access tokens"), ("all", "End refresh tokens too"))
    )
    number = (
        '<p><label for="page">Page</label><input id="page" name="page" type="number" min="1" max="9999" value="2"></p>'
    )
    body = f"""<h1>Mischief</h1>
<p class="lead">Everything that can go wrong between you and SALTO KS, on demand.</p>{tabs(realm, site, "mischief")}
<section class="card" aria-labelledby="on"><h2 id="on">Switched on now</h2>
<div id="active">{_active(realm, site)}</div></section>
<div class="columns"><section class="card" aria-labelledby="calls-h"><h2 id="calls-h">Calls</h2>
{fault_form(HERE, {"site": site.account}, CALLS, WHICH, number)}</section>
<div><section class="card" aria-labelledby="tok"><h2 id="tok">Tokens</h2>
<p class="muted">As when somebody takes the permission back.</p><div class="buttons">{ends}</div>
<p class="said" id="said" role="status"></p></section>
<section class="card" aria-labelledby="mails-h"><h2 id="mails-h">Invitations mailed</h2>
<div id="mails" class="scroll">{_mails(site)}</div></section>
<section class="card" aria-labelledby="counts-h"><h2 id="counts-h">How often</h2>
<div id="counts" class="scroll">{_counts(realm, site)}</div></section></div></div>
<section class="card" aria-labelledby="log"><h2 id="log">Latest calls</h2>
<div id="calls" class="scroll">{_calls(realm, site)}</div></section>"""
    return page(site, "mischief", "Mischief", body, live=f"{HERE}/live?site={site.account}")


def live(realm: Realm, site: Site) -> dict[str, str]:
    """Return the parts of the page that change by themselves."""
    return {
        "active": _active(realm, site),
        "mails": _mails(site),
        "counts": _counts(realm, site),
        "calls": _calls(realm, site),
    }


def add_fault(realm: Realm, site: Site, form: dict[str, Any]) -> None:
    """Switch on what a form asks for. Raises ValueError for something else."""
    fault: Body = {"kind": form["kind"], "match": form.get("match", ""), "seconds": float(form.get("seconds") or 0)}
    fault["times"] = int(form["times"]) if form.get("times") else None
    if fault["kind"] in ("page_error", "page_short"):
        fault |= {"page": int(form.get("page") or 1), "match": fault["match"] or "GET "}
    if fault["kind"] == "new_user_lag":
        fault["match"] = ""
    if fault["kind"] == "status":
        fault["retry_after"] = int(fault["seconds"])
    # The identity server belongs to no site.
    faults.add(realm if fault["match"].startswith("POST connect") else site, fault, KINDS)


def _active(realm: Realm, site: Site) -> str:
    found = [*realm.all("fault"), *site.all("fault")]
    rows = "".join(
        f"<li><span><strong>{_NAMES.get(one['kind'], one['kind'])}</strong>"
        f'<span class="muted">{escape(_about(one))} · {often(one)}</span></span>'
        f"{button(HERE, site, 'off', 'Off', 'button quiet', id=one['id'])}</li>"
        for one in found
    )
    if not rows:
        return '<p class="fine">All is well.</p>'
    return f"""<ul class="active">{rows}</ul><form method="post" action="{HERE}">
{hidden(site=site.account, do="well")}<button id="all-well" class="button">All well again</button></form>"""


def _about(fault: Body) -> str:
    page_of = f", page {fault['page']}" if fault.get("page") else ""
    return f"{str(fault['match']).rstrip('$') or 'anything'}{page_of}"


def _mails(site: Site) -> str:
    lines = reversed(site.store.read_log(site.account, "salto.mail", 0, 6))
    rows = "".join(f"<tr><td>{clock(one['at'])}</td><td>{escape(one['to'])}</td></tr>" for one in lines)
    return table(["At", "To"], rows)


def _counts(realm: Realm, site: Site) -> str:
    found = control.calls(realm, "counts", {"site": site.account})["by_call"]
    rows = "".join(
        f'<tr><td><code>{escape(name)}</code></td><td class="number">{number}</td></tr>'
        for name, number in found.items()
    )
    return table(["Call", "Times"], rows)


def _calls(realm: Realm, site: Site) -> str:
    lines = control.calls(realm, "calls", {"limit": 200})["calls"]
    shown = [one for one in lines if one["site"] in ("", site.account)][-25:]
    rows = "".join(
        f"<tr><td>{clock(one['at'])}</td><td><code>{escape(one['name'])}</code></td>"
        f'<td class="number {tone(one["status"])}">{one["status"] or "none"}</td>'
        f"<td>{escape(str(one['code'] or ''))}</td></tr>"
        for one in reversed(shown)
    )
    return table(["At", "Call", "Answer", "Code"], rows)
