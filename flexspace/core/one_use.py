"""Forms that act once: a replayed form lands on what its first use made, and changes nothing."""

from uuid import UUID

from django.db import IntegrityError, connection, transaction

from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict
from flexspace.core.models import OneUseToken


class AlreadyUsed(Conflict):
    """The form was sent before; ``result`` is what ``keep_result`` stored then (empty if it stored nothing)."""

    def __init__(self, result: str) -> None:
        super().__init__("This form was already sent. Nothing was changed this time.", code="already_used")
        self.result = result


def claim_token(token: UUID, *, by: Actor, purpose: str) -> OneUseToken:
    """Use ``token`` up in the caller's transaction, so that a failed use leaves it unused.

    Raises AlreadyUsed when it was used before, and Conflict when somebody else or another form used it.
    A second sender waits here for the first one's commit.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("A form's token is used up in the transaction of its change.")
    try:
        with transaction.atomic():
            return OneUseToken.objects.create(token=token, user_id=by.user_id, purpose=purpose)
    except IntegrityError:
        used = OneUseToken.objects.get(token=token)
    if (used.user_id, used.purpose) != (by.user_id, purpose):
        raise Conflict("This form belongs to another page. Reload it and send it again.", code="token_of_other")
    raise AlreadyUsed(used.result)


def keep_result(claim: OneUseToken, result: str) -> None:
    """Store what the use of ``claim`` made (at most 80 characters), in the same transaction."""
    claim.result = result
    claim.save(update_fields=["result"])
