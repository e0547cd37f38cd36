"""The counter's page: finding, the cart, other days, parking."""

import pytest
from django.urls import reverse

from billing.models import Invoice, Sale
from members.enums import DayPart
from members.models import Member
from members.queries.passes import seats_on
from tests.desk.counter import fields, open_person, pick, sell, text
from tests.factories.billing import make_issued_invoice
from tests.factories.members import make_company, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("morning")]


def test_the_counter_has_one_search(till, hafen):
    for page in (till.get(reverse("desk:sell")), open_person(till, make_member(hafen))):
        assert page.content.decode().count('type="search"') == 1


def test_somebody_found_shows_debt_passes_and_presence(till, hafen):
    lena = make_member(hafen)
    make_issued_invoice(hafen, 12000, member=lena)
    answer = till.get(reverse("desk:found"), {"q": "lena"})
    assert "Owes €120.00" in text(answer)
    assert "New drop-in" in text(till.get(reverse("desk:found"), {"q": "nobody"}))


def test_enter_opens_the_first_hit(till, hafen):
    lena = make_member(hafen)
    answer = till.get(reverse("desk:sell"), {"q": "lena"})
    assert answer.url == f"/desk/?member={lena.uuid}"


@pytest.mark.parametrize(
    ("typed", "field"), [("nina@example.com", "email"), ("Nina Roth", "name"), ("+49 151 2345 6799", "phone")]
)
def test_enter_on_nobody_starts_a_drop_in_with_what_was_typed(till, typed, field):
    form = till.get(reverse("desk:sell"), {"q": typed}).context["form"]
    assert form.initial == {field: typed}


def test_a_drop_in_is_made_once_and_opened(till, hafen):
    form = till.get(reverse("desk:sell"), {"new": "Nina Roth"}).context["form"]
    data = {"name": "Nina Roth", "email": "nina@example.com", "token": form["token"].value()}
    first, again = (till.post(reverse("desk:drop_in"), data) for _ in range(2))
    nina = Member.objects.get(name="Nina Roth")
    assert (first.url, again.url) == (f"/desk/?member={nina.uuid}",) * 2


def test_an_address_that_somebody_has_offers_that_person_and_keeps_what_was_typed(till, hafen):
    lena = make_member(hafen, email="family@example.com")
    form = till.get(reverse("desk:sell"), {"new": "Tom"}).context["form"]
    data = {"name": "Tom Fischer", "email": "family@example.com", "token": form["token"].value()}
    answer = till.post(reverse("desk:drop_in"), data)
    assert (answer.status_code, Member.objects.count()) == (422, 1)
    assert "Lena Fischer has this address already." in text(answer)
    assert f"/desk/?member={lena.uuid}" in text(answer)
    assert 'value="Tom Fischer"' in text(answer)
    till.post(reverse("desk:drop_in"), {**data, "same_email": "on"})
    assert Member.objects.count() == 2


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"name": ""}, "Enter a name."),
        ({"email": "nina@"}, "Enter an e-mail address like name@example.com."),
        ({"name": "4242 4242 4242 4242"}, "Card numbers may not be stored."),
    ],
)
def test_bad_input_is_a_sentence_and_nothing_is_lost(till, facts, said):
    form = till.get(reverse("desk:sell"), {"new": "Nina"}).context["form"]
    data = {"name": "Nina", "email": "n@example.com", "token": form["token"].value(), **facts}
    answer = till.post(reverse("desk:drop_in"), data)
    assert (answer.status_code, said in text(answer), Member.objects.count()) == (422, True, 0)


def test_the_shelf_shows_price_key_and_seats(till, hafen, shelf):
    hafen.day_pass_capacity = 30
    hafen.save()
    page = text(open_person(till, make_member(hafen)))
    assert "€25.00" in page
    assert "30 of 30 left" in page
    assert 'data-key="d"' in page


def test_a_full_house_offers_the_next_free_day(till, hafen, shelf):
    hafen.day_pass_capacity = 1
    hafen.save()
    sell(till, make_member(hafen), shelf["D"])
    page = open_person(till, make_member(hafen))
    [offer] = [one for one in page.context["shelf"] if one.key == "D"]
    assert (offer.full, str(offer.next_free)) == (True, "2026-11-27")
    assert "Next free: <strong>Fri 27 Nov</strong>" in text(page)


def test_the_first_product_opens_a_sale_and_a_reload_shows_the_same(till, hafen, shelf):
    lena = make_member(hafen)
    answer = sell(till, lena, shelf["D"])
    sale = Sale.objects.get()
    assert answer.redirect_chain == [(f"/desk/{sale.uuid}/", 302)]
    again = till.get(f"/desk/{sale.uuid}/")
    assert "Day pass, Thu 26 Nov" in text(again)
    assert again.context["total"].amount == 2500


