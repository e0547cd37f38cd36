"""Stripe's own receipt: https://docs.stripe.com/terminal/features/receipts ."""

from typing import Any

from terminal.stripe_client.calls import Calls, safe


class ReceiptCalls(Calls):
    """Where Stripe mails the receipt of a payment that is through."""

    def receipt_address(self, intent_id: str) -> str:
        """Return the address that an intent's receipt was mailed to, "" for none."""
        answer = self.read(lambda api: api.v1.payment_intents.retrieve(safe(intent_id)))
        return str(answer.get("receipt_email") or "")

    def mail_receipt(self, intent_id: str, *, to: str, key: str, timeout: float) -> None:
        """Give a paid intent the address ``to``: with it Stripe mails the receipt.

        With a test key Stripe mails nothing.
        """
        params: Any = {"receipt_email": to}
        options: Any = {"idempotency_key": key}
        self.call(lambda api: api.v1.payment_intents.update(safe(intent_id), params, options), timeout=timeout)
