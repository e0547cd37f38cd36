"""Composes mails: the words from ``templates/emails``, the facts from the rows, invoices and receipts attached.

A kind's template holds words only: its first line is the subject, paragraphs are parted by blank lines. The plain
text and the HTML of a mail are made from the same words.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from email.utils import formataddr, parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone

from billing.enums import InvoiceState, NoticeKind, RefundMethod
from billing.explain import address_of, how_paid
from billing.explain.notices import reason_told
from billing.explain.refunds import how_back, told_back, when_back
from billing.models import CreditNote, Invoice, Notice, Payment, Refund, RefundAllocation, netted
from billing.papers import credit_note_paper, file_name, invoice_paper, is_late, receipt_paper, terms
from billing.pdf import credit_note_pdf, invoice_pdf, receipt_pdf
from billing.pdf.days import day
from billing.pdf.facts import PRACTICE
from billing.queries.collections import charged_on
from billing.signals import pay_url_asked
from flexspace.core.money import Money

Facts = tuple[tuple[str, str], ...]
BUTTONS = {
    NoticeKind.INVOICE: "Pay now",
    NoticeKind.PAYMENT_FAILED: "Pay now",
    NoticeKind.AUTHENTICATION_NEEDED: "Confirm the payment",
    NoticeKind.PAY_LINK: "Pay now",
    NoticeKind.CARD_LINK: "Add your card",
    NoticeKind.CARD_EXPIRING: "Add another card",
    NoticeKind.DOORS: "Open Access",
    NoticeKind.HEALTH: "Open Health",
    NoticeKind.KEY_CHANGED: "Look at it",
    NoticeKind.REFUND: "Open Needs a look",
    NoticeKind.DISPUTE: "Open it",
}


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says. ``url`` belongs to the button ``button``; both are "" without one."""

    subject: str
    paragraphs: tuple[str, ...]
    facts: Facts = ()
    button: str = ""
    url: str = ""
    seller: str = ""
    address: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Return the plain text."""
        text = render_to_string("emails/letter.txt", {"letter": self})
        return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"

    @property
    def html(self) -> str:
        """Return the HTML; it loads nothing from anywhere."""
        return render_to_string("emails/letter.html", {"letter": self})


def letter_of(notice: Notice) -> Letter:
    """Return what the mail of ``notice`` says now; its rows should be loaded."""
    kind, location = NoticeKind(notice.kind), notice.location
    invoice, payment = notice.invoice, notice.payment
    payer = notice.member or notice.company
    today = location.today(timezone.now())
    of_invoice = invoice if kind is NoticeKind.INVOICE else None
    url = str(notice.facts.get("url", "")) or (_pay_url(of_invoice, today) if of_invoice else "")
    context = {
        "name": payer.name if payer else "",
        "seller": location.legal_name or location.name,
        "location": location,
        "invoice": invoice,
        "terms": terms(of_invoice, today=today) if of_invoice else "",
        "late": of_invoice is not None and is_late(of_invoice, today),
        "payment": payment,
        "how": how_paid(payment) if payment else "",
        "url": url,
        **_plain_facts(notice.facts),
        "amount": _amount(notice),
        **_refund_words(notice),
    }
    subject, *paragraphs = _paragraphs(render_to_string(f"emails/{kind.value}.txt", context))
    if settings.DEMO:
        subject, paragraphs = f"Practice: {subject}", [*paragraphs, f"Practice: {PRACTICE}"]
    return Letter(
        subject=" ".join(subject.split())[:200],
        paragraphs=tuple(paragraphs),
        facts=_FACTS[kind](notice) if kind in _FACTS else (),
        button=BUTTONS.get(kind, "") if url else "",
        url=url,
        seller=location.legal_name or location.name,
        address=tuple(address_of(location)),
    )


def compose(notice: Notice) -> EmailMultiAlternatives:
    """Return the whole mail. Raises ValueError when a header cannot be written."""
    letter = letter_of(notice)
    mail = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text,
        from_email=formataddr((_one_line(letter.seller), parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
        to=[notice.to],
        # The same for every try, so that a mail server can drop a second copy.
        headers={
            "Message-ID": f"<{notice.uuid}@{urlsplit(settings.SITE_URL).hostname}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    mail.attach_alternative(letter.html, "text/html")
    if notice.kind == NoticeKind.INVOICE and notice.invoice:
        paper = invoice_paper(notice.invoice, today=notice.location.today(timezone.now()))
        data = invoice_pdf(paper)
        mail.attach(file_name("invoice", str(notice.invoice)), data, "application/pdf")
    if notice.kind == NoticeKind.RECEIPT and notice.payment:
        data = receipt_pdf(receipt_paper(notice.payment))
        mail.attach(file_name("receipt", notice.payment.reference), data, "application/pdf")
    for note in credit_notes_of(notice):
        data = credit_note_pdf(credit_note_paper(note))
        mail.attach(file_name("credit-note", note.number), data, "application/pdf")
    mail.message()  # writes every header, so what cannot be one is refused here and not half-way to the server
    return mail


def _pay_url(invoice: Invoice, today: date) -> str:
    """Return where the payer of ``invoice`` can pay by card; "" when nobody has to, or cannot."""
    if invoice.state != InvoiceState.ISSUED or not invoice.open_amount or charged_on(invoice, today):
        return ""
    answers = pay_url_asked.send(sender=Invoice, invoice=invoice, at=timezone.now())
    return next((str(url) for _receiver, url in answers if url), "")


def _paragraphs(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"\n\s*\n", text.strip()) if part.strip()]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _plain_facts(facts: dict[str, Any]) -> dict[str, Any]:
    """Return the facts as the words use them: money as Money, days and times as such, what is missing as ""."""
    until, again = facts.get("until"), facts.get("next_try_on")
    return {
        "reason": reason_told(str(facts.get("reason", ""))),
        "card": facts.get("card", ""),
        "month": facts.get("month", ""),
        "wording": facts.get("wording", ""),
        "subject": facts.get("subject", ""),
        "said": facts.get("said", ""),
        "until": datetime.fromisoformat(until) if until else None,
        "next_try_on": date.fromisoformat(again) if again else None,
    }


def _amount(notice: Notice) -> Money | None:
    """Return what a link asks for: what it says, else what is open on its invoice."""
    if "amount" in notice.facts:
        return Money(notice.facts["amount"], notice.facts["currency"])
    return notice.invoice.open if notice.invoice else None


def _of_invoice(notice: Notice) -> Facts:
    return _invoice_facts(notice.invoice) if notice.invoice else ()


def _invoice_facts(invoice: Invoice) -> Facts:
    facts = [("Invoice", str(invoice)), ("Total", str(invoice.total))]
    if invoice.paid_amount:
        facts.append(("Paid", str(invoice.paid)))
    if invoice.open_amount:
        facts.append(("Open", str(invoice.open)))
        if invoice.due_date:
            facts.append(("Due", day(invoice.due_date)))
    return tuple(facts)


def _of_payment(notice: Notice) -> Facts:
    return _payment_facts(notice.payment) if notice.payment else ()


def _payment_facts(payment: Payment) -> Facts:
    at = payment.received_at.astimezone(payment.location.zone)
    numbers = [str(part.invoice) for part in netted(payment.allocations.select_related("invoice"))]
    return (
        ("Amount", str(payment.money)),
        ("Paid by", how_paid(payment)),
        ("On", f"{day(at.date())}, {at:%H:%M}"),
        *([("For" if len(numbers) == 1 else "For invoices", ", ".join(numbers))] if numbers else []),
    )


def _the_refund(notice: Notice) -> Refund:
    return Refund.objects.select_related("payment__location").get(uuid=notice.facts["refund"])


def credit_notes_of(notice: Notice) -> list[CreditNote]:
    """Return the credit notes that go out with the mail of a refund; none with any other mail."""
    if notice.kind != NoticeKind.REFUNDED:
        return []
    rows = CreditNote.objects.filter(refund__uuid=notice.facts["refund"])
    return list(rows.select_related("location", "invoice__member", "invoice__company"))


def _refund_words(notice: Notice) -> dict[str, Any]:
    """Return what the mail of a refund says beyond its amount; nothing for any other mail."""
    if notice.kind != NoticeKind.REFUNDED:
        return {}
    refund = _the_refund(notice)
    return {
        "back": told_back(refund),
        "when": when_back(refund),
        "notes": len(credit_notes_of(notice)),
        "still_open": [part.invoice for part in _parts(refund) if part.invoice.open_amount],
        "test": refund.method == RefundMethod.CARD and not refund.payment.livemode and not settings.DEMO,
    }


def _of_refund(notice: Notice) -> Facts:
    refund = _the_refund(notice)
    at = (refund.finished_at or refund.asked_at).astimezone(refund.payment.location.zone)
    parts = [(str(part.invoice), str(part.money)) for part in _parts(refund)]
    numbers = [note.number for note in credit_notes_of(notice)]
    return (
        ("Refunded", str(refund.money)),
        ("How", how_back(refund)),
        ("On", f"{day(at.date())}, {at:%H:%M}"),
        *([("Of invoice", parts[0][0])] if len(parts) == 1 else [(f"Of invoice {name}", part) for name, part in parts]),
        *([("Credit note" if len(numbers) == 1 else "Credit notes", ", ".join(numbers))] if numbers else []),
    )


def _parts(refund: Refund) -> list[RefundAllocation]:
    return list(refund.allocations.select_related("invoice", "refund"))


_FACTS: dict[NoticeKind, Callable[[Notice], Facts]] = {
    NoticeKind.INVOICE: _of_invoice,
    NoticeKind.RECEIPT: _of_payment,
    NoticeKind.REFUNDED: _of_refund,
    NoticeKind.PAYMENT_FAILED: _of_invoice,
    NoticeKind.AUTHENTICATION_NEEDED: _of_invoice,
    NoticeKind.PAY_LINK: _of_invoice,
}
