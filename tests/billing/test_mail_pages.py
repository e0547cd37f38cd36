"""Mailing an invoice or a receipt by hand, and the outbox."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from billing.models import Notice
from billing.services.receipts import mail_invoice, mail_receipt
from billing.tasks import send_notice
from flexspace.core.actors import Actor
from tests.factories.billing import make_draft, make_issued_invoice, make_payment
from tests.factories.members import make_company, make_member

pytestmark = pytest.mark.django_db
BEN = Actor("user", "1", "Ben")


def page(client, user, view, /, *args, query="", **more):
    client.force_login(user)
    return client.get(reverse(f"billing:{view}", args=args) + query, **more)


def send(client, user, view, /, *args, **data):
    client.force_login(user)
    return client.post(reverse(f"billing:{view}", args=args), data)


def notice_for(location, **change):
    invoice = make_issued_invoice(location, member=make_member(location, email="lena@example.com"))
    row = mail_invoice(by=BEN, invoice=invoice, to="lena@example.com", token=uuid4(), now=timezone.now())
    Notice.objects.filter(pk=row.pk).update(**change)
    row.refresh_from_db()
    return row


@pytest.mark.parametrize("payer", ["member", "company"])
def test_mail_form_is_filled_with_the_payers_address(client, hafen, ben, payer):
    who = {payer: (make_member if payer == "member" else make_company)(hafen, email="lena@example.com")}
    invoice = make_issued_invoice(hafen, **who)
    payment = make_payment(make_issued_invoice(hafen, **who))
    for view, row in (("invoice_mail", invoice), ("payment_receipt_mail", payment)):
        assert 'value="lena@example.com"' in page(client, ben, view, row.uuid).content.decode()


def test_invoice_is_mailed_once_when_pressed_twice(client, hafen, ben):
    invoice = make_issued_invoice(hafen)
    form = page(client, ben, "invoice_mail", invoice.uuid).context["form"]
    facts = {"to": "lena@example.com", "token": form["token"].value()}
    answers = [send(client, ben, "invoice_mail", invoice.uuid, **facts) for _ in range(2)]
    assert [answer.url for answer in answers] == [reverse("billing:invoice_detail", args=[invoice.uuid])] * 2
    assert Notice.objects.count() == 1
    assert [about for _notice, about, _badge in page(client, ben, "outbox").context["rows"]] == ["Invoice HFN-000001"]


def test_receipt_is_mailed_from_its_payment(client, hafen, ben):
    payment = make_payment(make_issued_invoice(hafen))
    send(client, ben, "payment_receipt_mail", payment.uuid, to="lena@example.com", token=uuid4())
    send_notice(Notice.objects.get().pk)
    assert [(sent.to, sent.subject) for sent in mail.outbox] == [(["lena@example.com"], "Your receipt from Hafenplatz")]
    assert "lena@example.com" in page(client, ben, "payment_detail", payment.uuid).content.decode()


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("", "Type the address the mail goes to."),
        ("lena", "Write it like name@example.org."),
        ("a@b.org\nBcc: c@d.org", "Write it like name@example.org."),
    ],
)
def test_wrong_address_is_told_and_kept(client, hafen, ben, to, said):
    invoice = make_issued_invoice(hafen)
    answer = send(client, ben, "invoice_mail", invoice.uuid, to=to, token=uuid4())
    text = answer.content.decode()
    assert (answer.status_code, said in text, Notice.objects.count()) == (200, True, 0)
    assert f'value="{to.split()[0] if to else ""}' in text or not to


def test_draft_is_not_mailed_but_explained(client, hafen, mia):
    draft = make_draft(hafen)
    answer = page(client, mia, "invoice_mail", draft.uuid, follow=True)
    assert "Issue it first" in answer.content.decode()
    assert reverse("billing:invoice_mail", args=[draft.uuid]) not in answer.content.decode()


def test_invoice_page_offers_pdf_and_mail_by_key(client, hafen, ben, vic):
    invoice = make_issued_invoice(hafen)
    text = page(client, ben, "invoice_detail", invoice.uuid).content.decode()
    for view, key in (("invoice_file", "p"), ("invoice_mail", "e")):
        address = reverse(f"billing:{view}", args=[invoice.uuid])
        assert f'href="{address}"' in text
        assert f'data-key="{key}"' in text
    assert (
        reverse("billing:invoice_mail", args=[invoice.uuid])
        not in page(client, vic, "invoice_detail", invoice.uuid).content.decode()
    )


def test_invoice_page_says_what_became_of_its_mails(client, hafen, ben):
    notice = notice_for(hafen, state="failed", next_try_at=None, error="The mail server said 550 nobody here")
    text = page(client, ben, "invoice_detail", notice.invoice.uuid).content.decode()
    assert ("lena@example.com" in text, "550 nobody here" in text, "Not sent" in text) == (True, True, True)
    [(shown, about, _)] = page(client, ben, "invoice_detail", notice.invoice.uuid).context["notices"]
    assert (shown, about) == (notice, f"Invoice {notice.invoice}")
    assert about in text.partition("Mails</h2>")[2].partition("</table>")[0]


@pytest.mark.parametrize("count", [1, 3])
def test_outbox_takes_the_same_queries_at_one_and_three_rows(client, hafen, ben, count, django_assert_num_queries):
    for _ in range(count):
        notice_for(hafen)
    client.force_login(ben)
    with django_assert_num_queries(4):  # session, user, locations, mails
        answer = client.get(reverse("billing:outbox"))
    assert len(answer.context["rows"]) == count


def test_outbox_shows_each_tab(client, hafen, ben):
    states = ["queued", "sending", "sent", "failed"]
    for state in states:
        notice_for(hafen, state=state)
    found = {
        tab: sorted(notice.state for notice, *_ in page(client, ben, "outbox", query=f"?tab={tab}").context["rows"])
        for tab in ("all", "waiting", "failed", "sent", "nonsense")
    }
    assert found == {
        "all": sorted(states),
        "waiting": ["queued", "sending"],
        "failed": ["failed"],
        "sent": ["sent"],
        "nonsense": sorted(states),
    }


def test_notice_shows_its_text_before_and_the_sent_words_after(client, hafen, ben):
    notice = notice_for(hafen)
    before = page(client, ben, "notice_detail", notice.uuid).content.decode()
    send_notice(notice.pk)
    hafen.legal_name = "Somebody Else Ltd"
    hafen.save()
    after = page(client, ben, "notice_detail", notice.uuid).content.decode()
    for text in (before, after):
        assert ("Invoice HFN-000001 from Hafenplatz" in text, "Hello Lena Fischer," in text) == (True, True)
    assert ("On the way" in before, "Sent" in after, "Somebody Else" in after) == (True, True, False)


def test_failed_notice_is_sent_again_by_a_button(client, hafen, ben):
    notice = notice_for(hafen, state="failed", next_try_at=None, error="It did not work")
    text = page(client, ben, "notice_detail", notice.uuid).content.decode()
    assert ("It did not work" in text, "Send again" in text) == (True, True)
    send(client, ben, "notice_again", notice.uuid)
    notice.refresh_from_db()
    assert (notice.state, notice.error, notice.next_try_at <= timezone.now()) == ("queued", "", True)
    send_notice(notice.pk)
    said = send(client, ben, "notice_again", notice.uuid)
    assert (said.status_code, len(mail.outbox)) == (302, 1)


def test_notice_that_is_tried_again_says_why_and_has_no_button(client, hafen, ben):
    soon = timezone.now() + timedelta(minutes=5)
    notice = notice_for(hafen, error="The mail server cannot be reached", next_try_at=soon, tries=2)
    text = page(client, ben, "notice_detail", notice.uuid).content.decode()
    assert ("cannot be reached" in text, "Trying again" in text, "Send again" in text) == (True, True, False)


@pytest.mark.parametrize("view", ["invoice_mail", "payment_receipt_mail", "outbox", "notice_detail"])
def test_mail_pages_keep_to_the_roles_and_locations(client, hafen, vic, ben, yuki, view):
    notice = notice_for(hafen)
    rows = {"invoice_mail": notice.invoice, "payment_receipt_mail": make_payment(notice.invoice), "outbox": None}
    row = rows.get(view, notice)
    args = [row.uuid] if row else []
    answers = [page(client, user, view, *args) for user in (vic, ben, yuki)]
    assert [answer.status_code for answer in answers] == [403, 200, 200 if view == "outbox" else 404]
    assert view != "outbox" or list(answers[2].context["rows"]) == []


def test_notice_of_another_location_is_not_sent_again(client, hafen, yuki):
    notice = notice_for(hafen, state="failed", next_try_at=None)
    assert send(client, yuki, "notice_again", notice.uuid).status_code == 404
    assert page(client, yuki, "notice_again", notice.uuid).status_code == 405


@pytest.mark.parametrize(("demo", "said"), [(True, "Practice: mails are written"), (False, "No mail server is set up")])
def test_outbox_says_when_nobody_gets_the_mails(client, hafen, ben, settings, demo, said):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.DEMO = demo
    assert said in page(client, ben, "outbox").content.decode()


def test_file_backend_writes_the_mail_where_the_outbox_says(hafen, settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    notice = notice_for(hafen)
    send_notice(notice.pk)
    [written] = (tmp_path / "mail").iterdir()
    notice.refresh_from_db()
    assert (notice.state, "lena@example.com" in written.read_text()) == ("sent", True)


@pytest.mark.parametrize(
    ("email", "state", "said"),
    [
        ("lena@example.com", "queued", "The receipt goes to lena@example.com."),
        ("lena@example.com", "sent", "Receipt mailed to lena@example.com."),
        ("lena@example.com", "failed", "Receipt not mailed to lena@example.com."),
        ("lena@example.com", None, "No receipt was mailed."),
        ("", None, "No mail address, so no receipt was mailed."),
    ],
)
def test_receipt_state_is_said_where_money_was_taken(client, hafen, ben, vic, yuki, email, state, said):
    payment = make_payment(make_issued_invoice(hafen, member=make_member(hafen, email=email)))
    if state:
        mail_receipt(by=BEN, payment=payment, to=email, token=uuid4(), now=timezone.now())
        Notice.objects.update(state=state)
    text = page(client, ben, "receipt_state", payment.uuid).content.decode()
    assert (said in text, reverse("billing:payment_receipt_mail", args=[payment.uuid]) in text) == (True, True)
    assert "receipt/mail" not in page(client, vic, "receipt_state", payment.uuid).content.decode()
    assert page(client, yuki, "receipt_state", payment.uuid).status_code == 404
