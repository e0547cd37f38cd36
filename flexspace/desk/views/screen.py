"""The cart on the customer's side: the reader shows what is about to be paid."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from billing.enums import InvoiceState
from billing.models import Sale
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.money import Money
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission
from flexspace.desk.till import to_pay
from flexspace.desk.views.cart import keep_choices
from flexspace.desk.views.money import chosen_reader
from flexspace.desk.views.page import the_sale
from terminal import explain
from terminal.services.reader_screen import show_cart
from terminal.stripe_client import StripeProblem
from terminal.views.desk_reader import remember


@require(Permission.CHARGE)
@require_POST
def show(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Show the cart on the chosen reader; nothing is charged, and paying replaces it."""
    sale = the_sale(request.user, uuid)
    keep_choices(request, sale)
    response = redirect("desk:sale", uuid)
    chosen, lines = chosen_reader(request), _lines(sale)
    if chosen is None or not lines:
        messages.error(request, "Choose a reader." if lines else "There is nothing to show.")
        return response
    reader, _token = chosen
    try:
        show_cart(by=Actor.of(request.user), reader=reader, lines=lines, now=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    except StripeProblem as problem:
        messages.error(request, explain.problem_sentence(problem))
    else:
        messages.success(request, f"{reader} shows the cart. Nothing is charged before you charge it.")
        remember(response, reader)
    return response


def _lines(sale: Sale) -> list[tuple[str, Money]]:
    """Return what is about to be paid: the draft's lines, what is open of it once issued, and what was ticked."""
    found = []
    if sale.invoice.state == InvoiceState.DRAFT:
        rows = sale.invoice.lines.select_related("invoice").order_by("position")
        found = [(line.description, line.gross) for line in rows]
    return found + [(str(invoice), invoice.open) for invoice in to_pay(sale)]
