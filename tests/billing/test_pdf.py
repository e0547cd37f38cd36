"""Invoices on paper: what is printed is what is stored, in every script and currency, always the same bytes."""

from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from billing.pdf import invoice_pdf
from billing.pdf.facts import InvoicePaper, PaidRow, PaperLine, Party, RateRow
from billing.pdf.sheet import MISSING
from billing.tax import Item, rate_totals, tax_lines
from flexspace.core.money import Money, step

SELLER = Party("Hafenplatz Coworking GmbH", ("Hafenplatz 4", "10963 Berlin"), "DE812345678")
BUYER = Party("Nordlicht Studio GmbH", ("Torstraße 140", "10119 Berlin"), "DE898765432")
RATES = {"VAT 19 %": 1900, "VAT 7 %": 700, "": 0}


def paper(*priced, currency="EUR", included=True, **facts) -> InvoicePaper:
    """Return an issued invoice of (price, quantity, tax name) triples; one desk at €145.00 when there are none."""
    priced = priced or ((14500, 1, "VAT 19 %"),)
    items = [Item(unit * quantity, tax, RATES[tax]) for unit, quantity, tax in priced]
    taxed = tax_lines(items, included=included, step=step(currency))
    lines = tuple(
        PaperLine("Fixed desk", quantity, Money(unit, currency), tax, Money(t.net, currency), Money(t.gross, currency))
        for (unit, quantity, tax), t in zip(priced, taxed, strict=True)
    )
    rates = tuple(
        RateRow(rate.tax_name, Money(rate.net, currency), Money(rate.tax, currency))
        for rate in rate_totals(items, taxed)
    )
    total = Money(sum(t.gross for t in taxed), currency)
    standard = {
        "number": "HFN-000123",
        "seller": SELLER,
        "buyer": BUYER,
        "net": Money(sum(t.net for t in taxed), currency),
        "tax": Money(sum(t.tax for t in taxed), currency),
        "open": total,
        "written_at": datetime(2026, 11, 23, 9, tzinfo=UTC),
        "issue_date": date(2026, 11, 23),
        "due_date": date(2026, 12, 7),
    }
    return InvoicePaper(lines=lines, rates=rates, total=total, tax_included=included, **standard | facts)


def pages(data: bytes) -> list[list[str]]:
    """Return every page's texts one by one, in the order in which they were written."""
    found = []
    for page in PdfReader(BytesIO(data)).pages:
        texts: list[str] = []
        page.extract_text(visitor_text=lambda text, *_where, into=texts: into.append(text.strip()))
        found.append([text for text in texts if text])
    return found


def words_of(given: InvoicePaper) -> list[str]:
    return [text for page in pages(invoice_pdf(given)) for text in page]


def after(words: list[str], row: list[str]) -> bool:
    """Return whether ``row`` stands in ``words``, one after the other."""
    return any(words[at : at + len(row)] == row for at in range(len(words)))


def text_of(given: InvoicePaper) -> str:
    return "\n".join(words_of(given))


def test_invoice_prints_who_sells_to_whom_and_when():
    text = text_of(paper(supply=(date(2026, 12, 1), date(2026, 12, 31)), note="Order 77", terms="Please pay."))
    for said in (
        "Hafenplatz Coworking GmbH",
        "Tax id DE812345678",
        "Nordlicht Studio GmbH",
        "Torstraße 140",
        "Tax id DE898765432",
        "Invoice HFN-000123",
        "23 Nov 2026",
        "1 – 31 Dec 2026",
        "7 Dec 2026",
        "Order 77",
        "Please pay.",
        "Page 1 of 1",
    ):
        assert said in text


@pytest.mark.parametrize(("included", "said"), [(True, "Price incl. tax"), (False, "Price excl. tax")])
def test_invoice_says_whether_the_price_holds_the_tax(included, said):
    text = text_of(paper((10000, 2, "VAT 19 %"), included=included))
    net, gross = ("€168.07", "€200.00") if included else ("€200.00", "€238.00")
    assert (said in text, net in text, gross in text) == (True, True, True)


def test_invoice_prints_net_tax_and_gross_of_every_rate():
    words = words_of(paper((10700, 1, "VAT 7 %"), (11900, 1, "VAT 19 %"), (500, 1, "")))
    for row in (
        ["VAT 19 %", "€100.00", "€19.00", "€119.00"],
        ["VAT 7 %", "€100.00", "€7.00", "€107.00"],
        ["No tax", "€5.00", "€0.00", "€5.00"],
    ):
        assert after(words, row), row


