#!/usr/bin/env python
"""Django's command-line utility for administrative tasks."""

import os
import sys


def main() -> None:
    """Run administrative tasks."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flexspace.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError as exc:
        raise ImportError(
            "Django is not installed here. Run `make demo` or `make test` first, then .venv/bin/python manage.py …"
        ) from exc
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
