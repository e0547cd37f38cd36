"""Settings of every environment; what differs comes from environment variables (``.env.example``).

Importing ``flexspace.settings.test`` also imports this package; it sets its own environment first, so base is
taken here only when this package itself is what Django was told to use.
"""

import os

if os.environ.get("DJANGO_SETTINGS_MODULE", "flexspace.settings") == "flexspace.settings":
    from flexspace.settings.base import *  # noqa: F403
