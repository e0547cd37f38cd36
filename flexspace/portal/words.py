"""Two or three words for what a manager must look at."""

from terminal.enums import FlagKind

FLAGS: dict[str, str] = {
    FlagKind.LATE_SUCCESS: "Paid after cancel",
    FlagKind.OVERPAID: "Paid twice",
    FlagKind.VOID_INVOICE: "Paid a void invoice",
    FlagKind.AMOUNT_DIFFERS: "Amount differs",
    FlagKind.CURRENCY_DIFFERS: "Currency differs",
    FlagKind.LIVEMODE_DIFFERS: "Test and live mixed",
    FlagKind.REQUIRES_CAPTURE: "Not captured",
    FlagKind.REFUND_FAILED: "Refund not made",
    FlagKind.REFUND_CAME_BACK: "Refund came back",
    FlagKind.REFUND_FOUND: "Refunded in the Dashboard",
    FlagKind.REFUND_LATE: "Refunded after all",
    FlagKind.DISPUTE_OPENED: "Disputed at the bank",
    FlagKind.DISPUTE_LOST: "Dispute lost",
}
