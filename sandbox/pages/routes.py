"""Which address shows which page, and what their forms do."""

import re
from collections.abc import Callable
from typing import Any

from sandbox import control_readers, dashboard, webhooks
from sandbox.control import Control
from sandbox.errors import ApiError
from sandbox.forms import decode
from sandbox.messages import Reply, Request, json_reply
from sandbox.pages import checkout, index, mischief, reader
from sandbox.pages.layout import frame, html_reply, see_other, static_reply

Form = dict[str, Any]


def answer(control: Control, request: Request, beside: Callable[[], str] = str) -> Reply:
    """Answer a request for a page, a part of one, or a form. Call it inside a transaction.

    `beside` makes what the first page shows below the accounts.
    """
    if request.path.startswith("/static/"):
        return static_reply(request.path.removeprefix("/static/")) or _not_found()
    # Another site's page must not press buttons here.
    if request.method == "POST" and request.headers.get("sec-fetch-site") == "cross-site":
        return html_reply("Forms are taken from the sandbox's own pages only.", 403)
    try:
        if request.method == "GET":
            if request.path == "/":
                return html_reply(index.index(control, beside()))
            return _get(control, request.path, decode(request.query))
        return _post(control, request, decode(request.body.decode()))
    except ApiError as error:
        if error.status == 404:
            return _not_found()
        return _said(request, str(error))
    except (KeyError, ValueError) as error:
        return _said(request, str(error))


def _get(control: Control, path: str, query: Form) -> Reply:
    if path == "/live":
        return json_reply(index.live(control))
    if path == "/mischief":
        return html_reply(mischief.mischief(control, query.get("account", "")))
    if path == "/mischief/live":
        return json_reply(mischief.live(control.world(query.get("account", ""))))
    found = re.fullmatch(r"/c/pay/(\w+)", path)
    if found:
        return checkout.show(*control.session(found[1]), query.get("card", ""))
    found = re.fullmatch(r"/readers/(\w+)(/live)?", path)
    if not found:
        return _not_found()
    world, one = control.reader(found[1])
    if found[2]:
        return json_reply(reader.live(world, one))
    return html_reply(reader.reader_page(world, one))


def _post(control: Control, request: Request, form: Form) -> Reply:
    found = re.fullmatch(r"/readers/(\w+)", request.path)
    if found:
        why = _at_reader(control, found[1], form)
        return _said(request, why)
    found = re.fullmatch(r"/c/pay/(\w+)", request.path)
    if found:
        return checkout.press(*control.session(found[1]), form)
    if request.path == "/mischief":
        _mischief(control, form)
        return _said(request, "", f"/mischief?account={form['account']}")
    return _not_found()


def _at_reader(control: Control, reader_id: str, form: Form) -> str:
    world, one = control.reader(reader_id)
    if form["do"] == "fault":
        name, value = reader.fault_of(form["name"])
        control_readers.set_faults(world, one, {name: value if form.get("on") else False})
        return ""
    if form["do"] == "well":
        control_readers.all_well(world, one)
        return ""
    done = control_readers.answer(world, one, "POST", form["do"], form)
    if form["do"] == "walk_away":
        return "The customer left. The reader goes on asking."
    return str(done["why"]) if done else "There is no such button."


def _mischief(control: Control, form: Form) -> None:
    world = control.world(form["account"])
    if form["do"] == "on":
        mischief.add_fault(world, form)
    elif form["do"] == "off":
        world.store.remove(form["id"])
    elif form["do"] == "resend":
        webhooks.resend(world, form["id"])
    elif form["do"] == "deed":
        dashboard.do(world, {**form, "do": form["deed"]})
    elif form["do"] == "well":
        control.all_well(world)
    elif form["do"] == "mails_customers":
        world.account["_settings"]["mails_customers"] = bool(form.get("on"))
        world.save(world.account)


def _said(request: Request, text: str, back: str = "") -> Reply:
    """Answer a form: the script gets the sentence, a browser without it goes back to the page."""
    if request.headers.get("accept") == "application/json":
        return json_reply({"said": text})
    return see_other(back or request.path)


def _not_found() -> Reply:
    body = '<h1>Not here</h1><p><a href="/">Accounts and readers</a></p>'
    return html_reply(frame("Not here", body), 404)
