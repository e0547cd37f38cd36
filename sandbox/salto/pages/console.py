"""The console: plays SALTO's web app, in which staff change things behind the product's back."""

from html import escape
from urllib.parse import quote

from sandbox.pages.layout import hidden, options, table
from sandbox.salto import people
from sandbox.salto.pages.parts import (
    SHOWN,
    button,
    found_people,
    name_of,
    page,
    role_words,
    seats,
    state_pill,
    switch,
    tabs,
)
from sandbox.salto.resources.groups import MEMBER, OPENS
from sandbox.salto.space import Body, Realm, Site

HERE = "/salto/console"
_NEVER = '<span class="bad">no schedule</span>'


def show(realm: Realm, site: Site, words: str) -> str:
    """Return the page of a site; `words` narrow the people."""
    name = escape(site.body["customer_reference"])
    body = f"""<div class="row spread"><div><h1>{name}</h1>
<p class="lead">SALTO's own web app: what staff change here, nobody tells the product.</p></div>
<a class="button quiet" href="/salto/door?site={site.account}">Go to the door</a></div>
{tabs(realm, site, "console")}<p class="said" id="said" role="status"></p>
<div class="columns top-cards">{_seats_card(site)}{_site_card(site)}</div>
<section class="card" aria-labelledby="people-h"><div class="row spread"><h2 id="people-h">People</h2>
<form class="find" method="get" action="{HERE}" role="search">{hidden(site=site.account)}
<label for="q" class="visually-hidden">Name or e-mail</label>
<input id="q" name="q" type="search" placeholder="Name or e-mail" value="{escape(words)}">
<button class="button quiet">Find</button></form></div>
<div id="people" class="scroll">{_people(site, words)}</div></section>
<div class="columns">{_newcomers(site)}{_groups_card(site)}</div>"""
    live = f"{HERE}/live?site={site.account}&q={quote(words)}"
    return page(site, "console", site.body["customer_reference"], body, live=live)


def live(site: Site, words: str) -> dict[str, str]:
    """Return the parts of the page that change by themselves."""
    return {"seats": seats(site), "switches": _switches(site), "people": _people(site, words), "groups": _groups(site)}


def _seats_card(site: Site) -> str:
    return f"""<section class="card" aria-labelledby="seats-h"><h2 id="seats-h">Seats</h2>
<div id="seats">{seats(site)}</div>
<form method="post" action="{HERE}" class="one-line">{hidden(site=site.account, do="seats")}
<p><label for="bought">Seats bought</label>
<input id="bought" name="seats" type="number" min="0" max="100000" value="{site.body["seats"]}"></p>
<button class="button quiet" id="change-seats">Change</button></form>
<p class="hint">A subscribed person takes one, admins and the integration too.</p></section>"""


def _site_card(site: Site) -> str:
    return f"""<section class="card" aria-labelledby="site-h"><h2 id="site-h">What may happen to the site</h2>
<ul class="switches" id="switches">{_switches(site)}</ul></section>"""


def _switches(site: Site) -> str:
    offline = not all(one["online"] for one in site.all("salto.iq"))
    full = site.setting("when_full") == "error"
    rows = [
        (("expire", "renew"), not site.valid, ("Subscription over", "Everybody is unsubscribed, nothing can change.")),
        (("unrelease", "release"), site.body["installation_state"] != "released",
         ("Not released", "The installer took the site back.")),
        (("iq_offline", "iq_online"), offline, ("IQ offline", "No lock hears anything, none opens.")),
        (("when_full_error", "when_full_silent"), full,
         ("Says when it is full", "Else subscribing without a free seat just does nothing.")),
    ]  # fmt: skip
    return "".join(switch(HERE, site, *row) for row in rows)


def _people(site: Site, words: str) -> str:
    users, total = found_people(site, words)
    roles = site.roles()
    groups = {one["id"]: one["customer_reference"] for one in site.all("salto.group")}
    rows = "".join(_person(site, one, roles, groups) for one in users)
    more = f'<p class="hint">The newest {SHOWN} of {total}. Find the others by name.</p>' if total > SHOWN else ""
    return table(["Person", "Role", "State", "Groups", "In the web app"], rows) + more


