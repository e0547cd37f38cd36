"""Refunds: the form, and a manager's word about one that was made in Stripe's Dashboard."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from billing.enums import RefundMethod, RefundOutcome
from billing.explain.refunds import ways_back, what_goes_on, what_they_get
from billing.forms.refunds import Offer, RefundForm
from billing.models import Invoice, Payment, Refund
from billing.queries.back_now import back_now
from billing.queries.billed import billed_of
from billing.queries.disputes import hinders_card_refund
from billing.queries.refunds import card_takes_nothing, memberships_given, passes_given
from billing.queries.surplus import over_on
from billing.rules import RefundRight
from billing.services.refunds import Asker, ask, decide_outcome, method_of, refusal, room
from billing.views.papers import the_payment
from flexspace.core.accounts import typed_password_lately
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.money import Money, exponent, step
from flexspace.core.one_use import AlreadyUsed
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from members.models import Membership

TYPED = "refund_typed"  # the session's one place for a form whose person types the password again


@require(Permission.REFUND)
def refund_new(request: StaffRequest, uuid: UUID) -> HttpResponseBase:
    """Ask how much of a payment goes back, and reserve it.

    ``?invoice=<uuid>`` fills in that one's part only, and with ``&over`` only what was paid too much on it.
    """
    payment = the_payment(request.user, uuid)
    offer = _offer(request, payment)
    form = RefundForm(request.POST or None, offer=offer, typed=_typed(request, payment))
    if not form.parts:
        return _nothing(request, offer)
    if "password_first" in request.POST:
        return _password_first(request, payment, form)
    answer = _ask(request, payment, form) if request.method == "POST" and form.is_valid() else None
    return answer or TemplateResponse(request, "billing/refund_new.html", {"form": form, **_context(request, offer)})


def _ask(request: StaffRequest, payment: Payment, form: RefundForm) -> HttpResponseBase | None:
    """Reserve what a valid form asks for; None when it should be shown again with what is wrong."""
    by, now, token = Actor.of(request.user), timezone.now(), form.cleaned_data["token"]
    try:
        refund = ask(by=by, asker=_asker(request), payment=payment, wish=form.wish(), now=now, token=token)
    except AlreadyUsed as used:
        messages.info(request, used.message)
    except DomainError as error:
        form.blame(error)
        return None
    else:
        request.session.pop(TYPED, None)
        if refund.on_reader:
            return redirect("terminal:refund_reader", refund.uuid)
        if not refund.is_live:
            messages.success(request, f"{refund.money} was written down as given back.")
    return redirect("billing:payment_detail", payment.uuid)


def _password_first(request: StaffRequest, payment: Payment, form: RefundForm) -> HttpResponse:
    """Keep what was typed with the session, never in an address, and ask for the password; it leads back here."""
    request.session[TYPED] = {"payment": str(payment.uuid), "typed": form.typed()}
    query = request.GET.copy()
    query["typed"] = ""
    back = urlencode({"next": f"{request.path}?{query.urlencode()}"})
    return redirect(f"{reverse('account_reauthenticate')}?{back}")


def _typed(request: StaffRequest, payment: Payment) -> dict[str, Any]:
    """Return what the form held when its person went to type the password."""
    kept = request.session.get(TYPED) or {}
    here = "typed" in request.GET and kept.get("payment") == str(payment.uuid)
    return dict(kept["typed"]) if here else {}


def _offer(request: StaffRequest, payment: Payment) -> Offer:
    """Return what the form offers: all that no bank holds, or only what is over, filled in up to the person's limit."""
    back, asker = back_now(payment), _asker(request)
    invoices = [part.invoice for part in payment.parts]
    wanted = request.GET.get("invoice", "")
    focus = next((invoice for invoice in invoices if str(invoice.uuid) == wanted), None)
    over = None
    if focus and "over" in request.GET:
        found = over_on([focus]).get(focus.pk)
        over = found.back_from(payment) if found else 0
    right, _said = refusal(asker, payment, back.most if over is None else over, now=timezone.now())
    return Offer(
        payment, back, invoices, passes_given([invoice.pk for invoice in invoices]), _method(payment), focus, over,
        min(back.most, room(asker, payment)) if right is RefundRight.ABOVE else back.most,
    )  # fmt: skip


def _method(payment: Payment) -> RefundMethod:
    """Return how the form begins: the way it came, unless a card will not take it."""
    by_hand = card_takes_nothing(payment) or hinders_card_refund(payment)
    return RefundMethod.CASH if by_hand else method_of(payment)


def _nothing(request: StaffRequest, offer: Offer) -> HttpResponseBase:
    """Say that nothing can go back, where the person came from."""
    if offer.focus and offer.over is not None:
        messages.info(request, f"Nothing that is over on {offer.focus} can go back from this payment.")
        return redirect("billing:invoice_detail", offer.focus.uuid)
    bank = "What is left of this payment is with the customer's bank by a dispute, so nothing of it can go back."
    messages.info(request, bank if offer.back.held else "Nothing of this payment can go back any more.")
    return redirect("billing:payment_detail", offer.payment.uuid)


def _context(request: StaffRequest, offer: Offer) -> dict[str, Any]:
    """Return what the page says beside the form."""
    payment, whole = offer.payment, offer.over is None
    amount = offer.back.most if offer.over is None else offer.over
    asker, now = _asker(request), timezone.now()
    right, said = refusal(asker, payment, amount, now=now)
    least, why = refusal(asker, payment, step(payment.currency), now=now)
    barred = least not in (RefundRight.OK, RefundRight.PASSWORD)
    return {
        "payment": payment,
        "focus": offer.focus,
        "over": None if offer.over is None else Money(offer.over, payment.currency),
        "used": [one for one in offer.given if one.left <= 0] if whole else [],
        "memberships": _going_on(payment, list(offer.invoices)) if whole else [],
        "gets": what_they_get(payment, by_card=method_of(payment) is RefundMethod.CARD),
        "exponent": exponent(payment.currency),
        "held": Money(offer.back.held, payment.currency) if whole else None,
        "ways": ways_back(payment),
        "right": right,
        "said": why if barred and least is not right else said,
        "barred": barred,  # not even the least may go back: there is nothing to fill in
    }


def _going_on(payment: Payment, invoices: list[Invoice]) -> list[tuple[Membership, str]]:
    """Return the memberships that the invoices are for, and what becomes of each: nothing ends with a refund."""
    now = timezone.now()
    rows = memberships_given([invoice.pk for invoice in invoices])
    billed = billed_of(rows, now=now)
    return [(row, what_goes_on(row, payment.location.today(now), billed[row.pk])) for row in rows]


def _asker(request: StaffRequest) -> Asker:
    return Asker(request.user.role, confirmed=typed_password_lately(request))


@require(Permission.FLAGS)
@require_POST
def refund_decide(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Say whether what went back in Stripe's Dashboard is still to be paid."""
    refund = get_object_or_404(Refund.objects.for_user(request.user).select_related("payment"), uuid=uuid)
    outcome = RefundOutcome.REOPEN if request.POST.get("outcome") == RefundOutcome.REOPEN else RefundOutcome.CREDIT
    try:
        decide_outcome(by=Actor.of(request.user), refund=refund, outcome=outcome, now=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        owed = outcome is RefundOutcome.REOPEN
        messages.success(request, "It is to be paid another way." if owed else "It is taken off the invoice.")
    return redirect("billing:payment_detail", refund.payment.uuid)
