"""The Celery app. Apps register work with ``shared_task``; its schedule is in ``settings/celery.py``."""

import os

from celery import Celery
from celery.signals import setup_logging
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flexspace.settings")

app = Celery("flexspace")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks()


@setup_logging.connect
def _keep_djangos_logging(**_kwargs: object) -> None:
    """Connecting anything here stops Celery from replacing Django's logging set-up."""
