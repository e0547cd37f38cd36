"""The account, its Locations and its Readers: https://docs.stripe.com/api/terminal/readers ."""

from collections.abc import Sequence
from typing import Any

from terminal.rules import PAGE_TIMEOUT
from terminal.stripe_client.calls import Calls, safe, shaped
from terminal.stripe_client.objects import (
    AccountObject,
    LocationObject,
    ReaderObject,
    read_account,
    read_location,
    read_reader,
)


class TerminalCalls(Calls):
    """What an account has, and what its readers are told."""

    def account(self) -> AccountObject:
        """Read the account that the key belongs to."""
        return shaped(read_account, self.read(lambda api: api.v1.accounts.retrieve_current()))

    def locations(self) -> list[LocationObject]:
        """Read all Stripe Locations."""
        return [
            shaped(read_location, item)
            for item in self.read_all(lambda api, page: api.v1.terminal.locations.list(page))
        ]

    def readers(self) -> list[ReaderObject]:
        """Read all Readers."""
        return [
            shaped(read_reader, item) for item in self.read_all(lambda api, page: api.v1.terminal.readers.list(page))
        ]

    def reader(self, reader_id: str) -> ReaderObject:
        """Read one Reader with its action."""
        return shaped(read_reader, self.read(lambda api: api.v1.terminal.readers.retrieve(safe(reader_id))))

    def process_on_reader(
        self, reader_id: str, intent_id: str, *, key: str, timeout: float, redisplay: str = ""
    ) -> ReaderObject:
        """Hand an intent to a reader. 200 means that the reader has it, not that anybody paid.

        ``redisplay`` (always or limited) goes with an intent that keeps the card, as the consent allows.
        """
        config: dict[str, Any] = {"enable_customer_cancellation": True, "skip_tipping": True}
        if redisplay:
            config["allow_redisplay"] = redisplay
        params: Any = {"payment_intent": safe(intent_id), "process_config": config}
        options: Any = {"idempotency_key": key}
        return shaped(
            read_reader,
            self.call(
                lambda api: api.v1.terminal.readers.process_payment_intent(safe(reader_id), params, options),
                timeout=timeout,
            ),
        )

    def refund_on_reader(
        self, reader_id: str, *, intent: str, amount: int, metadata: dict[str, str], key: str, timeout: float
    ) -> ReaderObject:
        """Let a reader ask for the card of a paid intent, to give ``amount`` (minor units) back on. Interac only.

        https://docs.stripe.com/api/terminal/readers/refund_payment
        """
        params: Any = {
            "payment_intent": safe(intent),
            "amount": amount,
            "metadata": metadata,
            "refund_payment_config": {"enable_customer_cancellation": True},
        }
        options: Any = {"idempotency_key": key}
        return shaped(
            read_reader,
            self.call(
                lambda api: api.v1.terminal.readers.refund_payment(safe(reader_id), params, options), timeout=timeout
            ),
        )

    def process_setup_on_reader(
        self, reader_id: str, intent_id: str, *, key: str, timeout: float, redisplay: str
    ) -> ReaderObject:
        """Hand a SetupIntent to a reader: it reads a card and keeps it, without a charge.

        https://docs.stripe.com/api/terminal/readers/process_setup_intent
        """
        params: Any = {
            "setup_intent": safe(intent_id),
            "allow_redisplay": redisplay,
            "process_config": {"enable_customer_cancellation": True},
        }
        options: Any = {"idempotency_key": key}
        return shaped(
            read_reader,
            self.call(
                lambda api: api.v1.terminal.readers.process_setup_intent(safe(reader_id), params, options),
                timeout=timeout,
            ),
        )

    def cancel_action(self, reader_id: str, *, timeout: float) -> ReaderObject:
        """Clear a reader. Compare its action first: Stripe does not know whose it is."""
        return shaped(
            read_reader,
            self.call(lambda api: api.v1.terminal.readers.cancel_action(safe(reader_id)), timeout=timeout),
        )

    def show_cart(self, reader_id: str, *, currency: str, lines: Sequence[tuple[str, int]], total: int) -> ReaderObject:
        """Show what somebody is about to pay: texts with minor units of ``currency``. It charges nothing.

        It replaces a payment that waits there for a card, so make sure first that none does.
        https://docs.stripe.com/api/terminal/readers/set_reader_display
        """
        items = [{"description": text, "amount": amount, "quantity": 1} for text, amount in lines]
        params: Any = {
            "type": "cart",
            "cart": {"currency": currency.lower(), "line_items": items, "total": total},
        }
        return shaped(
            read_reader,
            self.call(
                lambda api: api.v1.terminal.readers.set_reader_display(safe(reader_id), params), timeout=PAGE_TIMEOUT
            ),
        )
