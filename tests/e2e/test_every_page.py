"""What holds on every page of the desk: names, headings, focus, sizes, narrow screens, dark ones."""

import pytest
from playwright.sync_api import expect

from terminal.models import Attempt

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_once")]

LOOK = """() => {
  const seen = (el) => el.getClientRects().length > 0 && getComputedStyle(el).visibility !== "hidden";
  const all = (selector) => [...document.querySelectorAll(selector)].filter(seen);
  const name = (el) => el.getAttribute("aria-label") || el.textContent.trim() || el.title
    || [...(el.labels || [])].map((label) => label.textContent.trim()).join(" ");
  const start = (el) => el.outerHTML.slice(0, 90);
  const ids = [...document.querySelectorAll("[id]")].map((el) => el.id);
  return {
    h1: all("h1").length,
    nameless: all("input, select, textarea, button, a").filter((el) => !name(el)).map(start),
    twice: ids.filter((id, at) => ids.indexOf(id) !== at),
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    pictures: all("img:not([alt]), [role=img]:not([aria-label])").map(start),
  };
}"""
SIZES = """() => [...document.querySelectorAll("main button, main a.button, .bar a")]
  .filter((el) => el.getClientRects().length > 0)
  .map((el) => [el.textContent.trim(), Math.round(el.getBoundingClientRect().height)])"""
CLEAN = {"h1": 1, "nameless": [], "twice": [], "wide": 0, "pictures": []}


def pages(invoice, attempt, reader):
    """Return every page of the charge and the Stripe Config."""
    ask = f"?invoice={invoice.uuid}"
    plain = ["terminal:readers", "terminal:flags", "terminal:config", "terminal:stripe_terminal", "terminal:events"]
    return [
        ("billing:invoice_detail", [invoice.uuid], ""),
        ("members:member_detail", [invoice.member.uuid], ""),
        ("terminal:take_payment", [], ask),
        ("terminal:attempt", [attempt.uuid], ""),
        ("terminal:attempt_elsewhere", [attempt.uuid], ""),
        ("terminal:reader_reset", [reader.pk], ""),
        ("terminal:account_add", [], ""),
        *((name, [], "") for name in plain),
    ]


def test_names_headings_and_widths(counter_of, outside, invoice, invoice_of, hafen, ada):
    wide = counter_of(ada)
    wide.charge(invoice_of(hafen, 4800))
    wide.picture("waiting")
    narrow = counter_of(ada, viewport={"width": 420, "height": 800})
    wrong = {}
    for counter in (wide, narrow):
        for name, args, query in pages(invoice, Attempt.objects.get(), outside.reader):
            page = counter.go(name, *args, query=query)
            if not name.startswith("terminal:attempt"):  # it is the page of that payment itself
                expect(page.get_by_role("region", name="Running payment").first).to_be_visible()
            found = page.evaluate(LOOK)
            if found != CLEAN:
                wrong[f"{name} {page.viewport_size['width']}"] = {
                    key: value for key, value in found.items() if value != CLEAN[key]
                }
    assert wrong == {}


def test_targets_of_the_charge_screen_are_large_enough_on_a_tablet(counter_of, outside, invoice, ben):
    counter = counter_of(ben, viewport={"width": 820, "height": 1180}, has_touch=True)
    page = counter.go("terminal:take_payment", query=f"?invoice={invoice.uuid}")
    small = [row for row in page.evaluate(SIZES) if row[1] < 44]
    page.get_by_role("button", name="Charge via Terminal").click()
    counter.picture("waiting")
    small += [row for row in page.evaluate(SIZES) if row[1] < 44]
    assert small == []


def test_focus_is_visible_and_survives_a_change_of_the_picture(counter, outside, invoice):
    counter.charge(invoice)
    counter.picture("waiting")
    cancel = counter.page.get_by_role("button", name="Cancel")
    counter.page.keyboard.press("Tab")
    cancel.focus()
    assert cancel.evaluate("el => el.matches(':focus-visible') && getComputedStyle(el).outlineStyle") == "solid"
    outside.customer_cancels(outside.reader)
    counter.picture("customer_canceled")
    expect(counter.page.get_by_role("button", name="Cancel")).to_be_focused()


def test_dark_is_dark(counter_of, outside, invoice, ben):
    shots = []
    for scheme in ("light", "dark"):
        counter = counter_of(ben, color_scheme=scheme)
        page = counter.go("terminal:take_payment", query=f"?invoice={invoice.uuid}")
        shots.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert shots[0] != shots[1]
