"""Why a bill differs from the last one. The changes of a payer add up to the difference, to the minor unit.

Where several things changed at once for a membership, each gets what it would have made alone, in the order of
``_causes``, and the last one the rest.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from billing.dues.facts import Held, LastBill, Month, Part, Payer
from billing.enums import ChangeCode
from members.proration import BASE, SegmentKind

GROUPS = {
    ChangeCode.JOINED: "joined",
    ChangeCode.LEFT: "left",
    ChangeCode.PRICE: "price",
    ChangeCode.DISCOUNT_BEGAN: "price",
    ChangeCode.DISCOUNT_ENDED: "price",
    ChangeCode.DISCOUNT_CHANGED: "price",
    ChangeCode.TAX: "price",
    ChangeCode.USAGE: "usage",
}
OTHER_GROUP = "other"  # days, pauses, plans


@dataclass(frozen=True, slots=True)
class Change:
    """One reason: ``amount`` is what it adds to the last bill, ``facts`` what its sentence needs."""

    code: ChangeCode
    amount: int
    facts: Mapping[str, Any] = field(default_factory=dict)

    def stored(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {"code": self.code.value, "amount": self.amount, **self.facts}


@dataclass(frozen=True, slots=True)
class _Measure:
    """What is compared of a membership's lines: the share of whole periods, the price and what comes off it.

    Price and discount are the mean of the days, because they may change within a period; ``charged`` are the
    stretches that cost something, in order.
    """

    share: Fraction
    days: int
    of_days: int
    paused: int
    last: date | None
    price: Fraction
    basis_points: Fraction
    off: Fraction
    tax: int
    charged: Sequence[Mapping[str, Any]]

    def unit(self, price: Fraction) -> Fraction:
        """Return what a whole period costs at ``price`` with this discount."""
        return price * (BASE - min(self.basis_points, Fraction(BASE))) / BASE - self.off


def compare(payer: Payer, parts: Sequence[Part], *, month: Month, unpriced: Iterable[int] = ()) -> tuple[Change, ...]:
    """Return why the bill of ``parts`` differs from the payer's last one; nothing when there was no run before.

    ``unpriced``: the memberships that are left out because their plan has no price.
    """
    if payer.last is None:
        return ()
    held = {each.membership_id: each for each in payer.held}
    now, before = _by_membership(parts), _by_membership(payer.last.parts)
    found: list[Change] = []
    for pk, new in now.items():
        old = before.pop(pk, None)
        if old is not None:
            found += _differing(held.get(pk), old, new)
        else:
            found.append(_come(held[pk], new, before, now, month))
    found += [_gone(held.get(pk), pk in set(unpriced), old) for pk, old in before.items()]
    found.append(_usage(parts, payer.last))
    rest = sum(part.amount for part in parts) - payer.last.total - sum(change.amount for change in found)
    found.append(Change(ChangeCode.OTHER, rest))
    return tuple(change for change in found if change.amount)


def by_group(changes: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return what stored changes come to by the groups that a picture shows; empty ones are left out."""
    sums: dict[str, int] = {}
    for change in changes:
        group = GROUPS.get(change["code"], OTHER_GROUP)
        sums[group] = sums.get(group, 0) + change["amount"]
    return {group: amount for group, amount in sums.items() if amount}


def _by_membership(parts: Iterable[Part]) -> dict[int, list[Part]]:
    found: dict[int, list[Part]] = {}
    for part in parts:
        if part.membership_id is not None:
            found.setdefault(part.membership_id, []).append(part)
    return found


def _total(parts: Iterable[Part]) -> int:
    return sum(part.amount for part in parts)


def _usage(parts: Iterable[Part], last: LastBill) -> Change:
    now = _total(part for part in parts if part.is_usage)
    return Change(ChangeCode.USAGE, now - _total(part for part in last.parts if part.is_usage), {"now": now})


def _come(
    held: Held, new: Sequence[Part], before: dict[int, list[Part]], now: Mapping[int, list[Part]], month: Month
) -> Change:
    """Return why a membership is on this bill and was not on the last one."""
    facts = {"plan": held.plan, "on": held.terms.starts_on.isoformat()}
    previous = held.previous_id
    if previous is not None and (previous in before or previous in now):
        old = before.pop(previous, []) if previous not in now else []
        was = next((part.what for part in old), "")
        return Change(ChangeCode.PLAN_CHANGED, _total(new) - _total(old), {**facts, "was": was})
    recent = held.terms.starts_on >= month.plus(-1).start
    if held.interval_months > 1 and not recent:
        return Change(ChangeCode.DUE, _total(new), {**facts, "interval": held.interval_months})
    known = recent or not held.billed
    return Change(ChangeCode.JOINED if known else ChangeCode.BACK, _total(new), facts)


