"""What all pages share: the frame, headers, small pieces of HTML."""

from html import escape
from pathlib import Path

from sandbox.messages import Reply

STATIC = Path(__file__).parent / "static"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
          ".svg": "image/svg+xml"}  # fmt: skip
_SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self';"
        " img-src 'self' data:; form-action 'self'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def html_reply(body: str, status: int = 200, leads_to: str = "") -> Reply:
    """Return a page with the headers every page has. `leads_to` are origins its form may end at."""
    headers = {"Content-Type": "text/html; charset=utf-8", **_SECURITY}
    if leads_to:
        name = "Content-Security-Policy"
        headers[name] = headers[name].replace("form-action 'self'", f"form-action 'self' {leads_to}")
    return Reply(status, body.encode(), headers)


def see_other(url: str) -> Reply:
    """Return a redirect to a page after a form."""
    return Reply(303, b"", {"Location": url, **_SECURITY})


def static_reply(name: str) -> Reply | None:
    """Return a style sheet, script or icon, or None."""
    path = STATIC / name
    if not path.is_file() or path.suffix not in _TYPES:
        return None
    headers = {**_SECURITY, "Content-Type": _TYPES[path.suffix]}
    return Reply(200, path.read_bytes(), headers)


def frame(
    title: str, body: str, *, crumbs: str = "", live: str = "", every: int = 1000, style: str = "device.css"
) -> str:
    """Return a whole page. `live` is the address its parts are renewed from, each `every` ms."""
    attributes = f' data-live="{escape(live)}" data-every="{every}"' if live else ""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(title)} · Sandbox</title>
<link rel="icon" href="/static/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/style.css">
<link rel="stylesheet" href="/static/{style}">
<script src="/static/live.js" defer></script>
</head>
<body{attributes}>
<a class="skip" href="#main">Skip to content</a>
<header class="top">
<a class="brand" href="/"><span class="brand-mark" aria-hidden="true"></span>Sandbox</a>
<span class="badge">Test mode</span>
<nav aria-label="Pages">{crumbs}</nav>
</header>
<main id="main" tabindex="-1">
{body}
</main>
</body>
</html>
"""


def hidden(**fields: str) -> str:
    """Return hidden inputs of a form."""
    return "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in fields.items()
    )


def options(choices: list[tuple[str, str]], chosen: str | None = None) -> str:
    """Return the options of a select: (value, text) each."""
    return "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(text)}</option>'
        for value, text in choices
    )


def table(heads: list[str], rows: str) -> str:
    """Return a table, or a word that there is nothing yet."""
    if not rows:
        return '<p class="muted">Nothing yet.</p>'
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