def test_the_same_form_twice_puts_one_product_in(till, hafen, shelf):
    lena = make_member(hafen)
    data = fields(open_person(till, lena), pick=pick(shelf["D"]))
    url = reverse("desk:add_first", args=["member", lena.uuid])
    answers = [till.post(url, data).url for _ in range(2)]
    assert (answers[0], Sale.objects.count(), Invoice.objects.count()) == (answers[1], 1, 1)
    sale = Sale.objects.get()
    more = fields(till.get(f"/desk/{sale.uuid}/"), pick=pick(shelf["P"], day=""))
    for _ in range(2):
        till.post(reverse("desk:add", args=[sale.uuid]), more)
    assert Sale.objects.get().invoice.lines.count() == 2


def test_what_they_owe_is_ticked_and_stays_as_staff_left_it(till, hafen, shelf):
    lena = make_member(hafen)
    may, june = (make_issued_invoice(hafen, amount, member=lena) for amount in (12000, 5000))
    page = open_person(till, lena)
    assert page.context["total"].amount == 17000
    data = fields(page, pick=pick(shelf["D"]), invoice=[str(may.uuid)])
    till.post(reverse("desk:add_first", args=["member", lena.uuid]), data)
    sale = Sale.objects.get()
    assert (list(sale.also.all()), till.get(f"/desk/{sale.uuid}/").context["total"].amount) == ([may], 14500)
    till.post(reverse("desk:choose", args=[sale.uuid]), {"invoice": [str(june.uuid)]})
    again = till.get(f"/desk/{sale.uuid}/")
    assert (list(sale.also.all()), again.context["total"].amount, Sale.objects.get().check_in) == ([june], 7500, False)


def test_what_a_saved_card_pays_by_itself_is_not_ticked(till, hafen):
    lena = make_member(hafen)
    invoice = make_issued_invoice(hafen, 12000, member=lena)
    Invoice.objects.filter(pk=invoice.pk).update(auto_collect=True)
    assert [one.ticked for one in open_person(till, lena).context["owed"]] == [False]


def test_a_pass_moves_to_another_day(till, hafen, shelf):
    page = sell(till, make_member(hafen), shelf["D"])
    sale = Sale.objects.get()
    line = sale.invoice.lines.get()
    url = reverse("desk:move", args=[sale.uuid, line.pk])
    till.post(url, fields(page, **{f"day-{line.pk}": "2026-12-02"}))
    line.refresh_from_db()
    assert (line.description, str(line.on_date)) == ("Day pass, Wed 2 Dec", "2026-12-02")


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2026-11-25", "That day is over. Choose today or a later one."),
        ("", "Day pass is for one day. Choose it."),
        ("soon", "Choose a day from today on."),
    ],
)
def test_a_day_that_cannot_be_is_said_and_the_pass_stays(till, hafen, shelf, day, said):
    page = sell(till, make_member(hafen), shelf["D"])
    sale = Sale.objects.get()
    line = sale.invoice.lines.get()
    answer = till.post(
        reverse("desk:move", args=[sale.uuid, line.pk]), fields(page, **{f"day-{line.pk}": day}), follow=True
    )
    line.refresh_from_db()
    assert (said in text(answer), str(line.on_date)) == (True, "2026-11-26")


def test_a_pack_can_be_for_no_certain_day(till, hafen, shelf):
    page = sell(till, make_member(hafen), shelf["T"])
    sale = Sale.objects.get()
    line = sale.invoice.lines.get()
    till.post(reverse("desk:move", args=[sale.uuid, line.pk]), fields(page, **{f"day-{line.pk}": ""}))
    line.refresh_from_db()
    assert (line.on_date, line.description) == (None, "Ten days")
    assert seats_on(hafen, hafen.today(page.context["now"]), now=page.context["now"]).taken(DayPart.FULL) == 0


def test_a_line_is_removed(till, hafen, shelf):
    page = sell(till, make_member(hafen), shelf["D"])
    sale = Sale.objects.get()
    line = sale.invoice.lines.get()
    answer = till.post(reverse("desk:remove", args=[sale.uuid, line.pk]), fields(page), follow=True)
    assert "owes nothing here. Choose what to sell." in text(answer)


@pytest.mark.parametrize(
    "bad", ["", "x", "999999|2026-11-26|full", "1|2026-13-99|full", "1|2026-11-26|night", "1\x00||full"]
)
def test_what_is_not_on_the_shelf_is_a_sentence(till, hafen, shelf, bad):
    lena = make_member(hafen)
    data = fields(open_person(till, lena), pick=bad)
    answer = till.post(reverse("desk:add_first", args=["member", lena.uuid]), data, follow=True)
    assert ("That could not be added." in text(answer), Sale.objects.count()) == (True, 0)


