"""A plan at the counter: what is said before it is in the sale, the consent to keep a card, and what became of it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms

from billing.enums import ConsentPurpose
from billing.models import InvoiceLine, Sale, SavedCard
from billing.queries.cards import card_at
from billing.services.consents import wording_texts
from billing.services.signups import Paid, credit_line, first_line
from billing.tax import Item, tax_lines
from billing.wording import FALLBACK, LANGUAGES, current, digest
from flexspace.core.errors import Conflict
from flexspace.core.money import Money, step
from flexspace.core.permissions import StaffRequest
from flexspace.desk.shelf import price_with_tax
from members.explain.costs import every
from members.explain.previews import sale_preview
from members.forms.memberships import StartForm
from members.models import Company, Member, Plan
from terminal.enums import KeepResult
from terminal.explain import screen
from terminal.models import Attempt
from terminal.services.keeping import Agreed

PURPOSE = ConsentPurpose.DUES
KEEPS = "desk_keeps"  # in the session: for which sale the card is to be kept, and which words were shown
Lines = list[tuple[InvoiceLine, bool]]


class PlanField(forms.ModelChoiceField):
    """Plans, each with what a whole period costs ``today``, with tax: "Hot desk, €299.00 a month"."""

    today: date

    def label_from_instance(self, obj: Plan) -> str:
        """Return plan, price and how often it is billed."""
        price = price_with_tax(obj, self.today)
        return f"{obj}, {price} {every(obj.interval_months)}" if price is not None else f"{obj}, no price yet"


class SignUpForm(StartForm):
    """A plan for whom the sale is to, from today or later."""

    plan = PlanField(queryset=Plan.objects.none(), empty_label=None)
    token = forms.UUIDField()

    with_pass = forms.BooleanField(required=False)

    def __init__(self, *args: Any, paid: Paid | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.paid = kwargs["today"], paid
        if paid:
            self.fields["with_pass"].label = f"Today’s {paid.line.gross} for {paid.line.description} counts toward it"
        else:
            del self.fields["with_pass"]
        for name in ("note", "billed_until"):  # what is sold here begins here
            del self.fields[name]
        plan = self.fields["plan"]
        assert isinstance(plan, PlanField)
        assert plan.queryset is not None
        plan.queryset, plan.today = plan.queryset.select_related("tax_rate__successor"), self.today
        day = self.fields["starts_on"]
        day.widget.attrs["min"] = self.today.isoformat()

    def say(self, data: dict[str, Any]) -> list[str]:
        """Return what is paid now, and the first full bill."""
        plan: Plan = data["plan"]
        if data["starts_on"] < self.today:
            return ["At the counter a membership starts today or later."]
        if "person" in self.fields and not plan.for_company and not data.get("person"):
            return [f"{plan} is for one person. Say who it is for."]
        said = sale_preview(plan, plan.terms(data["starts_on"]))
        return [*said, *self._less(data)] if data.get("with_pass") else said

    def _less(self, data: dict[str, Any]) -> list[str]:
        """Return what the pass takes off, and what is left to pay."""
        plan: Plan = data["plan"]
        first = first_line(plan=plan, person=data.get("person"), starts_on=data["starts_on"])
        less = credit_line(first, self.paid, place=plan.location) if self.paid else None
        if less is None:
            return []
        rows = [(line.unit.amount, line.tax_rate) for line in (first, less)]
        items = [Item(amount, rate.name if rate else "", rate.basis_points if rate else 0) for amount, rate in rows]
        taxed = tax_lines(items, included=plan.location.tax_included, step=step(plan.location.currency))
        off, left = (Money(amount, plan.location.currency) for amount in (-taxed[1].gross, sum(t.gross for t in taxed)))
        return [f"Today’s pass takes {off} off: {left} with tax is left to pay now."]


def remember_keep(request: StaffRequest, sale: Sale) -> None:
    """Keep in this browser's session whether the tick that keeps the card is set: the page is often shown anew."""
    told = {"sale": str(sale.uuid), "shown": request.POST.get("shown"), "language": request.POST.get("language")}
    if "keep" in request.POST:
        request.session[KEEPS] = told
    elif "language" in request.POST:  # the box was there, without a tick
        request.session.pop(KEEPS, None)


def keeping(
    request: StaffRequest, payer: Member | Company, sale: Sale | None, lines: Lines, place: Any
) -> dict[str, Any]:
    """Return what a page needs that offers to keep the card with the payment; empty when nothing is billed again.

    The tick that this browser set for ``sale`` stays, while the words to agree to are the same. It goes with what it
    was for: a plan that is put in later is agreed to anew.
    """
    told, mine = request.session.get(KEEPS) or {}, str(sale.uuid) if sale else ""
    if not any(line.plan_to_begin for line, _held in lines) or getattr(payer, "archived_at", None):
        if mine and told.get("sale") == mine:
            request.session.pop(KEEPS)
        return {}
    texts = wording_texts(PURPOSE, payer=payer, location=place)
    shown = digest(texts)
    ticked = bool(mine) and (told.get("sale"), told.get("shown")) == (mine, shown)
    return {
        "may_keep": True,
        "texts": [(code, LANGUAGES[code], text) for code, text in texts.items()],
        "shown": shown,
        "keeps": ticked,
        "language": told["language"] if ticked and told.get("language") in LANGUAGES else FALLBACK,
        "kept_already": card_at(payer, place),
    }


def agreed(request: StaffRequest, payer: Member | Company, place: Any) -> Agreed | None:
    """Return what the payer agreed to with the tick beside the button; None without it.

    Conflict when the words that were shown are not today's, so that nobody agrees to what they did not read.
    """
    if "keep" not in request.POST:
        return None
    if request.POST.get("shown") != digest(wording_texts(PURPOSE, payer=payer, location=place)):
        raise Conflict("The words to agree to have changed. Read them out again, then charge.", code="wording_changed")
    language = request.POST.get("language", "")
    return Agreed(PURPOSE, current(PURPOSE).version, language if language in LANGUAGES else FALLBACK)


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of the wish to keep the card: ``card``, or why there is none and the keys that cure it."""

    attempt: Attempt
    card: SavedCard | None
    warning: str = ""
    actions: tuple[str, ...] = ()


def kept(attempt: Attempt | None, now: Any) -> Kept | None:
    """Return what became of the card of the payment; None when nobody asked to keep it. One query more, if so."""
    if attempt is None or attempt.consent is None or attempt.is_live:
        return None
    if attempt.keep_result == KeepResult.KEPT:
        return Kept(attempt, attempt.kept_card)
    later = SavedCard.objects.usable().filter(consent=attempt.consent).first()  # the plastic card, asked for after it
    if later:
        return Kept(attempt, later)
    shown = screen(attempt, now=now)
    return Kept(attempt, None, shown.warning, tuple(shown.actions))
