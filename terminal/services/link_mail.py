"""Sends a link by mail: the mail is asked for with the press of the button, and goes out later."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from billing.enums import NoticeKind
from billing.models import Invoice, Notice
from billing.services.collecting import contacted
from billing.services.notices import queue_notice
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict
from flexspace.core.one_use import claim_token, keep_result
from terminal.enums import CardLinkState
from terminal.models import CardLink
from terminal.rules import PAY_LINK_LIVES
from terminal.services.card_link_page import card_url
from terminal.services.pay_links import made_on, pay_url


@transaction.atomic
def mail_pay_link(*, by: Actor, invoice: Invoice, to: str, token: UUID, now: datetime) -> Notice:
    """Ask for a mail with the link that pays ``invoice``. One press of the button is one mail.

    Raises AlreadyUsed for a form that was sent before, Conflict when there is nothing to pay.
    """
    used = claim_token(token, by=by, purpose="pay_link")
    if not invoice.open_amount:
        raise Conflict("Nothing is left to pay on this invoice, so no link was sent.", code="nothing_open")
    notice = queue_notice(
        by=by,
        kind=NoticeKind.PAY_LINK,
        cause=f"invoice:{invoice.uuid}:{token}",
        to=to,
        location=invoice.location,
        now=now,
        member=invoice.member,
        company=invoice.company,
        invoice=invoice,
        facts={"url": pay_url(invoice, now=now), "until": (made_on(now) + PAY_LINK_LIVES).isoformat()},
    )
    contacted(invoice=invoice, now=now)
    keep_result(used, str(notice.uuid))
    return notice


@transaction.atomic
def mail_card_link(*, by: Actor, link: CardLink, to: str, token: UUID, now: datetime) -> Notice:
    """Ask for a mail with the link by which a card is added. One press of the button is one mail.

    Raises AlreadyUsed for a form that was sent before, Conflict for a link that leads nowhere any more.
    """
    used = claim_token(token, by=by, purpose="card_link")
    if link.state != CardLinkState.OPEN or link.expires_at <= now:
        raise Conflict("This link leads nowhere any more, so it was not sent. Make a new one.", code="link_over")
    notice = queue_notice(
        by=by,
        kind=NoticeKind.CARD_LINK,
        cause=f"card_link:{link.uuid}:{token}",
        to=to,
        location=link.location,
        now=now,
        member=link.member,
        company=link.company,
        facts={"url": card_url(link), "until": link.expires_at.isoformat()},
    )
    keep_result(used, str(notice.uuid))
    return notice
