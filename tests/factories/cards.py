"""Consents and saved cards, made plainly."""

from itertools import count

from billing.enums import ConsentChannel, ConsentPurpose
from billing.models import Consent, SavedCard
from members.models import Company

_numbers = count(1)


def make_consent(owner, *, purpose=ConsentPurpose.DUES, channel=ConsentChannel.READER, **more) -> Consent:
    """Return a consent that ``owner`` (a member or a company) gave at their location."""
    who = {"company": owner} if isinstance(owner, Company) else {"member": owner}
    return Consent.objects.create(
        location=owner.location,
        purpose=purpose,
        channel=channel,
        wording_version="dues-1",
        wording="You may charge this card for my dues.",
        taken_by="Ben",
        **who,
        **more,
    )


def make_saved_card(owner, config, *, consent=None, is_default=True, **more) -> SavedCard:
    """Return a card of ``owner`` that is kept in the account ``config``; Stripe does not know it."""
    who = {"company": owner} if isinstance(owner, Company) else {"member": owner}
    number = next(_numbers)
    facts = {
        "brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2034, "fingerprint": f"fp{number}",
        "customer_id": f"cus_{number}", "payment_method_id": f"pm_{number}", "origin": f"seti_{number}",
    }  # fmt: skip
    consent = consent or make_consent(owner)
    return SavedCard.objects.create(
        consent=consent,
        location=consent.location,
        account=config.account_id,
        livemode=config.livemode,
        is_default=is_default,
        **who,
        **{**facts, **more},
    )