def _gone(held: Held | None, unpriced: bool, old: Sequence[Part]) -> Change:
    """Return why a membership is not on this bill and was on the last one."""
    plan, amount = old[0].what, -_total(old)
    if unpriced:
        return Change(ChangeCode.NO_PRICE, amount, {"plan": plan})
    if held is None or held.terms.ends_on:
        on = held.terms.ends_on.isoformat() if held and held.terms.ends_on else ""
        return Change(ChangeCode.LEFT, amount, {"plan": plan, "on": on})
    if held.interval_months > 1:
        return Change(ChangeCode.NOT_DUE, amount, {"plan": plan, "interval": held.interval_months})
    return Change(ChangeCode.ALREADY, amount, {"plan": plan})


def _differing(held: Held | None, old: Sequence[Part], new: Sequence[Part]) -> list[Change]:
    """Return why a membership that is on both bills costs more or less."""
    rest = _total(new) - _total(old)
    if not rest:
        return []
    plan = new[0].what
    changes: list[Change] = []
    causes = _causes(held, _measure(old), _measure(new)) or [(ChangeCode.OTHER, 0, {})]
    for number, (code, effect, facts) in enumerate(causes, start=1):
        amount = rest if number == len(causes) else effect
        rest -= amount
        changes.append(Change(code, amount, {"plan": plan, **facts}))
    return changes


def _causes(held: Held | None, old: _Measure, new: _Measure) -> list[tuple[ChangeCode, int, dict[str, Any]]]:
    found: list[tuple[ChangeCode, int, dict[str, Any]]] = []
    if old.share != new.share:
        facts = {"days": new.days, "of_days": new.of_days, "last_days": old.days, "paused": new.paused}
        found.append((_kind(held, old, new), round((new.share - old.share) * old.unit(old.price)), facts))
    if old.price != new.price and old.charged and new.charged:
        effect = new.share * (old.unit(new.price) - old.unit(old.price))
        facts = {"was": old.charged[0]["price"], "price": new.charged[-1]["price"]}
        found.append((ChangeCode.PRICE, round(effect), facts))
    less, was = (new.basis_points, new.off), (old.basis_points, old.off)
    if less != was and old.charged and new.charged:
        code = ChangeCode.DISCOUNT_CHANGED if any(less) and any(was) else ChangeCode.DISCOUNT_BEGAN
        code = code if any(less) else ChangeCode.DISCOUNT_ENDED
        shown = new.charged[-1] if any(less) else old.charged[0]
        effect = new.share * (new.unit(new.price) - old.unit(new.price))
        found.append((code, round(effect), {"basis_points": shown["basis_points"], "off": shown["off"]}))
    if old.tax != new.tax:
        found.append((ChangeCode.TAX, 0, {"was": old.tax, "tax": new.tax}))
    return found


def _kind(held: Held | None, old: _Measure, new: _Measure) -> ChangeCode:
    if new.paused != old.paused:
        return ChangeCode.PAUSED if new.paused > old.paused else ChangeCode.RESUMED
    ends_on = held.terms.ends_on if held else None
    return ChangeCode.ENDS if ends_on and new.last == ends_on and new.share < old.share else ChangeCode.DAYS


def _measure(parts: Sequence[Part]) -> _Measure:
    segments = [segment for part in parts for segment in part.why if "of_days" in segment]
    charged = [segment for segment in segments if segment["code"] != SegmentKind.PAUSED]
    end = date.fromisoformat(segments[-1]["end"]) if segments else None
    return _Measure(
        share=sum((Fraction(_days(segment), segment["of_days"]) for segment in charged), Fraction(0)),
        days=sum(_days(segment) for segment in charged),
        of_days=segments[-1]["of_days"] if segments else 0,
        paused=sum(_days(segment) for segment in segments if segment["code"] == SegmentKind.PAUSED),
        last=date.fromordinal(end.toordinal() - 1) if end else None,
        price=_mean(charged, "price"),
        basis_points=_mean(charged, "basis_points"),
        off=_mean(charged, "off"),
        tax=parts[-1].tax_basis_points,
        charged=charged,
    )


def _mean(segments: Sequence[Mapping[str, Any]], name: str) -> Fraction:
    """Return the mean of a number over the days of ``segments``."""
    return Fraction(sum(each[name] * _days(each) for each in segments), sum(map(_days, segments)) or 1)


def _days(segment: Mapping[str, Any]) -> int:
    return (date.fromisoformat(segment["end"]) - date.fromisoformat(segment["start"])).days
