"""The page "Stripe says / we say": whose it is, what it offers, and what each button does."""

import re
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import Invoice, Payment, Refund
from flexspace.core.models import Location
from terminal.models import Comparison, Difference, LocationAccount
from terminal.services.compare import compare
from tests.factories.billing import make_issued_invoice
from tests.terminal.money_back import paid_by_card

LIST = "/stripe/differences/"
WHY = "Saturday crew"


@pytest.fixture
def page(client, mia):
    client.force_login(mia)
    return client


def foreign(desk, amount=2500, times=1, **more):
    """Let payments be taken without us, and have them found; return the newest difference."""
    desk.dashboard("take_payment", "", amount=amount, times=times, **more)
    compare(desk.config, now=timezone.now())
    return Difference.objects.first()


def press(page, button, row, **fields):
    answer = page.post(reverse(f"terminal:difference_{button}", args=[row.pk]), {"reason": WHY, **fields}, follow=True)
    row.refresh_from_db()
    return answer.content.decode()


def test_empty_page_says_when_and_what_was_compared(page, desk):
    paid_by_card(desk)
    compare(desk.config, now=timezone.now())
    text = page.get(LIST).content.decode()
    assert "Both say the same" in text
    assert "compared 23 Nov, 10:00, 1 charges and refunds" in text
    assert text.count("<strong>€145.00</strong>") == 2  # both sums of the 30 days
    assert "The same" in text


def test_newer_payments_are_not_said_to_agree_before_they_are_compared(page, desk, mia):
    paid_by_card(desk)
    compare(desk.config, now=timezone.now())
    desk.clock.shift(300)
    paid_by_card(desk)
    text = page.get(LIST).content.decode()
    assert "Both say the same" not in text
    assert "Compared until 23 Nov, 10:00; newer payments follow" in text
    assert "Newer ones not compared yet" in text
    foreign(desk, 700)
    Difference.objects.update(closed_at=timezone.now(), closed_by=mia)  # as none of ours: the sums differ from now on
    text = page.get(LIST).content.decode()
    assert ("No difference is open" in text, "The rest is the same" in text) == (True, True)


def test_what_was_closed_as_none_of_ours_is_named_and_the_rest_called_the_same(page, desk):
    paid_by_card(desk)
    row = foreign(desk, 4200)
    assert "Not the same" in page.get(LIST).content.decode()
    press(page, "close", row)
    compare(desk.config, now=timezone.now())
    text = page.get(LIST).content.decode()
    assert "€42.00 of what Stripe says was" in text
    assert ("The rest is the same" in text, "Not the same" in text) == (True, False)
    desk.dashboard("refund", desk.books()[-1]["id"], amount=1200)
    compare(desk.config, now=timezone.now())
    assert "€30.00 of what Stripe says was" in page.get(LIST).content.decode()  # what went back counts for neither
    foreign(desk, 700)  # open: it is not explained
    text = page.get(LIST).content.decode()
    assert ("explains only part" in text, "Not the same" in text) == (True, True)


def test_what_was_closed_and_attached_explains_nothing(page, desk, anna):
    row, invoice = foreign(desk), desk.invoice(2500, member=anna)
    press(page, "attach", row, invoice=invoice.number)
    text = page.get(LIST).content.decode()
    assert ("The same" in text, "none of ours</a>" in text) == (True, False)


def test_account_of_another_currency_that_was_not_compared_is_not_said_to_differ(client, ada, desk, yen_desk):
    client.force_login(ada)
    paid_by_card(desk)
    compare(desk.config, now=timezone.now())
    paid_by_card(yen_desk)
    answer = client.get(LIST)
    text = answer.content.decode()
    said = re.findall(r'days in \w+</h2><span class="badge[^>]+>([^<]+)', text)
    badges = dict(zip([book.currency for book in answer.context["books"]], said, strict=True))
    assert badges == {"EUR": "The same", "JPY": "Not compared yet"}
    assert "No difference is open" in text


