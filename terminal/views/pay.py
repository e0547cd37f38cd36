"""What customers see who follow a link to pay: nobody signs in, the link is the right to pay and nothing more."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from billing.models import Invoice
from flexspace.core.budget import Budget
from flexspace.core.money import Money
from flexspace.core.permissions import public
from terminal.enums import PayPage
from terminal.explain.links import AGAIN, WAITING, pay_words
from terminal.services.link_tokens import BadLink, LinkKind, read_token
from terminal.services.pay_links import PayLink, look, open_page

# A link costs a read at Stripe, a made-up one nothing; each process counts for itself.
visits = Budget(each=60, overall=6000)
strangers = Budget(each=30, overall=600)
# Nothing of the address may reach another site, nor a search engine.
PRIVATE = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


@dataclass(frozen=True, slots=True)
class PayView:
    """What the page shows. ``amount`` is None where none is asked for."""

    page: PayPage
    title: str
    sentence: str
    invoice: Invoice
    amount: Money | None
    url: str

    @property
    def wait(self) -> bool:
        """Return whether the page looks again by itself."""
        return self.page in WAITING

    @property
    def again(self) -> bool:
        """Return whether it offers to look again."""
        return self.page in AGAIN

    @property
    def part(self) -> bool:
        """Return whether less than the whole invoice is asked for."""
        return self.amount is not None and self.amount.amount < self.invoice.total_amount


# Whoever holds the link may press the button: there is no session that another site could use.
@csrf_exempt
@public
@require_http_methods(["GET", "POST"])
def pay(request: HttpRequest, token: str) -> HttpResponse:
    """Show what an invoice asks for, or open the page at Stripe where it is paid."""
    now = timezone.now()
    try:
        if visits.spend(read_token(LinkKind.PAY, token)[0]) is None:
            return too_often(request)
        link = (open_page if request.method == "POST" else look)(token, now=now)
    except (BadLink, Invoice.DoesNotExist):
        return unknown_link(request)
    if request.method == "POST" and link.page is not PayPage.NOT_OPENED:
        return leave(request, link.url)
    context = {"view": _shown(link), "place": link.invoice.location}
    return TemplateResponse(request, "terminal/links/pay.html", context, headers=PRIVATE)


def _shown(link: PayLink) -> PayView:
    invoice = link.invoice
    title, sentence = pay_words(link.page, place=invoice.location.name)
    amount = {PayPage.PAID: invoice.total, PayPage.VOID: None}.get(link.page, invoice.open)
    return PayView(link.page, title, sentence, invoice, amount, link.url)


def leave(request: HttpRequest, url: str) -> HttpResponse:
    """Lead on to Stripe: by htmx at once, without it by our own page, which then holds a plain link.

    A form's redirect to another site is refused by ``form-action 'self'``.
    """
    if getattr(request, "htmx", None):
        return HttpResponseClientRedirect(url or request.path)
    answer = HttpResponseRedirect(request.path)
    answer.status_code = 303
    return answer


def unknown_link(request: HttpRequest) -> HttpResponse:
    """Answer for a link that is none of ours; who tries many of them is slowed down."""
    if strangers.spend(request.META.get("REMOTE_ADDR", "")) is None:
        return too_often(request)
    return TemplateResponse(request, "terminal/links/unknown.html", status=404, headers=PRIVATE)


def too_often(request: HttpRequest) -> HttpResponse:
    """Answer for what is asked too often."""
    return TemplateResponse(request, "terminal/links/too_often.html", status=429, headers=PRIVATE)
