"""Why a bill differs from the last one, and what to look at before it goes out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.dateformat import format as written

from billing.dues.bill import MAX_LINES, Refusal
from billing.dues.changes import GROUPS
from billing.dues.lines import Missing
from billing.enums import CautionCode, ChangeCode, CollectionReason, InvoiceState, RunItemState, RunState
from billing.models import BillingRun, BillingRunItem
from billing.rules import percent_paid
from flexspace.core.badges import Badge
from flexspace.core.money import Money
from members.explain.costs import every, percent

Stored = Mapping[str, Any]
GROUP_LABELS = {
    "joined": "Joined",
    "left": "Left",
    "price": "Prices",
    "usage": "Usage",
    "other": "Days, pauses, plans",
    "failed": "Failed",
}
STATE_BADGES = {
    RunItemState.DRAFT: Badge("Draft", "idle"),
    RunItemState.APPROVED: Badge("Approved", "open"),
    RunItemState.HELD: Badge("Held", "warn"),
    RunItemState.ISSUED: Badge("Issued", "paid"),
    RunItemState.NOTHING: Badge("Nothing to bill", "idle"),
    RunItemState.FAILED: Badge("Failed", "bad"),
}
RUN_BADGES = {
    RunState.DRAFTING: Badge("Drafting", "live"),
    RunState.REVIEW: Badge("To review", "due"),
    RunState.ISSUING: Badge("Issuing", "live"),
    RunState.DONE: Badge("Finished", "ok"),
}
SHOWN = 3  # reasons in a row
NO_LINES = "This bill has no lines. Add one, or draft it again."
VOID = Badge("Void", "void")


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason in words; ``group`` is what the picture counts it under, ``money`` what it adds."""

    words: str
    money: Money
    group: str

    @property
    def signed(self) -> str:
        """Return what it adds, with its sign."""
        return signed(self.money)


@dataclass(frozen=True, slots=True)
class BillRow:
    """A bill as a row of the run's list: why it differs and what to look at, in words."""

    item: BillingRunItem
    badge: Badge
    reasons: list[Reason]
    cautions: list[str]
    no_card: bool

    @property
    def difference(self) -> str:
        """Return how much more the bill is than the last one, with its sign; "" for the same or without a last one."""
        return signed(self.item.difference) if self.item.last_amount is not None else ""

    @property
    def more(self) -> int:
        """Return how many reasons a row leaves out."""
        return max(0, len(self.reasons) - SHOWN)


def signed(money: Money) -> str:
    """Return an amount with its sign; "" for nothing."""
    return f"+{money}" if money.amount > 0 else str(money) if money else ""


def late_words(joined: int, used: int) -> str:
    """Return who is not in a run though it would bill them: who came later, or whose bill was held; "" for nobody."""
    people = (
        f"{_people(joined)} with a membership {'is' if joined == 1 else 'are'} not among these bills" if joined else ""
    )
    others = f"{used} more" if joined else _people(used)
    using = f"{others} {'has' if used == 1 else 'have'} something new to bill" if used else ""
    said = ", and ".join(part for part in (people, using) if part)
    return f"{said}." if said else ""


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"


def run_badge(run: BillingRun) -> Badge:
    """Return where a run stands, in a word."""
    return RUN_BADGES[RunState(run.state)]


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run of ``queries.runs.run_list`` in words and sums; ``percent`` of ``billed`` is paid, None for nothing."""

    run: BillingRun
    badge: Badge
    bills: int
    billed: Money
    drafted: Money
    percent: int | None


def run_rows(runs: Iterable[Any]) -> list[RunRow]:
    """Return ``runs`` with their sums."""
    return [_run_row(run) for run in runs]


def _run_row(run: Any) -> RunRow:
    currency, billed, paid = run.location.currency, run.billed or 0, run.paid or 0
    return RunRow(
        run=run,
        badge=run_badge(run),
        bills=run.bills,
        billed=Money(billed, currency),
        drafted=Money(run.drafted or 0, currency),
        percent=percent_paid(paid, billed),
    )


def bill_rows(items: Iterable[BillingRunItem], cautions: Mapping[int, Sequence[Stored]]) -> list[BillRow]:
    """Return ``items`` in words; ``cautions`` is what to look at now, by the item's id."""
    return [bill_row(item, cautions.get(item.pk, ())) for item in items]


def bill_row(item: BillingRunItem, cautions: Sequence[Stored]) -> BillRow:
    """Return one bill in words, with ``cautions`` to look at."""
    void = item.invoice is not None and item.invoice.state == InvoiceState.VOID
    return BillRow(
        item=item,
        badge=VOID if void else STATE_BADGES[RunItemState(item.state)],
        reasons=reasons(item.changes, item.run.location.currency),
        cautions=[caution_words(each) for each in cautions if each["code"] != CautionCode.NO_CARD]
        + ([item.error] if item.error else []),
        no_card=any(each["code"] == CautionCode.NO_CARD for each in cautions),
    )


def reasons(changes: list[dict[str, Any]], currency: str) -> list[Reason]:
    """Return stored changes in words."""
    return [
        Reason(change_words(each, currency), Money(each["amount"], currency), GROUPS.get(each["code"], "other"))
        for each in changes
    ]


def change_words(change: Stored, currency: str) -> str:
    """Return a stored change as a short sentence without its amount."""
    plan = change.get("plan", "")
    words = _CHANGES[ChangeCode(change["code"])](change, currency)
    return f"{plan}: {words}" if plan and not words.startswith(plan) else words[:1].upper() + words[1:]


