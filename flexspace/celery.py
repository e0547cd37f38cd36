"""The Celery app. Apps register work with ``shared_task``; its schedule is in ``settings/celery.py``."""

import os
from typing import Any

from celery import Celery, bootsteps
from celery.beat import EmbeddedService
from celery.signals import setup_logging
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flexspace.settings")

app = Celery("flexspace")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks()
app.autodiscover_tasks(["flexspace.portal"])


class BeatThread(bootsteps.StartStopStep):
    """Runs the schedule as a thread of the worker: the demo's way, which saves a process and its memory.

    ``worker -B`` would fork one. Elsewhere beat is a container of its own.
    """

    requires = ("celery.worker.components:Pool",)

    def include_if(self, parent: Any) -> bool:
        """Return whether the environment asks for it."""
        return os.environ.get("EMBED_BEAT") == "1"

    def create(self, parent: Any) -> Any:
        """Return the thread; the worker starts and stops it."""
        return EmbeddedService(parent.app, thread=True, schedule_filename=app.conf.beat_schedule_filename)


app.steps["worker"].add(BeatThread)


@setup_logging.connect
def _keep_djangos_logging(**_kwargs: object) -> None:
    """Connecting anything here stops Celery from replacing Django's logging set-up."""
