"""Customers, set-ups and kept cards: https://docs.stripe.com/payments/save-and-reuse ."""

from typing import Any

from terminal.decide import IntentView
from terminal.stripe_client.calls import Calls, safe, shaped
from terminal.stripe_client.errors import StripeRefused
from terminal.stripe_client.objects import CardObject, read_card, read_setup_intent


class SavingCalls(Calls):
    """What keeps a card, and what charges a kept one."""

    def create_customer(self, *, key: str, metadata: dict[str, str], timeout: float) -> str:
        """Make a Customer and return its id. ``metadata`` never changes, so that ``key`` always means this body."""
        options: Any = {"idempotency_key": key}
        answer = self.call(lambda api: api.v1.customers.create({"metadata": metadata}, options), timeout=timeout)
        return str(answer["id"])

    def name_customer(self, customer_id: str, *, name: str, email: str, timeout: float) -> None:
        """Write name and address of a Customer, so that people recognise them in Stripe's Dashboard."""
        params: Any = {"name": name, "email": email}
        self.call(lambda api: api.v1.customers.update(safe(customer_id), params), timeout=timeout)

    def has_customer(self, customer_id: str) -> bool:
        """Return whether Stripe still has a Customer; a deleted one is answered, but marked."""
        try:
            return not self.read(lambda api: api.v1.customers.retrieve(safe(customer_id))).get("deleted")
        except StripeRefused as problem:
            if problem.status == 404:
                return False
            raise

    def cards_of_customer(self, customer_id: str) -> list[CardObject]:
        """Read every card that a Customer has; none of one that Stripe does not have."""
        try:
            listed = self.read_all(
                lambda api, page: api.v1.customers.payment_methods.list(safe(customer_id), {**page, "type": "card"})
            )
        except StripeRefused as problem:
            if problem.status == 404:
                return []
            raise
        return [shaped(read_card, item) for item in listed]

    def create_setup_intent(self, *, key: str, customer: str, metadata: dict[str, str], timeout: float) -> IntentView:
        """Make a SetupIntent for a card that is present. https://docs.stripe.com/api/setup_intents/create"""
        params: Any = {
            "allowed_payment_method_types": ["card_present"],
            "customer": safe(customer),
            "usage": "off_session",
            "metadata": metadata,
        }
        options: Any = {"idempotency_key": key}
        return shaped(
            read_setup_intent, self.call(lambda api: api.v1.setup_intents.create(params, options), timeout=timeout)
        )

    def setup_intent(self, intent_id: str) -> IntentView:
        """Read one SetupIntent with its latest attempt: only that names the card that was kept."""
        params: Any = {"expand": ["latest_attempt", "payment_method"]}
        return shaped(read_setup_intent, self.read(lambda api: api.v1.setup_intents.retrieve(safe(intent_id), params)))

    def cancel_setup_intent(self, intent_id: str, *, key: str, timeout: float) -> IntentView:
        """Cancel a SetupIntent: after it a late command keeps no card."""
        options: Any = {"idempotency_key": key}
        return shaped(
            read_setup_intent,
            self.call(lambda api: api.v1.setup_intents.cancel(safe(intent_id), {}, options), timeout=timeout),
        )

    def card(self, payment_method_id: str) -> CardObject:
        """Read a kept card."""
        return shaped(read_card, self.read(lambda api: api.v1.payment_methods.retrieve(safe(payment_method_id))))

    def detach_card(self, payment_method_id: str, *, timeout: float) -> CardObject:
        """Take a kept card away from its Customer: it can never be charged again."""
        return shaped(
            read_card, self.call(lambda api: api.v1.payment_methods.detach(safe(payment_method_id)), timeout=timeout)
        )