@settings(max_examples=25, deadline=None)
@given(data=st.data(), currency=st.sampled_from(["EUR", "JPY", "BHD"]), included=st.booleans())
def test_printed_amounts_are_the_stored_ones_and_add_up(data, currency, included):
    price = st.integers(1, 50_000).map(lambda amount: amount * step(currency))
    line = st.tuples(price, st.integers(1, 9), st.sampled_from(sorted(RATES)))
    made = paper(*data.draw(st.lists(line, min_size=1, max_size=8)), currency=currency, included=included)
    words = words_of(made)
    for line in made.lines:
        printed = [str(line.quantity), str(line.unit), line.tax_name or "none", str(line.net), str(line.gross)]
        assert after(words, printed)
    for rate in made.rates:
        assert after(words, [rate.name or "No tax", str(rate.net), str(rate.tax), str(rate.gross)])
    assert after(words, ["Net", str(made.net), "Tax", str(made.tax), "Total", str(made.total)])
    assert Money.sum([rate.gross for rate in made.rates], currency) == made.total
    assert Money.sum([line.gross for line in made.lines], currency) == made.total


@pytest.mark.parametrize(
    ("currency", "amount", "said"), [("JPY", 16500, "¥16,500"), ("EUR", 16500, "€165.00"), ("BHD", 16500, "BHD 16.500")]
)
def test_invoice_writes_the_decimals_of_its_currency(currency, amount, said):
    assert said in text_of(paper((amount, 1, ""), currency=currency)).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("paid", "left", "said"),
    [
        ((), 14500, None),
        ((6000,), 8500, "Still open"),
        ((6000, 8500), 0, "Paid in full"),
        ((14500, 500), 0, "Paid beyond the total"),
    ],
)
def test_invoice_says_what_was_paid_and_what_is_open(paid, left, said):
    rows = tuple(PaidRow(date(2026, 11, 24), "Visa •••• 4242", Money(part, "EUR")) for part in paid)
    words = words_of(paper(paid=rows, open=Money(left, "EUR")))
    found = {word for word in words if word in ("Still open", "Paid in full", "Paid beyond the total")}
    assert found == ({said} if said else set())
    assert [f"−€{part / 100:.2f}" in words for part in paid] == [True] * len(paid)


def test_draft_says_on_every_page_that_it_is_no_invoice():
    made = paper(*[(100, 1, "")] * 60, number="", issue_date=None, due_date=None)
    assert ["Draft – not an invoice" in text for text in pages(invoice_pdf(made))] == [True] * 3
    assert "Draft – not an invoice" not in text_of(paper())


def test_void_invoice_says_so_and_why():
    words = words_of(paper(void_reason="Booked for the wrong person", open=Money(0, "EUR")))
    assert ("Void" in words, "Void: Booked for the wrong person" in words) == (True, True)


def test_long_invoice_repeats_its_head_and_counts_its_pages():
    found = pages(invoice_pdf(paper(*[(100, 1, "VAT 19 %")] * 200)))
    assert [f"Page {number} of 8" in text for number, text in enumerate(found, 1)] == [True] * 8
    assert ["Quantity" in text for text in found] == [text.count("Fixed desk") > 0 for text in found]
    assert sum(text.count("Fixed desk") for text in found) == 200
    assert "Invoice HFN-000123 · Nordlicht Studio GmbH" in found[1]


@pytest.mark.parametrize(
    "name", ["株式会社髙橋デザイン 山崎﨑子", "Łódź Žižkov Søren Ağaoğlu", "Ωνάσης Αθήνα", "Зоряна Ґудзь", "Nguyễn Đức"]
)
def test_names_of_many_scripts_are_printed_whole(name):
    text = text_of(paper(buyer=Party(name)))
    assert (name.replace(" ", "") in text.replace(" ", "").replace("\n", ""), MISSING in text) == (True, False)


def test_what_no_font_has_becomes_a_box_and_not_a_gap():
    assert f"Kim {MISSING * 2}" in text_of(paper(buyer=Party("Kim 한국")))


def test_text_without_a_glyph_or_a_space_does_no_harm():
    odd = PaperLine(
        "Ж" * 200, 1, Money(100, "EUR"), "", Money(100, "EUR"), Money(100, "EUR"), detail="a\u200b\x07b\r\nc"
    )
    text = text_of(replace(paper(), lines=(odd,), note="\u202eevil\n\n" + "x" * 500))
    assert (text.count("Ж"), after(text.split("\n"), ["ab", "c"]), "\x07" in text) == (200, True, False)


def test_same_invoice_gives_the_same_bytes():
    assert invoice_pdf(paper()) == invoice_pdf(paper())
    assert invoice_pdf(paper()) != invoice_pdf(paper((14600, 1, "")))


def test_file_names_its_title_author_and_date():
    found = PdfReader(BytesIO(invoice_pdf(paper()))).metadata
    assert (found.title, found.author) == ("Invoice HFN-000123 · Hafenplatz Coworking GmbH", SELLER.name)
    assert found.creation_date == datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_paper_size_follows_the_country():
    sizes = [PdfReader(BytesIO(invoice_pdf(paper(letter_size=size)))).pages[0].mediabox for size in (True, False)]
    assert [(round(box.width), round(box.height)) for box in sizes] == [(612, 792), (595, 842)]
