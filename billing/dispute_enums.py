"""States of a dispute, apart from the others because that list is long."""

from flexspace.core.choices import Choices


class DisputeStatus(Choices):
    """Stripe's states of a dispute. https://docs.stripe.com/api/disputes/object#dispute_object-status"""

    WARNING_NEEDS_RESPONSE = "warning_needs_response"  # a bank asks and has taken nothing
    WARNING_UNDER_REVIEW = "warning_under_review"
    WARNING_CLOSED = "warning_closed"
    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    APPEAL_NEEDS_RESPONSE = "appeal_needs_response"
    APPEAL_UNDER_REVIEW = "appeal_under_review"
    WON = "won"
    LOST = "lost"
    PREVENTED = "prevented"


DISPUTE_ANSWERABLE = frozenset(
    {DisputeStatus.WARNING_NEEDS_RESPONSE, DisputeStatus.NEEDS_RESPONSE, DisputeStatus.APPEAL_NEEDS_RESPONSE}
)
DISPUTE_OPEN = DISPUTE_ANSWERABLE | {
    DisputeStatus.WARNING_UNDER_REVIEW,
    DisputeStatus.UNDER_REVIEW,
    DisputeStatus.APPEAL_UNDER_REVIEW,
}
