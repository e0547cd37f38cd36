"""The test command: every check that needs seconds, then the tests. ``make test`` calls it.

Each check is named with the seconds it took; the tests always run, so one call shows everything that is wrong.
The last line is pytest's own.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
PYTHON = str(BIN / "python")
# Only documented, impossible-to-guess-wrong values: what `check --deploy` sees is what a real server would be given.
PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "flexspace.settings",
    "FLEXSPACE_DEMO": "0",
    "SECRET_KEY": "check-deploy-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
    "ENCRYPTION_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "SITE_URL": "https://desk.example.org",
    "ALLOWED_HOSTS": "desk.example.org",
    "HSTS_PRELOAD": "1",
    "STRIPE_API_BASE": "https://api.stripe.com",
    "SALTO_API_BASE": "https://connect.my-clay.com",
    "SALTO_IDENTITY_BASE": "https://identity.eu.my-clay.com",
    "SANDBOX_URL": "",
    "EMAIL_URL": "smtp+tls://desk:secret@mail.example.org",
    "EMAIL_FROM": "desk@example.org",
    "DEBUG": "0",
}
TESTING = {"DJANGO_SETTINGS_MODULE": "flexspace.settings.test"}
# Some machines let no program write what it compiled: here each of many processes would compile everything anew.
COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}


def checks(folder: str) -> list[tuple[str, list[str], dict[str, str]]]:
    """Return name, command and environment of every check; ``folder`` is theirs to write in."""
    manage = [PYTHON, "manage.py"]
    production = {**PRODUCTION, "FLEXSPACE_VAR": folder}
    templates = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "templates").rglob("*.html"))
    return [
        ("mypy", [str(BIN / "mypy"), "."], {}),
        ("tables", [PYTHON, "-m", "tests.tables"], {**TESTING, **COMPILED}),
        ("collect tests", [PYTHON, "-m", "pytest", "--collect-only", "-qq"], COMPILED),
        ("ruff check", [str(BIN / "ruff"), "check", "--quiet", "."], {}),
        ("ruff format", [str(BIN / "ruff"), "format", "--check", "--quiet", "."], {}),
        ("djade", [str(BIN / "djade"), "--check", "--target-version", "5.2", *templates], {}),
        ("layers", [str(BIN / "lint-imports"), "--no-logo"], {}),
        ("migrations", [*manage, "makemigrations", "--check", "--dry-run"], TESTING),
        ("check", [*manage, "check"], TESTING),
        ("check --deploy", [*manage, "check", "--deploy", "--fail-level", "WARNING"], production),
    ]


def run_check(check: tuple[str, list[str], dict[str, str]]) -> str:
    """Run one check, print how it went and what it said when it failed; return its name then, else ""."""
    name, command, extra = check
    started = time.monotonic()
    result = subprocess.run(command, cwd=ROOT, env={**os.environ, **extra}, capture_output=True, text=True, check=False)
    verdict = "ok" if result.returncode == 0 else "FAILED"
    said = f"\n{result.stdout}{result.stderr}" if result.returncode else ""
    print(f"{name:<16} {verdict:<7} {time.monotonic() - started:5.1f} s{said}", flush=True)  # noqa: T201
    return name if result.returncode else ""


def run_checks() -> list[str]:
    """Run the checks two at a time, the longest first, and return the names of those that failed."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        return [name for name in pool.map(run_check, checks(folder)) if name]


def run_tests(extra: list[str], failed: list[str]) -> int:
    """Run pytest in four processes; it repeats which checks failed just before its closing line.

    Four fill two cores: a browser test waits for most of its time. Who is idle takes over what another has not begun.
    """
    processes = ["-n", os.environ.get("FLEXSPACE_TEST_PROCESSES", "4"), "--dist", "worksteal"]
    command = [PYTHON, "-m", "pytest", *processes, *extra]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **COMPILED, "FLEXSPACE_FAILED_CHECKS": ", ".join(failed)}, check=False
    ).returncode


def main() -> int:
    """Run what was asked for; 0 only when nothing failed."""
    parser = argparse.ArgumentParser(prog="make test", description=__doc__)
    parser.add_argument("--only", choices=["checks", "tests"], help="leave the other half out")
    options, extra = parser.parse_known_args()
    failed = [] if options.only == "tests" else run_checks()
    if options.only == "checks":
        return 1 if failed else 0
    return run_tests(extra, failed) or (1 if failed else 0)


if __name__ == "__main__":
    sys.exit(main())
