"""Broker, delivery rules and the whole schedule of what runs by itself."""

import tempfile
from hashlib import sha256

from flexspace.settings.env import env_str
from flexspace.settings.paths import VAR

# A unix socket's path must stay below 108 bytes, so a deep checkout keeps its socket in the temporary folder.
BROKER_SOCKET = VAR / "valkey.sock"
if len(str(BROKER_SOCKET)) > 100:
    _short = sha256(str(VAR).encode()).hexdigest()[:12]
    BROKER_SOCKET = type(VAR)(tempfile.gettempdir()) / f"flexspace-{_short}" / "valkey.sock"

REDIS_URL = env_str("REDIS_URL")
CELERY_BROKER_URL = REDIS_URL or f"redis+socket://{BROKER_SOCKET}"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
# A killed worker's tasks come back: every task here may therefore run twice and must not mind.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 1,
    "max_retries": 0,  # a page that meets a dead broker goes on at once; the default tries for six seconds
    "socket_timeout": 30,
}
CELERY_TASK_PUBLISH_RETRY = False  # a dead broker must not hold a page; what is due is found by the schedule
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "beat")

CELERY_BEAT_SCHEDULE = {
    "attempts: take the next step of what is due": {
        "task": "terminal.tasks.step_due_attempts",
        "schedule": 5.0,
    },
    "mails: send what is due": {"task": "billing.tasks.send_due_notices", "schedule": 10.0},
    "receipts: let Stripe mail what is due": {
        "task": "terminal.tasks.let_stripe_mail_receipts",
        "schedule": 10.0,
    },
    "webhooks: process what was not processed": {
        "task": "terminal.tasks.retry_webhook_events",
        "schedule": 20.0,
    },
    "links: read the pages where cards are added": {
        "task": "terminal.tasks.step_due_card_links",
        "schedule": 20.0,
    },
    "readers: read state and last proof": {"task": "terminal.tasks.sync_readers", "schedule": 60.0},
    "webhooks: delete the endpoints of secrets that were renewed": {
        "task": "terminal.tasks.end_previous_endpoints",
        "schedule": 600.0,
    },
    "cards: let Stripe forget removed ones": {"task": "terminal.tasks.detach_removed_cards", "schedule": 20.0},
    "cards: compare the kept ones with Stripe": {"task": "terminal.tasks.check_kept_cards", "schedule": 600.0},
    "collections: charge the saved cards of what is due": {
        "task": "terminal.tasks.collect_due_invoices",
        "schedule": 120.0,
    },
    "refunds: take the next step of what is due": {"task": "terminal.tasks.step_due_refunds", "schedule": 5.0},
    "books: compare Stripe's with ours": {"task": "terminal.tasks.compare_books", "schedule": 600.0},
    "payouts: read what went to the bank": {"task": "terminal.tasks.read_all_payouts", "schedule": 3600.0},
    "webhooks: fetch what could not be delivered": {"task": "terminal.tasks.fetch_lost_events", "schedule": 600.0},
    "disputes: find what events lost": {"task": "terminal.tasks.find_disputes_at_stripe", "schedule": 600.0},
    "restored backup: compare with Stripe": {
        "task": "terminal.tasks.compare_after_restore",
        "schedule": 30.0,
    },
    "attempts: read closed ones once more": {
        "task": "terminal.tasks.recheck_closed_attempts",
        "schedule": 3600.0,
    },
    "seats: let go of those that were not paid in time": {
        "task": "members.tasks.release_expired_seats",
        "schedule": 60.0,
    },
    "sales: drop drafts that were left at the counter": {
        "task": "billing.tasks.drop_left_sales",
        "schedule": 900.0,
    },
    "cards: tell whose card ends soon": {"task": "billing.tasks.tell_expiring_cards", "schedule": 21600.0},
    "billing runs: go on with those that were begun": {"task": "billing.tasks.drive_runs", "schedule": 15.0},
    "doors: those whose time has come": {"task": "access.tasks.sync_due_people", "schedule": 60.0},
    "doors: everybody": {"task": "access.tasks.sync_everybody", "schedule": 900.0},
    "doors: delete old runs": {"task": "access.tasks.purge_runs", "schedule": 3600.0},
    "health: look, and mail what got worse": {"task": "flexspace.portal.tasks.watch_health", "schedule": 60.0},
    "self-check: look at what opens soon": {"task": "flexspace.portal.tasks.look_before_opening", "schedule": 120.0},
    "old rows: delete what nobody needs": {"task": "flexspace.core.tasks.purge_old_rows", "schedule": 3600.0},
    "webhooks: empty old bodies": {"task": "terminal.tasks.purge_webhook_bodies", "schedule": 3600.0},
}
