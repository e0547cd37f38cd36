"""The door page: somebody in front of a lock, and whether it opens."""

from html import escape

from sandbox.pages.layout import hidden, options, table
from sandbox.pages.wrong import clock
from sandbox.salto import door
from sandbox.salto.pages.parts import current, found_people, name_of, page, state_pill, tabs
from sandbox.salto.space import Body, Realm, Site

# How long the lock shows what just happened, in seconds.
_SHOWS = 5
_WHY = {
    "suspended": "Unsubscribed in SALTO KS.",
    "blocked": "Blocked in SALTO KS.",
    "no_access": "In no group that opens this lock now.",
    "offline": "The IQ is offline.",
    "no_credential": "They hold nothing to the lock: no such tag, PIN or app.",
}
_BY = {door.TAG: "tag", door.PIN: "PIN", door.APP: "app"}
# A closed leaf in its frame, and the same leaf swung open: the style sheet shows one of them.
_LEAF = """<svg viewBox="0 0 200 330" aria-hidden="true">
<rect class="jamb" x="6" y="6" width="188" height="318" rx="6"/>
<rect class="inside" x="18" y="18" width="164" height="306"/><path class="floor" d="M18 324L60 268H182V324z"/>
<g class="shut"><rect class="wood" x="18" y="18" width="164" height="306" rx="2"/>
<rect class="panel" x="40" y="42" width="96" height="112" rx="3"/>
<rect class="panel" x="40" y="194" width="96" height="104" rx="3"/>
<rect class="plate" x="148" y="140" width="24" height="64" rx="8"/><circle class="lamp" cx="160" cy="154" r="5"/>
<rect class="handle" x="118" y="178" width="46" height="9" rx="4.500"/></g>
<g class="swung"><path class="wood" d="M18 18L92 46V290L18 324z"/>
<path class="panel" d="M30 52L66 64V156L30 158zM30 196L66 192V276L30 292z"/>
<path class="plate" d="M76 150L88 152V202L76 204z"/><circle class="lamp" cx="82" cy="162" r="4"/></g></svg>"""


def show(realm: Realm, site: Site, lock: Body) -> str:
    """Return the page of a lock."""
    name = escape(lock["customer_reference"])
    locks = "".join(
        f'<a href="/salto/door?site={site.account}&amp;lock={one["id"]}"'
        f"{current(one['id'] == lock['id'])}>{escape(one['customer_reference'])}</a>"
        for one in site.all("salto.lock")
    )
    body = f"""<h1 class="visually-hidden">{name}</h1>{tabs(realm, site, "door")}
<div class="stage">
<section class="bench" aria-label="The door"><div id="lock" role="status">{_lock(site, lock)}</div>
<p class="caption"><strong>{name}</strong>
<span class="muted">{escape(site.body["customer_reference"])}</span></p></section>
<div class="side"><section class="card" aria-labelledby="try"><h2 id="try">Be somebody at the door</h2>
<nav class="tabs" aria-label="Lock">{locks}</nav>{_form(site, lock)}
<p class="said" id="said" role="status"></p></section>
<section class="card" aria-labelledby="who"><h2 id="who">Who gets in now</h2>
<div id="ins" class="scroll">{_ins(site, lock)}</div></section>
<section class="card" aria-labelledby="log"><h2 id="log">What the lock wrote down</h2>
<div id="entries" class="scroll">{_entries(site)}</div></section></div></div>"""
    live = f"/salto/door/live?site={site.account}&lock={lock['id']}"
    return page(site, "door", lock["customer_reference"], body, live=live, every=700)


def live(site: Site, lock: Body) -> dict[str, str]:
    """Return the parts of the page that change by themselves."""
    return {"lock": _lock(site, lock), "ins": _ins(site, lock), "entries": _entries(site)}


def said(user: Body, found: Body) -> str:
    """Return what came of an attempt, in words."""
    name = f"{user['user']['first_name']} {user['user']['last_name']}".strip() or user["alias"]
    return f"{name} gets in." if found["opens"] else f"{name} stays out. {_WHY[found['detail']]}"


def _lock(site: Site, lock: Body) -> str:
    lines = site.store.read_log(site.account, "salto.entry", 0, 1)
    last = lines[0] if lines and lines[0]["lock_id"] == lock["id"] and site.now - lines[0]["at"] < _SHOWS else None
    if last is None:
        state, title, text = "closed", "Locked", "Hold a tag to it, type a PIN or use the app."
    elif last["event_detail"] is None:
        state, title, text = "opened", "Open", f"Hello, {last['user_name']}."
    else:
        state, title, text = "refused", "Refused", _WHY[last["event_detail"]]
    return f"""<div class="doorway is-{state}">{_LEAF}<p class="d-title">{title}</p>
<p class="d-text">{escape(text)}</p></div>"""


def _form(site: Site, lock: Body) -> str:
    users, _ = found_people(site, "")
    choices = options([(one["id"], _choice(one)) for one in sorted(users, key=_choice)])
    return f"""<form method="post" action="/salto/door" data-say="said">
{hidden(site=site.account, lock=lock["id"], do="try")}
<label for="person">Person</label><select id="person" name="user">{choices}</select>
<div class="buttons"><button class="button" id="by-tag" name="by" value="{door.TAG}">Hold the tag</button>
<button class="button quiet" id="by-pin" name="by" value="{door.PIN}">Type the PIN</button>
<button class="button quiet" id="by-app" name="by" value="{door.APP}">Use the app</button></div></form>
<p class="hint">Whoever has not accepted the invitation has no app; whoever has no tag cannot hold one.</p>"""


def _choice(user: Body) -> str:
    name = f"{user['user']['first_name']} {user['user']['last_name']}".strip() or user["alias"] or "Nameless"
    return f"{name} ({user['user']['email']})" if user["user"]["email"] else name


def _ins(site: Site, lock: Body) -> str:
    users, _ = found_people(site, "")
    rows = "".join(_in(site, lock, one) for one in users)
    return table(["Person", "State", "Holds", "This lock"], rows)


def _in(site: Site, lock: Body, user: Body) -> str:
    held = door.credentials(site, user)
    why = door.refusal(site, user, lock)
    if why is None and held:
        ends = '<span class="fine">opens</span>'
    else:
        ends = f'<span class="bad">{_WHY[why] if why else "holds nothing"}</span>'
    holds = ", ".join(_BY[way] for way in held) or "nothing"
    return (
        f'<tr><td><a class="who" href="/salto/people/{site.account}/{user["id"]}">{name_of(user)}</a></td>'
        f'<td>{state_pill(site, user)}</td><td>{holds}</td><td class="wraps">{ends}</td></tr>'
    )


def _entries(site: Site) -> str:
    lines = reversed(site.store.read_log(site.account, "salto.entry", 0, 12))
    rows = "".join(
        f"<tr><td>{clock(one['at'])}</td><td>{escape(one['user_name'])}</td><td>{escape(one['lock_name'])}</td>"
        f'<td>{_BY[one["access_by"]]}</td><td><code class="{"fine" if one["event_detail"] is None else "bad"}">'
        f"{one['event_category']}{' · ' + one['event_detail'] if one['event_detail'] else ''}</code></td></tr>"
        for one in lines
    )
    return table(["At", "Who", "Lock", "With", "Event"], rows)
