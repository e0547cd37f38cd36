"""Calls that act once: the answer is stored in the transaction of what it answers, under the caller's key.

There is no moment at which the work is done and its answer is not stored. A crash leaves neither, so the call can
be repeated; callers at the same time wait for the first one's commit on the unique row and get its answer.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.renderers import JSONRenderer

from flexspace.core.api_errors import error_body
from flexspace.core.errors import DomainError
from flexspace.core.models import ApiToken, StoredAnswer

KEPT_FOR = timedelta(hours=24)


class KeyOfOther(DomainError):
    """The key was used for another call; nothing was done."""

    status = 422


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and JSON body of an answer; ``replayed`` when it was given before."""

    status: int
    body: Any
    replayed: bool = False


def once(*, token: ApiToken, key: str, call: tuple[str, str, dict[str, Any]], act: Callable[[], Answer]) -> Answer:
    """Return the answer of ``act``, run at most once in 24 h for this ``token`` and ``key``.

    ``act`` only writes to the database. What it refuses (DomainError) is an answer too and is stored, with all of
    its writes undone; any other exception passes on, and leaves nothing. ``call`` is method, path and body; raises
    KeyOfOther when the key came with another one before.
    """
    now = timezone.now()
    forget_old_answers(now)
    with transaction.atomic():
        row = StoredAnswer(token=token, key=key, fingerprint=_fingerprint(call), created_at=now)
        stored = _claim(row)
        if stored:
            return _again(stored, row.fingerprint)
        answer = _run(act)
        row.status, row.body = answer.status, answer.body
        row.save(update_fields=["status", "body"])
        return answer


def forget_old_answers(now: datetime) -> int:
    """Delete the answers that need not be kept any longer; return how many there were."""
    return StoredAnswer.objects.filter(created_at__lt=now - KEPT_FOR).delete()[0]


def _claim(row: StoredAnswer) -> StoredAnswer | None:
    """Insert ``row``, or return the one that is there. A second caller waits here until the first has committed."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return StoredAnswer.objects.get(token=row.token, key=row.key)
    return None


def _again(stored: StoredAnswer, fingerprint: str) -> Answer:
    if stored.fingerprint != fingerprint:
        raise KeyOfOther("This Idempotency-Key was used for another call. Use a new one.", code="idempotency_key_used")
    assert stored.status is not None  # it is committed together with its answer
    return Answer(stored.status, stored.body, replayed=True)


def _run(act: Callable[[], Answer]) -> Answer:
    try:
        with transaction.atomic():
            answer = act()
    except DomainError as error:
        answer = Answer(error.status, error_body(error.code, error.message))
    return replace(answer, body=json.loads(JSONRenderer().render(answer.body)))


def _fingerprint(call: tuple[str, str, dict[str, Any]]) -> str:
    return sha256(json.dumps(call, sort_keys=True, ensure_ascii=True).encode()).hexdigest()