def caution_words(caution: Stored) -> str:
    """Return what to look at, and what to do about it."""
    return _CAUTIONS[CautionCode(caution["code"])](caution)


def refusal_words(refusal: Refusal | None, missing: Sequence[Missing]) -> str:
    """Return why a bill could not be made, and what to do about it."""
    if refusal is Refusal.NO_PRICE and missing:
        first = missing[0]
        return f"{first.plan} has no price on {written(first.day, 'j M Y')}. Give it one, then draft again."
    if refusal is Refusal.TOO_MANY_LINES:
        return f"More than {MAX_LINES} lines. Bill this one by hand."
    if refusal is Refusal.TOO_LARGE:
        return "The total is larger than a card payment can be. Bill this one by hand."
    return "It could not be drafted. Draft again; if it stays, look at the memberships."


def _day(text: str, shape: str = "j M") -> str:
    return written(date.fromisoformat(text), shape) if text else ""


def _on(change: Stored) -> str:
    return f" on {_day(change['on'])}" if change.get("on") else ""


def _off(change: Stored, currency: str) -> str:
    share = percent(change["basis_points"]) if change["basis_points"] else ""
    amount = str(Money(change["off"], currency)) if change["off"] else ""
    return " and ".join(part for part in (share, amount) if part)


def _days(change: Stored, _currency: str) -> str:
    """Tell how many days each bill is for; a bill may be for more than one period."""
    days, of_days, last = change["days"], change["of_days"], change["last_days"]
    if days > of_days or last > of_days:
        return f"{days} days on this bill, {last} on the last"
    now = f"all {days} days" if days == of_days else f"{days} of {of_days} days"
    return f"{now}, {last} last time"


def _plan_changed(change: Stored, _currency: str) -> str:
    return f"instead of {change['was']}" if change["was"] else f"changed{_on(change)}"


def _price(change: Stored, currency: str) -> str:
    return f"{Money(change['was'], currency)} became {Money(change['price'], currency)}"


_CHANGES = {
    ChangeCode.JOINED: lambda change, _: f"joined{_on(change)}",
    ChangeCode.LEFT: lambda change, _: f"left{_on(change)}",
    ChangeCode.PLAN_CHANGED: _plan_changed,
    ChangeCode.PRICE: _price,
    ChangeCode.DISCOUNT_BEGAN: lambda change, currency: f"{_off(change, currency)} off",
    ChangeCode.DISCOUNT_ENDED: lambda change, currency: f"no longer {_off(change, currency)} off",
    ChangeCode.DISCOUNT_CHANGED: lambda change, currency: f"now {_off(change, currency)} off",
    ChangeCode.TAX: lambda change, _: f"tax of {percent(change['was'])} became {percent(change['tax'])}",
    ChangeCode.PAUSED: lambda change, _: f"{change['paused']} days paused",
    ChangeCode.RESUMED: lambda change, _: "no longer paused" if not change["paused"] else "fewer days paused",
    ChangeCode.ENDS: lambda change, _: f"ends, {change['days']} of {change['of_days']} days",
    ChangeCode.DAYS: _days,
    ChangeCode.DUE: lambda change, _: f"billed once {every(change['interval'])}, due now",
    ChangeCode.NOT_DUE: lambda change, _: f"billed once {every(change['interval'])}, not due now",
    ChangeCode.BACK: lambda change, _: "was not on the last bill",
    ChangeCode.ALREADY: lambda change, _: "already billed",
    ChangeCode.NO_PRICE: lambda change, _: "has no price",
    ChangeCode.USAGE: lambda change, _: "more used" if change["amount"] > 0 else "less used",
    ChangeCode.EDITED: lambda change, _: "edited by hand",
    ChangeCode.OTHER: lambda change, _: "other lines" if not change.get("plan") else "rounding",
}
_BANK_REFUSED = "The bank refused {card} for good on {on}"
_REFUSED = {
    CollectionReason.CARD_DATA.value: "The bank said on {on} that it no longer knows {card}",
    CollectionReason.CARD_GONE.value: "Stripe said on {on} that it no longer has {card}",
}
_CAUTIONS = {
    CautionCode.NO_CARD: lambda _: "No card on file",
    CautionCode.CONSENT_WITHDRAWN: lambda caution: f"Consent for {caution['card']} was withdrawn",
    CautionCode.CARD_EXPIRES: lambda caution: (
        f"{caution['card']} expires {_day(caution['month'], 'm/y')}, before the charge on {_day(caution['charge_on'])}"
    ),
    CautionCode.CARD_REFUSED: lambda caution: (
        f"{_REFUSED.get(caution.get('why'), _BANK_REFUSED).format(card=caution['card'], on=_day(caution['on']))}"
        ", so another card is needed"
    ),
    CautionCode.COLLECTION_STOPPED: lambda caution: (
        f"The last bill was stopped in Collections: “{caution['reason']}”. This one is charged by itself again"
    ),
    CautionCode.NO_EMAIL: lambda _: "No e-mail address, so the invoice is not mailed, and no card is charged for it",
    CautionCode.NO_TAX_ID: lambda _: "Company without a tax id",
    CautionCode.NO_ADDRESS: lambda _: "Company without an address",
    CautionCode.NO_PRICE: lambda caution: f"{caution['plan']} has no price on {_day(caution['on'], 'j M Y')}",
    CautionCode.BILLED_BEYOND: lambda caution: (
        f"{caution['plan']} was billed until {_day(caution['last'])}, {caution['days']} days longer than it was held"
    ),
    CautionCode.CHANGED_SINCE: lambda _: "Changed after the draft was made: draft it again",
}