def test_colours_of_the_picture_are_named_by_swatches_and_its_words_keep_their_size(page, desk):
    paid_by_card(desk)
    text = page.get(LIST).content.decode()
    [picture] = re.findall('<svg class="chart.*?</svg>', text, re.DOTALL)
    assert "viewBox" not in picture
    assert {mark.partition("%")[1] for mark in re.findall(r'text class="[^"]+" x="([^"]+)"', picture)} == {"%"}
    assert text.count("chart__swatch--ours") == 1
    assert "Light: Stripe" not in text


def test_invoice_of_just_that_amount_is_offered_and_attached_with_one_click(page, desk, anna):
    invoice, row = desk.invoice(2500, member=anna), foreign(desk, description="Locker")
    text = page.get(LIST).content.decode()
    assert f'value="{invoice.number}"' in text
    assert "Locker" in text
    assert "Not the same" in text
    assert f"€25.00 paid {invoice.number}." in press(page, "attach", row, invoice=invoice.number.lower())
    assert (Invoice.objects.get(pk=invoice.pk).open_amount, Payment.objects.get().member) == (0, anna)
    assert (row.closed_by.name, WHY in row.close_reason) == ("Mia", True)
    assert WHY in page.get(LIST, {"closed": ""}).content.decode()
    assert "The same" in page.get(LIST).content.decode()


def test_more_than_is_open_is_asked_about_before_it_becomes_a_balance(page, desk, anna):
    row, invoice = foreign(desk), desk.invoice(640, member=anna)
    asked = unescape(press(page, "attach", row, invoice=invoice.number))
    assert f"Only €6.40 is open on {invoice.number}: the other €18.60 becomes Anna Keller's balance." in asked
    assert f'value="{WHY}"' in asked
    assert "Attach, with €18.60 as balance" in asked
    [agreed] = re.findall(r'name="agreed" value="([^"]+)"', asked)
    other = desk.invoice(700, member=anna)
    for number, said in ((other.number, agreed), (invoice.number, "")):  # nobody saw just this
        assert "becomes Anna Keller" in press(page, "attach", row, invoice=number, agreed=said)
    assert Payment.objects.count() == 0
    done = unescape(press(page, "attach", row, invoice=invoice.number, agreed=agreed))
    assert f"€6.40 paid {invoice.number}; the other €18.60 is Anna Keller's balance." in done
    assert (Payment.objects.get().amount, row.closed_by.name) == (2500, "Mia")


def test_invoice_that_the_description_names_is_filled_in(page, desk, kiyosumi):
    named, fitting = desk.invoice(640), desk.invoice(2500)
    elsewhere = make_issued_invoice(kiyosumi, 2500)
    foreign(desk, description=f"for {elsewhere.number}, {named.number.lower()}")
    form = page.get(LIST).context["rows"][0][-1]
    assert (form["invoice"].value(), fitting.open_amount) == (named.number, 2500)


@pytest.mark.parametrize(
    ("button", "typed", "at", "said"),
    [
        ("attach", {"invoice": "HFN-999999"}, "invoice", "no such invoice"),
        ("attach", {"invoice": "HFN-1", "reason": " "}, "reason", "Write why"),
        ("refund", {"place": "7777"}, "place", "Choose the location"),
    ],
)
def test_what_was_typed_stays_with_what_is_wrong_beside_its_field(client, ada, desk, yen_desk, button, typed, at, said):
    client.force_login(ada)
    kai = Location.objects.create(name="Kai", code="KAI", time_zone="Europe/Berlin", currency="EUR", country="DE")
    LocationAccount.objects.create(location=kai, config=desk.config)
    foreign(desk, 700)
    row = foreign(desk)
    where = reverse(f"terminal:difference_{button}", args=[row.pk])
    answer = client.post(f"{where}?at=x", {"reason": WHY, **typed})
    assert answer.status_code == 422
    form = next(one[-1] for one in answer.context["rows"] if one[0] == row)
    assert [name for _pk, name in form.fields["place"].widget.choices] == ["Hafenplatz", "Kai"]  # of that account only
    assert (list(form.errors), said in form.errors[at][0]) == ([at], True)
    assert {name: form[name].value() for name in typed} == typed
    text = answer.content.decode()
    assert f'id="difference-{row.pk}-{at}_error"' in text
    assert [f'id="difference-{row.pk}-{at}"' in tag for tag in re.findall("<[^>]* autofocus[^>]*>", text)] == [True]
    assert client.get(f"{where}?at=x").url == f"{LIST}?at=x"  # whoever reloads is led to the list


