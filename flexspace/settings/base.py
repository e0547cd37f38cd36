"""Settings for every environment. Nothing here exists in production only; see ``.env.example``."""

from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from flexspace.settings import demo
from flexspace.settings.celery import *  # noqa: F403
from flexspace.settings.env import env_bool, env_int, env_list, env_secret, env_str
from flexspace.settings.log_config import *  # noqa: F403
from flexspace.settings.mail import *  # noqa: F403
from flexspace.settings.paths import BASE_DIR, VAR
from flexspace.settings.security import *  # noqa: F403

DEMO_FILE = VAR / "demo.json"
DEMO = env_bool("FLEXSPACE_DEMO", default=DEMO_FILE.exists())
_kept = demo.read_demo(DEMO_FILE, create=DEMO) if DEMO else {}

DEMO_STAFF = demo.DEMO_STAFF  # who can sign in to the demo

DEBUG = env_bool("DEBUG")
SECRET_KEY = env_secret("SECRET_KEY", _kept.get("secret_key", ""))
ENCRYPTION_KEYS = [key for key in env_secret("ENCRYPTION_KEYS", _kept.get("encryption_keys", "")).split(",") if key]
if not SECRET_KEY or not ENCRYPTION_KEYS:
    raise ImproperlyConfigured(
        "SECRET_KEY and ENCRYPTION_KEYS are not set. Run `make demo` to try Flexspace, "
        "or set them as .env.example explains."
    )
SECRET_KEY_FALLBACKS = env_list("SECRET_KEY_FALLBACKS")

SITE_URL = env_str("SITE_URL", _kept.get("site_url", "http://127.0.0.1:8000")).rstrip("/")
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS")

# Outside addresses are settings, never fields of a page: only who runs the server may point it elsewhere.
STRIPE_API_BASE = env_str("STRIPE_API_BASE", _kept.get("stripe_api_base", "https://api.stripe.com")).rstrip("/")
SALTO_API_BASE = env_str("SALTO_API_BASE", _kept.get("salto_api_base", "https://connect.my-clay.com")).rstrip("/")
SALTO_IDENTITY_BASE = env_str(
    "SALTO_IDENTITY_BASE", _kept.get("salto_identity_base", "https://identity.eu.my-clay.com")
).rstrip("/")
SANDBOX_URL = env_str("SANDBOX_URL", _kept.get("sandbox_url", "")).rstrip("/")  # shown as a link in practice mode
WEBHOOK_BODY_DAYS = env_int("WEBHOOK_BODY_DAYS", 90)  # then only that an event came is kept, not what it said
INSTALLATION = env_str("INSTALLATION", "demo" if DEMO else "flexspace")  # tags what we make at Stripe

# Days on which a saved card is tried again, counted from the first try: at most four tries in 21 days.
COLLECT_RETRY_DAYS = [int(day) for day in env_list("COLLECT_RETRY_DAYS", ["0", "3", "7", "14"])]

BACKUP_STAMP = env_str("BACKUP_STAMP")  # whose age is the last backup's; empty: backups are not watched
BACKUP_HOURS = env_int("BACKUP_HOURS", 26)  # within which the next one is expected

INSTALLED_APPS = [
    "flexspace",
    "flexspace.core",
    "members",
    "billing",
    "terminal",
    "access",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "django_structlog",
    "template_partials",
    "lucide",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "flexspace.core.middleware.security_headers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "flexspace.core.middleware.domain_errors",
]

ROOT_URLCONF = "flexspace.urls"
WSGI_APPLICATION = "flexspace.wsgi.application"
ADMIN_PATH = env_str("ADMIN_PATH", "raw-data").strip("/")

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "flexspace.core.context.shell",
            ],
            "builtins": [
                "flexspace.core.templatetags.flexspace_tags",
                "django_htmx.templatetags.django_htmx",
                "flexspace.core.templatetags.icons",
                "template_partials.templatetags.partials",
            ],
        },
    }
]

DATABASES = {
    "default": dj_database_url.config(
        default=f"sqlite:///{VAR / 'flexspace.sqlite3'}", conn_max_age=env_int("CONN_MAX_AGE", 60)
    )
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # IMMEDIATE takes the write lock at BEGIN: the default (deferred) fails with "database is locked" under writers.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA foreign_keys=ON;",
    }
    DATABASES["default"]["TEST"] = {"NAME": VAR / "test.sqlite3"}  # a file, so that threads and workers share it
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The database's cache: sign-in and its rate limits work while Redis is down.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "django_cache"}}

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env_str("STATIC_ROOT", str(VAR / "static"))
WHITENOISE_USE_FINDERS = env_bool("WHITENOISE_USE_FINDERS", default=DEMO)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["flexspace.core.api.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["flexspace.core.api.TokenMay"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["flexspace.core.api.TokenRate"],
    "DEFAULT_THROTTLE_RATES": {"token": env_str("API_RATE", "60/min")},
    "EXCEPTION_HANDLER": "flexspace.core.api.error_response",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {"TITLE": "Flexspace API", "VERSION": "1", "SERVE_INCLUDE_SCHEMA": False}