def test_another_locations_product_is_not_on_the_shelf(till, hafen, kiyosumi):
    from tests.factories.passes import make_product  # noqa: PLC0415

    lena = make_member(hafen)
    data = fields(open_person(till, lena), pick=pick(make_product(kiyosumi)))
    till.post(reverse("desk:add_first", args=["member", lena.uuid]), data)
    assert Sale.objects.count() == 0


def test_a_parked_sale_waits_beside_the_next_person_and_is_resumed(till, hafen, shelf):
    lena = make_member(hafen)
    page = sell(till, lena, shelf["D"])
    sale = Sale.objects.get()
    answer = till.post(reverse("desk:park", args=[sale.uuid]), fields(page), follow=True)
    assert answer.redirect_chain == [("/desk/", 302)]
    [waiting] = answer.context["day"].parked
    assert (waiting.sale, waiting.total.amount, waiting.what, waiting.seat_gone) == (
        sale, 2500, "Day pass, Thu 26 Nov", False,
    )  # fmt: skip
    assert "Parked 09:02" in text(answer)
    back = till.post(reverse("desk:resume", args=[sale.uuid]), follow=True)
    assert (back.context["sale"], back.context["day"].parked, Sale.objects.get().parked_at) == (sale, [], None)


def test_a_parked_sale_whose_seat_is_gone_says_so(till, hafen, shelf, morning):
    hafen.day_pass_capacity = 1
    hafen.save()
    page = sell(till, make_member(hafen), shelf["D"])
    sale = Sale.objects.get()
    till.post(reverse("desk:park", args=[sale.uuid]), fields(page))
    morning.shift(3601)
    [waiting] = till.get(reverse("desk:sell")).context["day"].parked
    assert waiting.seat_gone
    sell(till, make_member(hafen), shelf["D"])
    answer = till.post(reverse("desk:resume", args=[sale.uuid]), follow=True)
    assert "Thu 26 Nov is full: 1 of 1 day passes are taken." in text(answer)
    assert answer.context["stage"] == "open"


def test_a_dropped_sale_frees_its_seat(till, hafen, shelf):
    sell(till, make_member(hafen), shelf["D"])
    sale = Sale.objects.get()
    answer = till.post(reverse("desk:drop", args=[sale.uuid]), follow=True)
    assert "The sale was dropped." in text(answer)
    assert "This sale was dropped" in text(till.get(f"/desk/{sale.uuid}/"))


def test_a_company_buys_for_one_of_its_people(till, hafen, shelf):
    company = make_company(hafen)
    amara = make_member(hafen, name="Amara Osei", company=company)
    page = till.get(reverse("desk:sell"), {"company": str(company.uuid)})
    assert "Amara Osei" in text(page)
    data = fields(page, pick=pick(shelf["D"]), for_member=str(amara.uuid))
    answer = till.post(reverse("desk:add_first", args=["company", company.uuid]), data, follow=True)
    line = Sale.objects.get().invoice.lines.get()
    assert (line.for_member, line.description) == (amara, "Day pass for Amara Osei, Thu 26 Nov")
    assert answer.context["checks_in"]


def test_others_locations_people_and_sales_are_not_there(client, till, yuki, hafen, shelf):
    lena = make_member(hafen)
    sell(till, lena, shelf["D"])
    sale = Sale.objects.get()
    client.force_login(yuki)
    urls = [f"/desk/?member={lena.uuid}", f"/desk/{sale.uuid}/", f"/desk/{sale.uuid}/live/"]
    assert [client.get(url).status_code for url in urls] == [404, 404, 404]
    acts = [reverse(f"desk:{name}", args=[sale.uuid]) for name in ("add", "choose", "park", "drop", "charge", "cash")]
    assert {client.post(url).status_code for url in acts} == {404}


def test_who_may_only_look_does_not_sell(client, vic, hafen):
    client.force_login(vic)
    assert client.get("/desk/").status_code == 403


def test_somebody_without_a_location_is_told(client, ben, hafen):
    ben.locations.clear()
    client.force_login(ben)
    assert "You have no location yet" in text(client.get("/desk/"))


@pytest.mark.parametrize("nobody", ["x", "00000000-0000-0000-0000-000000000000", "\x00"])
def test_nobody_by_that_id_is_not_found(till, nobody):
    assert till.get("/desk/", {"member": nobody}).status_code == 404


def test_who_works_at_two_places_chooses_the_counter_and_it_is_remembered(client, ben, hafen, kiyosumi):
    ben.locations.add(kiyosumi)
    client.force_login(ben)
    assert client.get("/desk/", {"at": "KYS"}).context["place"] == kiyosumi
    assert client.get("/desk/").context["place"] == kiyosumi


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_takes_constant_queries(till, hafen, shelf, count, django_assert_max_num_queries):
    lena = make_member(hafen)
    for _ in range(count):
        make_issued_invoice(hafen, member=lena)
        sell(till, make_member(hafen), shelf["D"])
    with django_assert_max_num_queries(34):
        open_person(till, lena)
