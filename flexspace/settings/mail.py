"""How mail leaves: one address in EMAIL_URL says all of it. Without it mails are written to files, never lost."""

from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from flexspace.settings.env import env_int, env_secret, env_str
from flexspace.settings.paths import VAR

BACKENDS = {
    "smtp": "django.core.mail.backends.smtp.EmailBackend",
    "smtp+tls": "django.core.mail.backends.smtp.EmailBackend",
    "smtps": "django.core.mail.backends.smtp.EmailBackend",
    "file": "django.core.mail.backends.filebased.EmailBackend",
    "console": "django.core.mail.backends.console.EmailBackend",
}
PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


def read_url(url: str) -> dict[str, Any]:
    """Return Django's mail settings for ``url``, such as smtp+tls://user:password@mail.example.org:587.

    Raises ImproperlyConfigured for anything else, without repeating it: it may hold a password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ImproperlyConfigured("EMAIL_URL is no address. .env.example shows how it is written.") from None
    if parts.scheme not in BACKENDS or (parts.scheme in PORTS and not parts.hostname):
        raise ImproperlyConfigured("EMAIL_URL is no address. .env.example shows how it is written.")
    return {
        "EMAIL_BACKEND": BACKENDS[parts.scheme],
        "EMAIL_HOST": parts.hostname or "",
        "EMAIL_PORT": port or PORTS.get(parts.scheme, 0),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_FILE_PATH": (unquote(parts.path) if parts.scheme == "file" else "") or str(VAR / "mail"),
    }


EMAIL_URL = env_secret("EMAIL_URL")
_read = read_url(EMAIL_URL or "file:")
EMAIL_BACKEND: str = _read["EMAIL_BACKEND"]
EMAIL_HOST: str = _read["EMAIL_HOST"]
EMAIL_PORT = _read["EMAIL_PORT"]
EMAIL_HOST_USER = _read["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD: str = _read["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS = _read["EMAIL_USE_TLS"]
EMAIL_USE_SSL = _read["EMAIL_USE_SSL"]
EMAIL_FILE_PATH: str = _read["EMAIL_FILE_PATH"]
EMAIL_TIMEOUT = env_int("EMAIL_TIMEOUT", 20)  # seconds; a worker's thread cannot be killed
DEFAULT_FROM_EMAIL = env_str("EMAIL_FROM", "no-reply@localhost")
EMAIL_SUBJECT_PREFIX = ""
EMAIL_USE_LOCALTIME = False
