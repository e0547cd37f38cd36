"""Pages of invoices, drafts and what people owe."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import Invoice
from billing.services.invoicing import NewLine
from flexspace.core.money import Money
from tests.factories.billing import make_draft, make_issued_invoice, make_payment, make_tax_rate
from tests.factories.members import make_company, make_member

pytestmark = pytest.mark.django_db


def page(client, user, view, /, *args, query="", **headers):
    client.force_login(user)
    return client.get(reverse(view, args=args) + query, **headers)


def send(client, user, view, /, *args, query="", **data):
    client.force_login(user)
    return client.post(reverse(view, args=args) + query, data)


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("tab", "expected"),
    [("open", 4), ("overdue", 5), ("all", 4), ("paid", 4), ("draft", 4), ("void", 4)],
)
def test_invoice_list_takes_the_same_queries_at_one_and_three_rows(
    client, hafen, ben, tab, expected, count, django_assert_num_queries
):
    for _ in range(count):
        make_issued_invoice(hafen, now=timezone.now() - timedelta(days=60))
        make_payment(make_issued_invoice(hafen))
        make_draft(hafen)
    client.force_login(ben)
    with django_assert_num_queries(expected):  # session, user, locations, (zones,) rows
        answer = client.get(reverse("billing:invoice_list") + f"?tab={tab}")
    found = {"open": count, "overdue": count, "all": 3 * count, "paid": count, "draft": count, "void": 0}
    assert len(answer.context["rows"]) == found[tab]


@pytest.mark.parametrize("count", [1, 3])
def test_owed_takes_the_same_queries_at_one_and_three_rows(client, hafen, ben, count, django_assert_num_queries):
    people = [make_issued_invoice(hafen).payer for _ in range(count)]
    company = make_issued_invoice(hafen, 5000, company=make_company(hafen)).payer
    query = "?" + "&".join(f"member={person.uuid}" for person in people) + f"&company={company.uuid}"
    client.force_login(ben)
    with django_assert_num_queries(6):  # session, user, locations, members, companies, debts
        text = client.get(reverse("billing:owed") + query).content.decode()
    assert (text.count("€145.00"), text.count("€50.00")) == (count, 1)


def test_owed_says_nothing_about_other_locations(client, hafen, yuki):
    person = make_issued_invoice(hafen).payer
    text = page(client, yuki, "billing:owed", query=f"?member={person.uuid}&member=nonsense").content.decode()
    assert text.strip() == ""


def test_owed_shows_how_late_the_oldest_is(client, hafen, ben):
    member = make_member(hafen)
    for days in (0, 17):
        make_issued_invoice(hafen, member=member, now=timezone.now() - timedelta(days=days))
    text = page(client, ben, "billing:owed", query=f"?member={member.uuid}").content.decode()
    assert ("€290.00" in text, "3 days late" in text) == (True, True)


def test_invoice_list_searches_by_number(client, hafen, ben):
    for _ in range(3):
        make_issued_invoice(hafen)
    for typed in ("2", "000002", "hfn-000002"):
        rows = page(client, ben, "billing:invoice_list", query=f"?q={typed}").context["rows"]
        assert [invoice.number for invoice, _badge in rows] == ["HFN-000002"]
    assert page(client, ben, "billing:invoice_list", query="?q=nothing").context["rows"] == []


def test_invoice_list_searches_by_name(client, hafen, kiyosumi, ben):
    anna, ltd = make_member(hafen, name="Anna Berg"), make_company(hafen, name="Berg Ltd")
    rows = [make_issued_invoice(hafen, member=anna), make_issued_invoice(hafen, company=ltd)]
    make_issued_invoice(hafen)
    make_issued_invoice(kiyosumi, member=make_member(kiyosumi, name="Haruto Berg"))
    client.force_login(ben)
    answer = client.get(reverse("billing:invoice_list"), {"q": "berg"})
    assert [invoice for invoice, _badge in answer.context["rows"]] == rows[::-1]
    assert client.get(reverse("billing:invoice_list"), {"q": "anna\x00"}).context["rows"][0][0] == rows[0]
    assert "No invoice for" in client.get(reverse("billing:invoice_list"), {"q": "nobody"}).content.decode()


def test_invoice_list_pages_without_counting(client, hafen, ben):
    member = make_member(hafen)
    for _ in range(51):
        make_issued_invoice(hafen, 100, member=member)
    first = page(client, ben, "billing:invoice_list", query="?tab=all")
    assert [row.number for row, _badge in first.context["rows"]][::49] == ["HFN-000051", "HFN-000002"]
    second = page(client, ben, "billing:invoice_list", query=f"?tab=all&at={first.context['page'].older}")
    assert [row.number for row, _badge in second.context["rows"]] == ["HFN-000001"]


GETS = ["invoice_detail", "draft_edit", "invoice_void"]


@pytest.mark.parametrize("view", GETS)
def test_invoice_of_another_location_is_not_there(client, hafen, mia, yuki, view):
    yuki.role = "manager"
    yuki.save()
    invoice = make_issued_invoice(hafen)
    assert page(client, yuki, f"billing:{view}", invoice.uuid).status_code == 404
    assert page(client, mia, f"billing:{view}", invoice.uuid).status_code == 200


def test_other_pages_of_another_location_are_not_there(client, hafen, yuki):
    invoice = make_issued_invoice(hafen)
    payment = make_payment(invoice, 100)
    urls = [
        reverse("billing:payment_detail", args=[payment.uuid]),
        reverse("billing:payment_record") + f"?invoice={invoice.uuid}",
        reverse("billing:payer_invoices", args=["member", invoice.payer.uuid]),
    ]
    client.force_login(yuki)
    assert [client.get(url).status_code for url in urls] == [404, 404, 404]


@pytest.mark.parametrize(
    ("view", "allowed"),
    [("payer_choose", [403, 403, 200]), ("invoice_void", [403, 403, 200]), ("payment_record", [403, 200, 200])],
)
def test_pages_keep_to_the_roles(client, hafen, vic, ben, mia, view, allowed):
    invoice = make_issued_invoice(hafen)
    args = [invoice.uuid] if view == "invoice_void" else []
    answers = [
        page(client, user, f"billing:{view}", *args, query=f"?invoice={invoice.uuid}") for user in (vic, ben, mia)
    ]
    assert [answer.status_code for answer in answers] == allowed


def test_invoice_detail_offers_to_charge_what_is_open(client, hafen, ben, vic):
    invoice = make_issued_invoice(hafen)
    link = f"{reverse('terminal:take_payment')}?invoice={invoice.uuid}"
    assert link in page(client, ben, "billing:invoice_detail", invoice.uuid).content.decode()
    assert link not in page(client, vic, "billing:invoice_detail", invoice.uuid).content.decode()
    make_payment(invoice)
    assert link not in page(client, ben, "billing:invoice_detail", invoice.uuid).content.decode()


def test_invoice_detail_shows_tax_payments_and_timeline(client, hafen, ben):
    rate = make_tax_rate(hafen)
    invoice = make_issued_invoice(hafen, lines=[NewLine("Fixed desk", Money(18000, "EUR"), 1, rate)])
    make_payment(invoice, 6000)
    text = page(client, ben, "billing:invoice_detail", invoice.uuid).content.decode()
    for said in ("VAT 19 % on €151.26", "€28.74", "€60.00 of €180.00", "Invoice HFN-000001 for €180.00 issued"):
        assert said in text
    assert "€60.00 received for HFN-000001: card on reader" in text


def test_invoice_detail_answers_htmx_with_its_body_only(client, hafen, ben):
    invoice = make_issued_invoice(hafen)
    text = page(client, ben, "billing:invoice_detail", invoice.uuid, headers={"hx-request": "true"}).content.decode()
    panel = reverse("terminal:invoice_panel", args=[invoice.uuid])
    assert ("Invoice HFN-000001" in text, "<html" in text, panel in text) == (True, False, False)


def test_payer_invoices_are_all_ticked_oldest_first(client, hafen, ben):
    member = make_member(hafen)
    newer = make_issued_invoice(hafen, 2500, member=member, now=timezone.now())
    older = make_issued_invoice(hafen, 12000, member=member, now=timezone.now() - timedelta(days=40))
    answer = page(client, ben, "billing:payer_invoices", "member", member.uuid)
    [group] = answer.context["groups"]
    assert [invoice for invoice, _badge in group["rows"]] == [older, newer]
    assert (group["total"], answer.content.decode().count(" checked ")) == (Money(14500, "EUR"), 2)
    assert 'data-amount="12000"' in answer.content.decode()


def test_payer_invoices_of_a_company(client, hafen, ben):
    invoice = make_issued_invoice(hafen, company=make_company(hafen))
    answer = page(client, ben, "billing:payer_invoices", "company", invoice.payer.uuid)
    assert answer.context["groups"][0]["total"] == Money(14500, "EUR")


def test_payer_invoices_of_who_owes_nothing(client, hafen, ben):
    member = make_member(hafen)
    assert "owes nothing" in page(client, ben, "billing:payer_invoices", "member", member.uuid).content.decode()


def test_draft_is_made_edited_and_issued(client, hafen, mia):
    member, rate = make_member(hafen), make_tax_rate(hafen)
    line = {"description": "Fixed desk", "quantity": "1", "unit": "180.00", "tax_rate": rate.pk}
    send(client, mia, "billing:draft_new", "member", member.uuid, **line)
    draft = Invoice.objects.get()
    send(client, mia, "billing:draft_edit", draft.uuid, **line | {"description": "Locker", "unit": "10"})
    send(client, mia, "billing:line_remove", draft.uuid, 1)
    draft.refresh_from_db()
    assert (draft.total, [row.description for row in draft.lines.all()]) == (Money(1000, "EUR"), ["Locker"])
    send(client, mia, "billing:invoice_issue", draft.uuid)
    draft.refresh_from_db()
    assert (draft.number, draft.buyer_name) == ("HFN-000001", "Lena Fischer")


@pytest.mark.parametrize("change", [{"unit": "1.234"}, {"unit": "x"}, {"quantity": "0"}, {"description": ""}])
def test_draft_line_that_cannot_be_is_refused(client, hafen, mia, change):
    member = make_member(hafen)
    line = {"description": "Fixed desk", "quantity": "1", "unit": "180.00", "tax_rate": ""}
    answer = send(client, mia, "billing:draft_new", "member", member.uuid, **line | change)
    assert (answer.status_code, Invoice.objects.count()) == (200, 0)
    assert list(answer.context["form"].errors) == list(change)


def test_draft_of_an_issued_invoice_says_why_it_does_not_change(client, hafen, mia):
    invoice = make_issued_invoice(hafen)
    line = {"description": "Locker", "quantity": "1", "unit": "10", "tax_rate": ""}
    answer = send(client, mia, "billing:draft_edit", invoice.uuid, **line)
    assert "no draft any more" in answer.content.decode()


def test_void_asks_for_the_reason(client, hafen, mia):
    invoice = make_issued_invoice(hafen)
    assert send(client, mia, "billing:invoice_void", invoice.uuid, reason="").status_code == 200
    send(client, mia, "billing:invoice_void", invoice.uuid, reason="Wrong person")
    invoice.refresh_from_db()
    assert (invoice.state, invoice.void_reason) == ("void", "Wrong person")


def test_void_of_a_paid_invoice_says_why_not(client, hafen, mia):
    invoice = make_issued_invoice(hafen)
    make_payment(invoice, 100)
    answer = send(client, mia, "billing:invoice_void", invoice.uuid, reason="Wrong person")
    assert "cannot be voided" in answer.content.decode()


@pytest.mark.parametrize("view", ["invoice_issue", "line_remove"])
def test_changes_are_posts(client, hafen, mia, view):
    draft = make_draft(hafen)
    args = [draft.uuid, 1] if view == "line_remove" else [draft.uuid]
    assert page(client, mia, f"billing:{view}", *args).status_code == 405


def test_raw_pages_show_money_and_change_nothing(client, hafen, ada):
    ada.is_staff = ada.is_superuser = True
    ada.save()
    payment = make_payment(make_issued_invoice(hafen))
    client.force_login(ada)
    for label, row in (("payment", payment), ("invoice", payment.allocations.get().invoice)):
        url = reverse(f"admin:billing_{label}_change", args=[row.pk])
        assert (client.get(url).status_code, client.post(url, {}).status_code) == (200, 403)
        assert client.get(reverse(f"admin:billing_{label}_delete", args=[row.pk])).status_code == 403
        assert client.get(reverse(f"admin:billing_{label}_add")).status_code == 403
        assert client.get(reverse(f"admin:billing_{label}_changelist")).status_code == 200
