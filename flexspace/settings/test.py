"""Settings of the test suite: the same as everywhere, with a fast hasher and no broker."""

import os
from pathlib import Path

os.environ.setdefault("FLEXSPACE_DEMO", "0")
os.environ.setdefault("SECRET_KEY", "only-for-tests")
os.environ.setdefault("ENCRYPTION_KEYS", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
os.environ.setdefault("STRIPE_API_BASE", "http://stripe.test")
os.environ.setdefault("SALTO_API_BASE", "http://salto.test/salto/api")
os.environ.setdefault("SALTO_IDENTITY_BASE", "http://salto.test/salto/identity")
os.environ.setdefault("FLEXSPACE_VAR", str(Path(__file__).resolve().parents[2] / "var" / "test"))

from flexspace.settings.base import *  # noqa: F403
from flexspace.settings.paths import BASE_DIR
from flexspace.settings.strict_templates import UndefinedVariableFails

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_BROKER_URL = "memory://"
CELERY_BEAT_SCHEDULE_FILENAME = ""
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
INSTALLATION = "test"
LOGGING = {**LOGGING, "root": {"handlers": ["stderr"], "level": "ERROR"}}
# A connection kept by a thread would keep the test database from being dropped.
DATABASES["default"]["CONN_MAX_AGE"] = 0
# A crash of the machine may lose test data, so nothing waits for the disk.
if DATABASES["default"]["ENGINE"].endswith("postgresql"):
    DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c synchronous_commit=off"
else:
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
# A name that a template of ours uses and no view gives is a mistake, and fails the test that meets it.
TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = UndefinedVariableFails(BASE_DIR / "templates")
