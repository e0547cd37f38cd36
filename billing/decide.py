"""What follows for a refund from what Stripe shows of it. Pure, and the same for answer, event, poll and listing."""

from dataclasses import dataclass

from billing.enums import REFUND_BACK, REFUND_LIVE, RefundRemote, RefundState

S, R = RefundState, RefundRemote
_TO = {
    R.PENDING: S.PENDING,
    R.REQUIRES_ACTION: S.PENDING,
    R.SUCCEEDED: S.SUCCEEDED,
    R.FAILED: S.FAILED,
    R.CANCELED: S.CANCELED,
}


@dataclass(frozen=True, slots=True)
class RefundMove:
    """Where a refund goes. ``came_back``: money that was taken for gone is here; ``late``: the other way round."""

    to: RefundState
    came_back: bool = False
    late: bool = False


def decide_refund(state: RefundState, seen: RefundRemote, *, ended_there: bool = False) -> RefundMove | None:
    """Return where a refund in ``state`` goes when Stripe shows ``seen``; None when that is no news.

    States only go on: what was seen to succeed is not on its way again, and what ended at Stripe (``ended_there``) has
    ended: a look that says otherwise is older. Money that did go back counts where only we took the row for ended.
    """
    to = _TO[seen]
    if to is state or (state is S.SUCCEEDED and to is S.PENDING):
        return None
    if state in REFUND_BACK and (ended_there or to in REFUND_BACK):
        return None
    if state is S.SUCCEEDED:
        return RefundMove(to, came_back=True)
    return RefundMove(to, late=state not in REFUND_LIVE)
