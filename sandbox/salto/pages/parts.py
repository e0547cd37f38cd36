"""What the pages of SALTO KS share: frame, tabs, forms of one button, names."""

from html import escape

from sandbox.pages.layout import frame, hidden
from sandbox.salto import people
from sandbox.salto.space import Body, Realm, Site

# Where to, how it is called.
PAGES = [("console", "Console"), ("door", "Door"), ("mischief", "Mischief")]
SHOWN = 60


def page(site: Site | None, here: str, title: str, body: str, *, live: str = "", every: int = 1000) -> str:
    """Return a whole page of SALTO KS."""
    where = f"?site={site.account}" if site else ""
    crumbs = "".join(f'<a href="/salto/{path}{where}"{current(path == here)}>{name}</a>' for path, name in PAGES)
    return frame(f"{title} · SALTO KS", body, crumbs=crumbs, live=live, every=every, style="salto.css")


def current(here: bool) -> str:
    """Return the attribute of a link to where one is."""
    return ' aria-current="page"' if here else ""


def tabs(realm: Realm, site: Site, path: str) -> str:
    """Return the sites to choose from."""
    sites = realm.sites()
    if len(sites) < 2:
        return ""
    links = "".join(
        f'<a href="/salto/{path}?site={one.account}"{current(one.account == site.account)}>'
        f"{escape(one.body['customer_reference'])}</a>"
        for one in sites
    )
    return f'<nav class="tabs" aria-label="Site">{links}</nav>'


def button(action: str, site: Site, do: str, text: str, kind: str = "link", **fields: str) -> str:
    """Return a form that is one button."""
    name = "-".join([do, *fields.values()])
    return (
        f'<form class="inline" method="post" action="{action}">{hidden(site=site.account, do=do, **fields)}'
        f'<button id="{escape(name)}" class="{kind}">{text}</button></form>'
    )


def switch(action: str, site: Site, do: tuple[str, str], on: bool, words: tuple[str, str], tone: str = "") -> str:
    """Return a switch: what to do to switch it on and off, whether it is on, label and sentence.

    `tone` is "good" where on is well; else it is mischief.
    """
    label, sentence = words
    return f"""<li><form method="post" action="{action}">{hidden(site=site.account, do=do[1] if on else do[0])}
<button id="s-{do[0]}" class="switch" role="switch" aria-checked="{"true" if on else "false"}">
<span class="track {"on" if on else "off"} {tone}" aria-hidden="true"></span>
<span><strong>{label}</strong><span class="muted">{sentence}</span></span></button></form></li>"""


def name_of(user: Body) -> str:
    """Return how a person is called, escaped."""
    name = f"{user['user']['first_name']} {user['user']['last_name']}".strip()
    return escape(name or user["alias"] or "Nameless")


def state_pill(site: Site, user: Body) -> str:
    """Return a person's state as the web app words it."""
    if user["blocked"]:
        return '<span class="pill failed">Blocked</span>'
    if people.state(site, user) == people.SUBSCRIBED:
        return '<span class="pill succeeded">Subscribed</span>'
    return '<span class="pill">Unsubscribed</span>'


def role_words(site: Site, user: Body, roles: dict[str, Body]) -> str:
    """Return a person's roles in words; owner and integration are told apart here, not in the API."""
    platform = user["user"]["id"]
    words = [roles[one]["customer_reference"] for one in user["role_ids"] if roles[one]["is_hierarchical"]]
    words += ["owner"] if platform == site.body["owner"] else []
    words += ["integration"] if platform == site.body["service"] else []
    return escape(" · ".join(words))


def seats(site: Site) -> str:
    """Return how full the site is, as a picture."""
    used, bought = people.seats_used(site), site.body["seats"]
    free = max(bought - used, 0)
    tone = "full" if not free else ("tight" if used >= 0.8 * bought else "fine")
    return f"""<div class="seats is-{tone}"><p><span class="sum">{used}</span>
<span class="muted">of {bought} seats used · {free} free</span></p>
<progress max="{max(bought, 1)}" value="{min(used, bought)}">{used} of {bought}</progress></div>"""


def found_people(site: Site, words: str) -> tuple[list[Body], int]:
    """Return the people whose name or e-mail has these words in it, the newest first, and how many there are."""
    texts = [f"coalesce(json_extract(o.body, '$.user.{name}'), '')" for name in ("first_name", "last_name", "email")]
    text = " || ' ' || ".join(texts)
    where = f"instr(lower({text}), ?) > 0" if words else ""
    values = [words.lower()] if words else []
    rows = site.store.query(site.account, "salto.user", where, values, "o.seq DESC", SHOWN)
    return rows, site.store.count(site.account, "salto.user", where, values)
