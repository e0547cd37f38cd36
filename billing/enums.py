"""States and kinds of the ledger."""

from enum import StrEnum


class InvoiceState(StrEnum):
    """What was decided about an invoice; whether it is paid follows from its allocations."""

    DRAFT = "draft"
    ISSUED = "issued"
    VOID = "void"

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """Return the pairs a model field takes."""
        return [(state.value, state.value.capitalize()) for state in cls]


class InvoiceStatus(StrEnum):
    """What people read: computed from the state, the amounts and the due date."""

    DRAFT = "draft"
    PENDING = "pending"
    OVERDUE = "overdue"
    PARTLY_PAID = "partly_paid"
    PAID = "paid"
    OVERPAID = "overpaid"
    VOID = "void"

    @property
    def label(self) -> str:
        """Return the status in words."""
        return self.value.replace("_", " ").capitalize()


class PaymentMethod(StrEnum):
    """How money came."""

    CARD_READER = "card_reader"
    CASH = "cash"
    TRANSFER = "transfer"
    CHEQUE = "cheque"

    @property
    def label(self) -> str:
        """Return the method in words."""
        return {
            "card_reader": "Card on reader",
            "cash": "Cash",
            "transfer": "Bank transfer",
            "cheque": "Cheque",
        }[self.value]

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """Return the pairs a model field takes."""
        return [(method.value, method.label) for method in cls]


BY_HAND = (PaymentMethod.CASH, PaymentMethod.TRANSFER, PaymentMethod.CHEQUE)
