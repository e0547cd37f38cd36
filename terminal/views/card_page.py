"""What somebody sees who follows a link to add a card: the words they agree to, then Stripe's page."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from billing.enums import ConsentPurpose
from billing.services.consents import wording_text
from billing.wording import FALLBACK, current, languages
from flexspace.core.errors import DomainError
from flexspace.core.permissions import public
from terminal.enums import CardPage
from terminal.explain.links import AGAIN, WAITING, card_words
from terminal.models import CardLink
from terminal.services.card_link_page import payer_of
from terminal.services.card_links import CardVisit, look, open_page
from terminal.services.link_tokens import BadLink, LinkKind, read_token
from terminal.views.pay import PRIVATE, leave, too_often, unknown_link, visits


@dataclass(frozen=True, slots=True)
class CardView:
    """What the page shows. ``wording`` is what is agreed to, ``said`` what went wrong with the last try."""

    page: CardPage
    title: str
    sentence: str
    payer: str
    url: str
    wording: str
    version: str
    language: str
    languages: dict[str, str]
    said: str = ""

    @property
    def wait(self) -> bool:
        """Return whether the page looks again by itself."""
        return self.page in WAITING

    @property
    def again(self) -> bool:
        """Return whether it offers to look again."""
        return self.page in AGAIN


# Whoever holds the link may press the button: there is no session that another site could use.
@csrf_exempt
@public
@require_http_methods(["GET", "POST"])
def add_card(request: HttpRequest, token: str) -> HttpResponse:
    """Show what one agrees to, or write the agreement down and open the page at Stripe where the card is added."""
    now, said = timezone.now(), ""
    try:
        if visits.spend(read_token(LinkKind.CARD, token)[0]) is None:
            return too_often(request)
        visit = look(token, now=now)
        if request.method == "POST":
            language, version = request.POST.get("language", FALLBACK), request.POST.get("wording", "none")
            visit = open_page(token, version=version, language=language, now=now)
            if visit.page not in (CardPage.NOT_OPENED, CardPage.CHECKING):
                return leave(request, visit.url)
    except (BadLink, CardLink.DoesNotExist):
        return unknown_link(request)
    except DomainError as error:
        said = error.message
    context = {"view": _shown(request, visit, said), "place": visit.link.location}
    return TemplateResponse(request, "terminal/links/card.html", context, headers=PRIVATE)


def _shown(request: HttpRequest, visit: CardVisit, said: str) -> CardView:
    link, payer = visit.link, payer_of(visit.link)
    purpose = ConsentPurpose(link.purpose)
    wording = current(purpose, request.POST.get("language") or request.GET.get("language") or FALLBACK)
    title, sentence = card_words(visit.page, place=link.location.name, card=str(link.kept_card or ""))
    return CardView(
        page=visit.page,
        title=title,
        sentence=sentence,
        payer=payer.name,
        url=visit.url,
        wording=wording_text(wording, payer=payer, location=link.location),
        version=wording.version,
        language=wording.language,
        languages=languages(purpose),
        said=said,
    )
