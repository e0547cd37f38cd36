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
    "SANDBOX_URL": "",
    "DEBUG": "0",
}
TESTING = {"DJANGO_SETTINGS_MODULE": "flexspace.settings.test"}


def checks(folder: str) -> list[tuple[str, list[str], dict[str, str]]]:
    """Return name, command and environment of every check; ``folder`` is theirs to write in."""
    manage = [PYTHON, "manage.py"]
    production = {**PRODUCTION, "FLEXSPACE_VAR": folder}
    templates = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "templates").rglob("*.html"))
    return [
        ("ruff check", [str(BIN / "ruff"), "check", "--quiet", "."], {}),
        ("ruff format", [str(BIN / "ruff"), "format", "--check", "--quiet", "."], {}),
        ("djade", [str(BIN / "djade"), "--check", "--target-version", "5.2", *templates], {}),
        ("layers", [str(BIN / "lint-imports"), "--no-logo"], {}),
        ("migrations", [*manage, "makemigrations", "--check", "--dry-run"], TESTING),
        ("check", [*manage, "check"], TESTING),
        ("check --deploy", [*manage, "check", "--deploy", "--fail-level", "WARNING"], production),
        ("mypy", [str(BIN / "mypy"), "."], {}),
    ]


def run_checks() -> list[str]:
    """Run every check, print how it went, and return the names of those that failed."""
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        for name, command, extra in checks(folder):
            started = time.monotonic()
            result = subprocess.run(
                command, cwd=ROOT, env={**os.environ, **extra}, capture_output=True, text=True, check=False
            )
            verdict = "ok" if result.returncode == 0 else "FAILED"
            print(f"{name:<16} {verdict:<7} {time.monotonic() - started:5.1f} s", flush=True)  # noqa: T201
            if result.returncode:
                failed.append(name)
                print(result.stdout + result.stderr, flush=True)  # noqa: T201
    return failed


def run_tests(extra: list[str], failed: list[str]) -> int:
    """Run pytest on two cores; it repeats which checks failed just before its closing line."""
    command = [PYTHON, "-m", "pytest", "-n", os.environ.get("FLEXSPACE_TEST_CORES", "2"), *extra]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, "FLEXSPACE_FAILED_CHECKS": ", ".join(failed)}, check=False
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
