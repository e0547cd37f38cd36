"""Every audited action of plans, products, tax rates and memberships has words, and a missing fact breaks none."""

import pytest

from flexspace.core.models import AuditEvent
from flexspace.core.sentences import tell

OFFERS = ["created", "updated", "priced", "price_dropped", "withdrawn", "offered"]
RATES = ["created", "replaced", "kept", "withdrawn", "offered"]
HELD = ["started", "plan_changed", "cancelled", "goes_on", "paused", "resumed", "discounted", "discount_ended",
        "billed_elsewhere"]  # fmt: skip
ACTIONS = [
    *(f"members.{kind}.{what}" for kind in ("plan", "product") for what in OFFERS),
    *(f"members.tax_rate.{what}" for what in RATES),
    *(f"members.membership.{what}" for what in HELD),
]


@pytest.mark.parametrize("action", ACTIONS)
def test_action_has_words_even_without_facts(action):
    told = tell(AuditEvent(action=action, actor_label="Mia"))
    assert told.sentence
    assert told.icon != "circle-dot"
