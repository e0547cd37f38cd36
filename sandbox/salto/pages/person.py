"""The page of one person in SALTO's web app: state, groups, what they hold, who they are."""

from html import escape

from sandbox.pages.layout import hidden
from sandbox.salto import door
from sandbox.salto.pages.console import deeds
from sandbox.salto.pages.parts import button, name_of, page, role_words, seats, state_pill, switch
from sandbox.salto.resources.groups import MEMBER
from sandbox.salto.space import Body, Site

_HOLDS = {door.TAG: "tag", door.PIN: "PIN", door.APP: "the app"}


def show(site: Site, user: Body) -> str:
    """Return the page."""
    here = f"/salto/people/{site.account}/{user['id']}"
    body = f"""<p><a class="back" href="/salto/console?site={site.account}"><span aria-hidden="true">←</span>
{escape(site.body["customer_reference"])}</a></p>
<h1>{name_of(user)}</h1><p class="lead" id="lead">{_lead(site, user)}</p>
<p class="said" id="said" role="status"></p>
<div class="columns halves"><div>
<section class="card" aria-labelledby="state-h"><h2 id="state-h">Access</h2>
<div id="state">{_state(site, user, here)}</div></section>
<section class="card" aria-labelledby="in-h"><h2 id="in-h">Groups</h2>
<ul class="switches" id="in">{_groups(site, user, here)}</ul></section></div>
<div><section class="card" aria-labelledby="who-h"><h2 id="who-h">The person</h2>
<div id="about">{_about(site, user, here)}</div>{_changes(site, user, here)}</section>
<section class="card" aria-labelledby="ids-h"><h2 id="ids-h">Two ids</h2>
<dl class="stacked"><dt>at this site</dt><dd><code>{user["id"]}</code></dd>
<dt>on the platform, for groups</dt><dd><code>{user["user"]["id"]}</code></dd></dl></section></div></div>"""
    return page(site, "", name_of(user), body, live=f"{here}/live")


def live(site: Site, user: Body) -> dict[str, str]:
    """Return the parts of the page that change by themselves."""
    here = f"/salto/people/{site.account}/{user['id']}"
    return {
        "lead": _lead(site, user),
        "state": _state(site, user, here),
        "in": _groups(site, user, here),
        "about": _about(site, user, here),
    }


def _lead(site: Site, user: Body) -> str:
    held = [_HOLDS[way] for way in door.credentials(site, user)]
    holds = f"opens with {', '.join(held)}" if held else "holds nothing that opens a lock"
    return f"{role_words(site, user, site.roles())} · {holds}"


def _state(site: Site, user: Body, here: str) -> str:
    return f"""<p class="big-state">{state_pill(site, user)}</p>{seats(site)}
<div class="buttons">{deeds(here, site, user, "button quiet")}
{button(here, site, "remove", "Remove", "button quiet", user=user["id"])}</div>"""


def _groups(site: Site, user: Body, here: str) -> str:
    held = {group for group, _ in site.store.linked_to(MEMBER, user["id"])}
    scheduled = {one["group"] for one in site.all("salto.schedule")}
    rows = []
    for one in site.all("salto.group"):
        words = (escape(one["customer_reference"]), "" if one["id"] in scheduled else "has no schedule, opens nothing")
        do = (f"add_to_group:{one['id']}", f"remove_from_group:{one['id']}")
        rows.append(switch(here, site, do, one["id"] in held, words, "good"))
    return "".join(rows) or '<li class="muted">The site has no groups.</li>'


def _about(site: Site, user: Body, here: str) -> str:
    profile = "has completed a profile" if user["user"]["has_profile"] else "has not signed up yet"
    rows = [
        ("E-mail", escape(user["user"]["email"] or "none")),
        ("Profile", profile),
        ("Tag", escape(user["user"]["tag_number"] or "none")),
        ("PIN", "has one" if user["pin"] else "none"),
    ]
    lines = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows)
    return f'<dl class="ids">{lines}</dl><div class="buttons">{_deeds(site, user, here)}</div>'


def _deeds(site: Site, user: Body, here: str) -> str:
    codes = {role["code"] for role in site.roles().values() if role["id"] in user["role_ids"]}
    found = []
    if user["user"]["email"] and not user["user"]["has_profile"]:
        found.append(("accept_invitation", "Accept the invitation"))
    found.append(("make_user", "Make a user") if "site_admin" in codes else ("make_admin", "Make an admin"))
    found.append(("leave_pod", "Take out of the pod") if user["pods"] else ("pod", "Put into a pod"))
    return "".join(button(here, site, do, text, "button quiet", user=user["id"]) for do, text in found)


def _changes(site: Site, user: Body, here: str) -> str:
    return f"""<form method="post" action="{here}" class="one-line">{hidden(site=site.account, do="change_profile")}
<p><label for="new-email">Their own change of e-mail</label>
<input id="new-email" name="email" type="email" required value="{escape(user["user"]["email"] or "")}"></p>
<button class="button quiet" id="change-email">Change</button></form>
<form method="post" action="{here}" class="one-line">{hidden(site=site.account, do="change_password")}
<p><label for="new-password">Their own change of password</label>
<input id="new-password" name="password" required></p>
<button class="button quiet" id="change-password">Change</button></form>
<form method="post" action="{here}" class="one-line">{hidden(site=site.account, do="give_tag")}
<p><label for="new-tag">Give them a tag</label>
<input id="new-tag" name="tag" required placeholder="02300001"></p>
<button class="button quiet" id="give-tag">Give</button></form>"""
