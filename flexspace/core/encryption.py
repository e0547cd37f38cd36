"""Encrypts secrets at rest with a rotating list of keys: the first encrypts, all decrypt."""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.ENCRYPTION_KEYS])


def encrypt(text: str) -> str:
    """Return ``text`` encrypted with the first of ``ENCRYPTION_KEYS``."""
    return _keys().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """Return the clear text. Raises ImproperlyConfigured when no configured key fits."""
    try:
        return _keys().decrypt(token.encode()).decode()
    except InvalidToken:
        raise ImproperlyConfigured(
            "A stored secret fits none of ENCRYPTION_KEYS. Put the old key back in the list."
        ) from None


def mask(secret: str) -> str:
    """Return what a page may show of a key: its kind and its last four characters."""
    if not secret:
        return ""
    kind = "_".join(secret.split("_")[:2]) + "_" if secret.count("_") >= 2 else ""
    return f"{kind}…{secret[-4:]}" if len(secret) > 12 else "…"
