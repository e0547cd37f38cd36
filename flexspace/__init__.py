"""The composition root: settings, urls, the Celery app, and the pages that mix apps."""

from flexspace.celery import app as celery_app

__all__ = ["celery_app"]
