"""The sign-in page of the identity server: what an admin sees of SALTO KS while connecting."""

from html import escape
from urllib.parse import urlencode, urlsplit

from sandbox.messages import Reply
from sandbox.pages.layout import html_reply
from sandbox.salto import people
from sandbox.salto.space import Body, Realm

_KEY = (
    '<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="8" cy="15" r="4"/>'
    '<path d="M11 12l8-8M16 7l3 3M13.500 9.500l2 2"/></svg>'
)


def page(realm: Realm, query: dict[str, str], username: str = "", said: str = "") -> Reply:
    """Return the page. It suggests the newest site's integration user, whose password is filled in."""
    known = _admins(realm)
    chosen = username or query.get("login_hint", "") or (known[0]["email"] if known else "")
    profile = people.profile_of(realm, chosen) if chosen else None
    password = profile["password"] if profile is not None and not said else ""
    back = urlsplit(query["redirect_uri"])
    body = _page(query, chosen, password, said, _others(query, known, chosen))
    return html_reply(body, leads_to=f"{back.scheme}://{back.netloc}")


def refused(why: str) -> Reply:
    """Return the page of a request that cannot be led back."""
    body = f"""<h1>This link does not work</h1><p>{escape(why)}</p>
<p class="muted">Nothing was sent back, because the address to send it to is not known.</p>"""
    return html_reply(_frame("Sign in", f'<div class="signin card">{body}</div>'), 400)


def _admins(realm: Realm) -> list[Body]:
    """Return who may connect a site, the newest site's integration user first."""
    found: dict[str, Body] = {}
    for site in reversed(realm.sites()):
        for profile_id in (site.body["service"], site.body["owner"]):
            profile = realm.peek("salto.profile", profile_id)
            if profile is not None:
                found[profile_id] = profile
    return list(found.values())


def _page(query: dict[str, str], email: str, password: str, said: str, others: str) -> str:
    wrong = f'<p class="wrong" role="alert" id="wrong">{escape(said)}</p>' if said else ""
    described = ' aria-invalid="true" aria-describedby="wrong"' if said else ""
    body = f"""<div class="signin card">
<p class="ks-brand"><span class="ks-mark" aria-hidden="true">{_KEY}</span><span>SALTO KS</span></p>
<h1>Sign in</h1>
<p class="lead"><strong>{escape(query["client_id"])}</strong> asks to manage users and access groups for you.</p>
<form method="post" action="/salto/identity/connect/authorize?{escape(urlencode(query))}">{wrong}
<div class="group"><label for="username">E-mail</label>
<input id="username" name="username" type="email" autocomplete="off" value="{escape(email)}"{described}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="off" value="{escape(password)}"></div>
<div class="pair"><button class="button" id="sign-in" name="do" value="sign_in" autofocus>Sign in</button>
<button class="button quiet" id="cancel" name="do" value="cancel">Cancel</button></div></form>
{others}
<p class="hint">A page of the sandbox, in the place of SALTO's own. No door moves.</p></div>"""
    return _frame("Sign in", body)


def _others(query: dict[str, str], known: list[Body], chosen: str) -> str:
    links = "".join(
        f'<li><a href="/salto/identity/connect/authorize?{escape(urlencode({**query, "login_hint": one["email"]}))}">'
        f"<span>{escape(one['first_name'])} {escape(one['last_name'])}</span>"
        f'<span class="muted">{escape(one["email"])}</span></a></li>'
        for one in known
        if one["email"] != chosen
    )
    heading = "<summary>Somebody else: choose to fill it in</summary>"
    return f'<details class="test-cards">{heading}<ul>{links}</ul></details>' if links else ""


def _frame(title: str, body: str) -> str:
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(title)} · SALTO KS</title>
<link rel="icon" href="/static/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/style.css">
<link rel="stylesheet" href="/static/checkout.css">
<link rel="stylesheet" href="/static/salto.css">
</head>
<body class="signin-page">
<main id="main">{body}</main>
</body>
</html>
"""
