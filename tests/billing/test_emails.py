"""What mails say: every kind in words a customer understands, the same in plain text and HTML, loading nothing."""

import re
from datetime import date
from email import message_from_bytes
from email.policy import default
from uuid import uuid4

import pytest
from django.utils import timezone

from billing.emails import BUTTONS, compose, letter_of
from billing.enums import NoticeKind
from billing.services.notices import NEEDS, queue_notice
from flexspace.core.actors import Actor
from flexspace.settings.paths import BASE_DIR
from tests.factories.billing import make_issued_invoice, make_payment
from tests.factories.members import make_member
from tests.factories.refunds import give_back

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("morning")]
URL = "https://desk.example.org/pay/signed:token"
OURS = sorted(set(NoticeKind) - {NoticeKind.STRIPE_RECEIPT})  # that one Stripe writes
FACTS = {
    NoticeKind.PAYMENT_FAILED: {"reason": "card_refused", "url": URL, "next_try_on": "2026-12-10"},
    NoticeKind.AUTHENTICATION_NEEDED: {"url": URL},
    NoticeKind.PAY_LINK: {"url": URL, "amount": 14500, "currency": "EUR", "until": "2026-12-01T08:30:00+00:00"},
    NoticeKind.CARD_LINK: {"url": URL, "until": "2026-12-01T08:30:00+00:00"},
    NoticeKind.CARD_KEPT: {"card": "Visa •••• 4242", "wording": "You may charge this card for my dues."},
    NoticeKind.CARD_EXPIRING: {"card": "Visa •••• 4242", "month": "December 2026", "url": URL},
    NoticeKind.HEALTH: {"subject": "Broker wants a look now", "said": "Broker: gone.\n\nClock: late.", "url": URL},
    NoticeKind.KEY_CHANGED: {"subject": "The key was replaced", "said": "Ada did it.\n\nIt was me.", "url": URL},
    NoticeKind.DISPUTE: {"subject": "A payment is disputed", "said": "Hand in evidence until 2 Dec.", "url": URL},
    NoticeKind.REFUND: {"subject": "A refund came back", "said": "€45.00 did not reach Visa •••• 4242.", "url": URL},
    NoticeKind.DOORS: {"subject": "SALTO KS is running out of seats", "said": "8 of 10 are in use.", "url": URL},
}
SAID = {
    NoticeKind.INVOICE: [
        "Invoice HFN-000001 from Hafenplatz",
        "Due on 7 Dec 2026: please pay €145.00",
        "Due: 7 Dec 2026",
    ],
    NoticeKind.RECEIPT: ["Your receipt from Hafenplatz", "we received €45.00", "Paid by: Card on reader"],
    NoticeKind.PAYMENT_FAILED: ["not charged for invoice HFN-000001", "the bank refused the card.", "10 December 2026"],
    NoticeKind.AUTHENTICATION_NEEDED: ["confirm the payment of invoice HFN-000001", "Nothing was charged yet"],
    NoticeKind.PAY_LINK: ["Hafenplatz: pay €145.00 online", "for invoice HFN-000001", "1 December 2026, 09:30"],
    NoticeKind.CARD_LINK: ["Add your card at Hafenplatz", "we never see its number", "1 December 2026, 09:30"],
    NoticeKind.CARD_KEPT: ["Your card is kept", "“You may charge this card for my dues.”", "withdraw this at any time"],
    NoticeKind.CARD_EXPIRING: ["Your card Visa •••• 4242 expires", "end of December 2026", "add another one"],
    NoticeKind.HEALTH: ["Broker wants a look now", "Broker: gone.\n\nClock: late.", "once to each admin"],
    NoticeKind.KEY_CHANGED: ["The key was replaced", "Ada did it.\n\nIt was me.", "at every change"],
    NoticeKind.DISPUTE: ["A payment is disputed", "Hand in evidence until 2 Dec.", "about Hafenplatz"],
    NoticeKind.REFUND: ["A refund came back", "€45.00 did not reach Visa •••• 4242.", "about Hafenplatz"],
    NoticeKind.REFUNDED: ["Hafenplatz: €45.00 refunded", "we gave €45.00 back to you in cash.", "How: Cash"],
    NoticeKind.DOORS: ["SALTO KS is running out of seats", "8 of 10 are in use.", "the doors of Hafenplatz"],
}


@pytest.fixture
def notice_of(hafen):
    """Return a function that asks for a mail of any kind to Lena Fischer, about an invoice or a part payment."""

    def make(kind, *, name="Lena Fischer", **change):
        member = make_member(hafen, name=name, email="lena@example.com")
        invoice = make_issued_invoice(hafen, member=member)
        if kind is NoticeKind.REFUNDED:
            refund = give_back(make_payment(invoice, 4500))
            change |= {"refund": str(refund.uuid), "amount": refund.amount, "currency": refund.currency}
        return queue_notice(
            by=Actor.job("test"),
            kind=kind,
            cause=str(uuid4()),
            to=member.email,
            location=hafen,
            member=member,
            invoice=None if kind is NoticeKind.RECEIPT else invoice,
            payment=make_payment(invoice, 4500) if kind is NoticeKind.RECEIPT else None,
            facts=FACTS.get(kind, {}) | change,
            now=timezone.now(),
        )

    return make