def _person(site: Site, user: Body, roles: dict[str, Body], groups: dict[str, str]) -> str:
    held = [groups[group] for group, _ in site.store.linked_to(MEMBER, user["id"]) if group in groups]
    chips = "".join(f'<span class="chip">{escape(one)}</span>' for one in held) or '<span class="muted">none</span>'
    contact = user["user"]["email"] or (f"tag {user['user']['tag_number']}" if user["user"]["tag_number"] else "guest")
    waits = '<span class="pill">invited</span>' if user["user"]["email"] and not user["user"]["has_profile"] else ""
    return f"""<tr><td><a class="who" href="/salto/people/{site.account}/{user["id"]}">
<strong>{name_of(user)}</strong><span class="muted">{escape(contact)}</span></a></td>
<td>{role_words(site, user, roles)}</td><td>{state_pill(site, user)} {waits}</td>
<td class="chips">{chips}</td><td class="nowrap">{deeds(HERE, site, user)}</td></tr>"""


def deeds(action: str, site: Site, user: Body, kind: str = "link") -> str:
    """Return the buttons that change a person's state."""
    subscribed = user["subscription_state"] == people.SUBSCRIBED
    first = ("suspend", "Unsubscribe") if subscribed else ("subscribe", "Subscribe")
    second = ("unblock", "Unblock") if user["blocked"] else ("block", "Block")
    return "".join(button(action, site, do, text, kind, user=user["id"]) for do, text in (first, second))


def group_options(site: Site, first: str) -> str:
    """Return the options of a select of groups, after one that is none."""
    return options([("", first), *((one["id"], one["customer_reference"]) for one in site.all("salto.group"))])


def _newcomers(site: Site) -> str:
    return f"""<section class="card" aria-labelledby="new-h"><h2 id="new-h">Add somebody by hand</h2>
<p class="muted">As staff do for cleaners, landlords and technicians: a tag, no e-mail, no membership.</p>
<form method="post" action="{HERE}">{hidden(site=site.account, do="add_cleaner")}
<div class="group two"><p><label for="first">First name</label><input id="first" name="first_name" value="Clara"></p>
<p><label for="last">Last name</label><input id="last" name="last_name" value="Cleaner"></p></div>
<p><label for="c-group">Group</label><select id="c-group" name="group">{group_options(site, "no group")}</select></p>
<button class="button wide" id="add-cleaner">Add with a tag</button></form>
<form method="post" action="{HERE}" class="after">{hidden(site=site.account, do="add_user")}
<div class="group"><label for="e-mail">Or invite by e-mail</label>
<input id="e-mail" name="email" type="email" required placeholder="name@example.org"></div>
<button class="button quiet wide" id="invite">Invite</button></form></section>"""


def _groups_card(site: Site) -> str:
    return f"""<section class="card" aria-labelledby="groups-h"><h2 id="groups-h">Access groups</h2>
<div id="groups" class="scroll">{_groups(site)}</div>
<form method="post" action="{HERE}" class="after">{hidden(site=site.account, do="add_group")}
<div class="group two"><p><label for="g-name">New group</label><input id="g-name" name="name" required></p>
<p><label for="g-when">When</label><select id="g-when" name="schedule">
{options([("always", "always"), ("none", "no schedule (opens nothing)")])}</select></p></div>
<button class="button quiet wide" id="add-group">Add, for all locks</button></form></section>"""


def _groups(site: Site) -> str:
    scheduled = {one["group"] for one in site.all("salto.schedule")}
    rows = "".join(
        f"<tr><td>{escape(one['customer_reference'])}</td>"
        f'<td class="number">{site.store.count_links(MEMBER, one["id"])}</td>'
        f'<td class="number">{site.store.count_links(OPENS, one["id"])}</td>'
        f"<td>{'yes' if one['id'] in scheduled else _NEVER}</td>"
        f"<td>{button(HERE, site, 'drop_group', 'Delete', group=one['id'])}</td></tr>"
        for one in site.all("salto.group")
    )
    return table(["Group", "People", "Locks", "Opens", ""], rows)
