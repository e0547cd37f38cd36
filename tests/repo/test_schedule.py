"""What runs by itself exists, and the tasks keep the rules that make running twice harmless."""

from django.conf import settings

from flexspace.celery import app


def test_every_scheduled_task_is_registered():
    app.loader.import_default_modules()
    app.finalize()
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert scheduled - set(app.tasks) == set()


def test_a_killed_worker_loses_nothing_and_a_task_is_not_run_twice_by_the_clock():
    assert settings.CELERY_TASK_ACKS_LATE
    assert settings.CELERY_TASK_REJECT_ON_WORKER_LOST
    assert settings.CELERY_WORKER_PREFETCH_MULTIPLIER == 1
    assert settings.CELERY_BROKER_TRANSPORT_OPTIONS["unacked_restore_throttle"] == 1
    assert settings.CELERY_ACCEPT_CONTENT == ["json"]
    assert settings.CELERY_TASK_IGNORE_RESULT