@pytest.mark.parametrize("kind", OURS)
def test_mail_says_what_it_is_about(notice_of, kind):
    letter = letter_of(notice_of(kind))
    text = f"{letter.subject}\n{letter.text}"
    assert [said for said in ["Hello Lena Fischer,", *SAID[kind]] if said not in text] == []
    assert re.search(r"\n\n\n|None|[{}]", letter.text) is None


@pytest.mark.parametrize("kind", OURS)
def test_mail_says_the_same_in_html_and_loads_nothing(notice_of, kind):
    letter = letter_of(notice_of(kind))
    html = letter.html
    shown = re.sub(r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL))
    assert [part for part in letter.paragraphs if " ".join(part.split()) not in shown] == []
    assert [value for _name, value in letter.facts if value not in shown] == []
    assert re.findall(r"<(?:img|link|script|iframe|object|video)|@import|url\(|src=", html) == []
    assert re.findall(r'href="([^"]*)"', html) == ([URL] if kind in FACTS and kind in BUTTONS else [])
    assert ('name="color-scheme" content="light dark"' in html, "prefers-color-scheme: dark" in html) == (True, True)


def test_every_kind_is_known_and_tried_here():
    assert (set(NEEDS), set(SAID)) == (set(NoticeKind), set(OURS))


def test_optional_facts_may_be_missing(notice_of):
    for kind, gone, said in (
        (NoticeKind.PAYMENT_FAILED, {"url": "", "next_try_on": ""}, "Please pay at the desk"),
        (NoticeKind.PAYMENT_FAILED, {"next_try_on": ""}, "Please pay another way"),
        (NoticeKind.PAYMENT_FAILED, {"reason": "tries_used"}, "the bank did not accept the charge."),
        (NoticeKind.PAYMENT_FAILED, {"reason": "who knows"}, "the bank did not accept the charge."),
        (NoticeKind.AUTHENTICATION_NEEDED, {"url": ""}, "Please pay at the desk"),
        (NoticeKind.CARD_LINK, {"until": ""}, "we never see its number"),
        (NoticeKind.CARD_EXPIRING, {"url": ""}, "bring another one to the desk"),
    ):
        letter = letter_of(notice_of(kind, **gone))
        assert said in letter.text
        assert (letter.button == "") is ("url" in gone)


def test_plain_text_speaks_of_no_button():
    for path in (BASE_DIR / "templates" / "emails").glob("*.txt"):
        assert "button" not in path.read_text().replace("letter.button", ""), path.name


def test_link_without_an_amount_asks_for_what_is_open(notice_of):
    notice = notice_of(NoticeKind.PAY_LINK)
    notice.facts = {"url": URL}
    assert "you can pay €145.00 for invoice HFN-000001" in letter_of(notice).text


def test_names_are_text_in_html(notice_of):
    html = letter_of(notice_of(NoticeKind.INVOICE, name='<b onload="x">Lena</b> & {{ name }}')).html
    assert ("<b onload" in html, "&lt;b onload" in html, "{{ name }}" in html) == (False, True, True)


def test_receipt_mail_brings_the_houses_line(notice_of, hafen):
    hafen.house_note = "Wi-Fi: hafen-guest, password on the wall."
    hafen.save()
    assert "hafen-guest" in letter_of(notice_of(NoticeKind.RECEIPT)).text


def test_mail_of_a_paid_or_void_invoice_asks_for_nothing(notice_of):
    notice = notice_of(NoticeKind.INVOICE)
    make_payment(notice.invoice)
    notice.invoice.refresh_from_db()
    assert "It is paid in full" in letter_of(notice).text
    notice.invoice.state = "void"
    assert "nothing is owed" in letter_of(notice).text


def test_mail_of_a_late_invoice_says_so(notice_of):
    notice = notice_of(NoticeKind.INVOICE)
    notice.invoice.due_date = date(2026, 11, 1)
    letter = letter_of(notice)
    assert letter.subject == "Invoice HFN-000001 from Hafenplatz is late"
    assert "It was due on 1 Nov 2026 and is late: please pay €145.00 and name HFN-000001." in letter.text


def test_mail_comes_from_the_location_by_the_installations_address(notice_of, hafen, settings):
    settings.DEFAULT_FROM_EMAIL = "Desk <desk@example.org>"
    hafen.legal_name = 'Büro "Süd", GmbH & Co'
    mail = compose(notice_of(NoticeKind.INVOICE))
    [sender] = message_from_bytes(mail.message().as_bytes(), policy=default)["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ('Büro "Süd", GmbH & Co', "desk@example.org")


@pytest.mark.parametrize(
    ("kind", "name"),
    [(NoticeKind.INVOICE, "invoice-HFN-000001.pdf"), (NoticeKind.RECEIPT, None), (NoticeKind.CARD_LINK, "")],
)
def test_papers_are_attached(notice_of, kind, name):
    attached = [(found[0], found[2], found[1][:5]) for found in compose(notice_of(kind)).attachments]
    if name == "":
        assert attached == []
    else:
        assert [(kept, start) for _name, kept, start in attached] == [("application/pdf", b"%PDF-")]
        assert name is None or attached[0][0] == name
