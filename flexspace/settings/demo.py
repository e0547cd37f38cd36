"""What the one-command demo keeps between starts: its own random keys and the addresses it runs on."""

import json
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet

# Made-up people of a practice that takes no real money; nobody else ever has this password.
DEMO_PASSWORD = "practice-makes-perfect"  # noqa: S105  (made up, and shown on the sign-in page)
DEMO_STAFF: list[dict[str, str]] = [
    {"email": email, "name": name, "role": role, "locations": locations, "password": DEMO_PASSWORD}
    for email, name, role, locations in (
        ("front.desk@flexspace.example", "Mia Berger", "front_desk", "Hafenplatz"),
        ("manager@flexspace.example", "Jonas Keller", "manager", "Hafenplatz, Kiyosumi"),
        ("admin@flexspace.example", "Ada Lindqvist", "admin", "Hafenplatz, Kiyosumi"),
        ("desk.tokyo@flexspace.example", "Yuki Tanaka", "front_desk", "Kiyosumi"),
    )
]


def read_demo(path: Path, *, create: bool) -> dict[str, str]:
    """Return the demo's kept values, made once when ``create`` is set and the file is not there yet.

    Keys: ``secret_key``, ``encryption_keys``, and after the first start ``stripe_api_base`` and ``site_url``.
    """
    if not path.exists():
        if not create:
            return {}
        path.parent.mkdir(parents=True, exist_ok=True)
        write_demo(path, {"secret_key": secrets.token_urlsafe(48), "encryption_keys": Fernet.generate_key().decode()})
    kept: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return kept


def write_demo(path: Path, values: dict[str, str]) -> None:
    """Replace the demo's kept values in one step; only the owner may read them."""
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(values, indent=1), encoding="utf-8")
    draft.replace(path)
