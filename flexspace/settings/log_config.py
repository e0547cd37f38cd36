"""Logging: one JSON line an event, with the request id, and with secrets struck out."""

import logging
from typing import Any

import structlog

from flexspace.settings.env import env_bool, env_str
from flexspace.settings.redaction import redact_event

_PROCESSORS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso"),
    structlog.processors.format_exc_info,
    redact_event,
]
_RENDER = structlog.dev.ConsoleRenderer() if env_bool("LOG_CONSOLE") else structlog.processors.JSONRenderer()

structlog.configure(
    processors=[*_PROCESSORS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, _RENDER],
            "foreign_pre_chain": _PROCESSORS,
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env_str("LOG_LEVEL", "INFO")},
    "loggers": {
        # The SDK logs whole requests at this level's neighbours; ours logs what matters.
        "stripe": {"level": logging.WARNING},
        # Says at length what it leaves out of a font, for every PDF.
        "fontTools": {"level": logging.WARNING},
        "celery": {"level": env_str("CELERY_LOG_LEVEL", "WARNING")},
    },
}
DJANGO_STRUCTLOG_CELERY_ENABLED = True