def test_what_went_back_a_moment_ago_is_not_attached(page, desk):
    row, invoice = foreign(desk), desk.invoice(2500)
    desk.dashboard("refund", desk.books()[-1]["id"])
    assert "dealt with already" in press(page, "attach", row, invoice=invoice.number)
    assert (Payment.objects.count(), row.close_reason) == (0, "It no longer differs.")


def test_refund_read_again_and_close(page, desk):
    desk.location.refund_limit_manager = 100_000
    desk.location.save()
    back, again, kept = foreign(desk), foreign(desk, 700), foreign(desk, 800)
    assert "€25.00 is on its way back" in press(page, "refund", back)
    assert (Refund.objects.get().amount, back.closed_at is not None) == (2500, True)
    assert "still differs" in press(page, "again", again)
    assert "Write why" in press(page, "close", kept, reason=" ")
    assert "Closed." in press(page, "close", kept)
    assert (kept.close_reason, kept.closed_by.name, again.closed_at) == (WHY, "Mia", None)


def test_button_that_gives_back_says_how_much_that_is(page, desk):
    foreign(desk)
    assert "Give €25.00 back" in page.get(LIST).content.decode()
    desk.dashboard("refund", desk.books()[-1]["id"], amount=700)
    compare(desk.config, now=timezone.now())
    assert "Give €18.00 back" in page.get(LIST).content.decode()


def test_silent_stripe_changes_nothing(page, desk):
    row, invoice = foreign(desk), desk.invoice(2500)
    desk.fault("unavailable", "GET /v1/charges", times=6)
    for button in ("attach", "again"):
        text = press(page, button, row, invoice=invoice.number)
        assert ("Nothing was changed" in text, f'value="{WHY}"' in text) == (True, True)
    assert (Payment.objects.count(), row.closed_at) == (0, None)


def test_invoice_of_another_place_or_none_is_no_invoice(page, desk, kiyosumi):
    row = foreign(desk)
    for number in ("", "HFN-999999", make_issued_invoice(kiyosumi, 2500).number):
        assert "no such invoice" in press(page, "attach", row, invoice=number)
    assert Payment.objects.count() == 0


def test_front_desk_and_managers_of_other_places_see_nothing(client, desk, ben, yuki):
    row = foreign(desk)
    for person in (ben, yuki):
        client.force_login(person)
        assert client.get(LIST).status_code == 403
    yuki.role = "manager"
    yuki.save()
    LocationAccount.objects.filter(location=yuki.locations.get()).delete()
    assert "€25.00" not in client.get(LIST).content.decode()
    assert client.post(reverse("terminal:difference_close", args=[row.pk]), {"reason": "x"}).status_code == 404


def test_compare_now_looks_at_30_days_of_the_accounts_at_hand(page, desk, monkeypatch):
    asked = []
    monkeypatch.setattr("terminal.views.differences.enqueue", lambda *call: asked.append(call[1:]))
    page.post(reverse("terminal:difference_compare"))
    assert asked == [(desk.config.pk, 1)]


def test_list_costs_the_same_with_many(page, desk, django_assert_max_num_queries):
    def queries():
        with django_assert_max_num_queries(60) as seen:
            page.get(LIST)
        return len(seen)

    foreign(desk)
    desk.invoice(2500)
    few = queries()
    foreign(desk, times=5)
    assert (queries(), Comparison.objects.count()) == (few, 1)
