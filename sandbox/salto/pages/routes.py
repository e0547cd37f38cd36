"""Which address shows which page of SALTO KS, and what their forms do."""

import re
from html import escape
from typing import Any
from urllib.parse import parse_qsl

from sandbox.messages import Reply, Request, json_reply
from sandbox.pages.layout import frame, html_reply, see_other
from sandbox.salto import build, control, people, tokens
from sandbox.salto import console as staff
from sandbox.salto import door as doors
from sandbox.salto.errors import SaltoError
from sandbox.salto.pages import console, door, mischief, person
from sandbox.salto.pages.parts import page
from sandbox.salto.space import Body, Realm, Site

Form = dict[str, Any]


def card(realm: Realm) -> str:
    """Return what the sandbox's first page shows: the sites."""
    rows = "".join(
        f'<li><a class="reader-link" href="/salto/console?site={one.account}"><span>'
        f'<strong>{escape(one.body["customer_reference"])}</strong><span class="muted">{one.body["site_uid"]}</span>'
        f'<span class="now{"" if one.valid else " bad"}">{people.seats_used(one)} of {one.body["seats"]} seats'
        f" used</span>"
        f'</span><span class="open">Open</span></a></li>'
        for one in realm.sites()
    )
    sites = f'<ul class="readers">{rows}</ul>' if rows else '<p class="muted">No site yet.</p>'
    return f"""<section class="card" aria-labelledby="h-salto"><div class="row spread"><div>
<h2 id="h-salto">SALTO KS</h2><p class="muted">Sites, their people, and doors to stand in front of.</p></div>
<a class="button quiet" href="/salto/door">Go to a door</a></div>{sites}</section>"""


def answer(realm: Realm, request: Request) -> Reply:
    """Answer a request for a page, a part of one, or a form. Call it inside a transaction."""
    # Another site's page must not press buttons here.
    if request.method == "POST" and request.headers.get("sec-fetch-site") == "cross-site":
        return html_reply("Forms are taken from the sandbox's own pages only.", 403)
    text = request.query if request.method == "GET" else request.body.decode()
    given = dict(parse_qsl(text))
    try:
        if request.method == "GET":
            return _get(realm, request.path, given)
        return _post(realm, request, given)
    except SaltoError:
        return _not_found()
    except (KeyError, ValueError) as error:
        return _said(request, str(error), request.path) if request.method == "POST" else _not_found()


def _chosen(realm: Realm, given: Form) -> Site | None:
    """Return the site asked for, or the first one."""
    sites = realm.sites()
    return next((one for one in sites if one.account == given.get("site")), sites[0] if sites else None)


def _get(realm: Realm, path: str, query: Form) -> Reply:
    if path == "/salto":
        return see_other("/salto/console")
    found = re.fullmatch(r"/salto/people/([\w-]+)/([\w-]+)(/live)?", path)
    if found:
        site, user = _person(realm, found[1], found[2])
        return json_reply(person.live(site, user)) if found[3] else html_reply(person.show(site, user))
    found = re.fullmatch(r"/salto/(console|door|mischief)(/live)?", path)
    if not found:
        return _not_found()
    chosen = _chosen(realm, query)
    if chosen is None:
        body = '<h1>SALTO KS</h1><p class="lead">There is no site yet. It is made over the control interface.</p>'
        return html_reply(page(None, found[1], "No site", body))
    return _of_site(realm, chosen, found[1], bool(found[2]), query)


def _of_site(realm: Realm, site: Site, name: str, part: bool, query: Form) -> Reply:
    if name == "console":
        words = query.get("q", "")
        return json_reply(console.live(site, words)) if part else html_reply(console.show(realm, site, words))
    if name == "mischief":
        return json_reply(mischief.live(realm, site)) if part else html_reply(mischief.show(realm, site))
    locks = site.all("salto.lock")
    lock = next((one for one in locks if one["id"] == query.get("lock")), locks[0])
    return json_reply(door.live(site, lock)) if part else html_reply(door.show(realm, site, lock))


def _person(realm: Realm, site_id: str, user_id: str) -> tuple[Site, Body]:
    site = control.site_of(realm, site_id)
    return site, site.find("salto.user", user_id, "User")


def _post(realm: Realm, request: Request, form: Form) -> Reply:
    site = control.site_of(realm, form.get("site", ""))
    found = re.fullmatch(r"/salto/people/([\w-]+)/([\w-]+)", request.path)
    if found:
        _staff(site, {**form, "user": found[2]})
        gone = site.peek("salto.user", found[2]) is None
        return _said(request, "They are no longer at the site." if gone else "", request.path)
    if request.path == "/salto/console":
        return _said(request, _staff(site, form), f"/salto/console?site={site.account}")
    if request.path == "/salto/door":
        user, lock = build.user_of(site, form["user"]), build.lock_of(site, form["lock"])
        words = door.said(user, doors.attempt(site, user, lock, form.get("by")))
        return _said(request, words, f"/salto/door?site={site.account}&lock={lock['id']}")
    if request.path == "/salto/mischief":
        return _said(request, _wrong(realm, site, form), f"/salto/mischief?site={site.account}")
    return _not_found()


def _staff(site: Site, form: Form) -> str:
    """Do what a button of the console asks for, and say what the page does not show by itself."""
    do, _, group = form["do"].partition(":")
    given = {**form, "do": do, **({"group": group} if group else {})}
    if do in ("when_full_error", "when_full_silent"):
        site.update(settings={**site.body["settings"], "when_full": do.removeprefix("when_full_")})
        return ""
    if do == "leave_pod":
        given |= {"do": "pod", "off": True}
    if do == "add_user":
        name = form["email"].partition("@")[0]
        given |= {"first_name": name.capitalize(), "last_name": "Invited", "has_profile": False}
    done = staff.do(site, given)
    if do in ("add_user", "add_cleaner"):
        full = done["subscription_state"] == people.SUSPENDED
        return "Added, but no seat is free: they are unsubscribed." if full else "Added."
    return ""


def _wrong(realm: Realm, site: Site, form: Form) -> str:
    if form["do"] == "on":
        mischief.add_fault(realm, site, form)
    elif form["do"] == "off":
        for space in (realm, site):
            control.faults_off(space, [form["id"]])
    elif form["do"] == "well":
        for space in (realm, site):
            control.faults_off(space, [])
    elif form["do"] == "revoke":
        return f"{tokens.revoke(realm, None, form.get('what', 'all'))} tokens ended."
    return ""


def _said(request: Request, text: str, back: str) -> Reply:
    """Answer a form: the script gets the sentence, a browser without it goes back to the page."""
    if request.headers.get("accept") == "application/json":
        return json_reply({"said": text})
    return see_other(back)


def _not_found() -> Reply:
    return html_reply(frame("Not here", '<h1>Not here</h1><p><a href="/salto/console">SALTO KS</a></p>'), 404)
