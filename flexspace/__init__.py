"""The composition root: settings, urls, the Celery app, and the pages that mix apps.

It imports nothing, so that pure modules of ``flexspace.core`` are imported without Django; ``flexspace.apps`` loads the
Celery app.
"""
