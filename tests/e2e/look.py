"""What every page must be at every width: named, headed, no wider than its window, with targets that a finger hits."""

from typing import Any

from playwright.sync_api import Page

from tests.e2e.counter import Counter

WIDTHS = (1280, 820, 390)
TARGET = 44  # CSS pixels, WCAG 2.2's 2.5.5
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
LOADED = "() => document.readyState === 'complete' && !document.querySelector('.htmx-request')"
CLEAN = {"h1": 1, "nameless": [], "twice": [], "wide": 0, "pictures": []}


def small(page: Page) -> list[list[Any]]:
    """Return the name and height in CSS pixels of every button too low for a finger."""
    return [row for row in page.evaluate(SIZES) if row[1] < TARGET]


def faults(page: Page, *, touched: bool = True) -> dict[str, Any]:
    """Return what is wrong with the page as it stands, {} if nothing is; buttons' sizes only where it is touched."""
    found = page.evaluate(LOOK)
    wrong = {what: value for what, value in found.items() if value != CLEAN[what]}
    low = small(page) if touched else []
    return wrong | ({"small": low} if low else {})


def at_widths(page: Page, widths: tuple[int, ...] = WIDTHS, *, touched: bool = True) -> dict[int, dict[str, Any]]:
    """Look at the open page at each width; return what is wrong, by width."""
    page.wait_for_function(LOADED)
    wrong = {}
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        if found := faults(page, touched=touched):
            wrong[width] = found
    return wrong


def walk(counter: Counter, pages: list[tuple[str, list[Any]]], *, touched: bool = True) -> dict[str, Any]:
    """Open each page, a url's name with its arguments, and look at it at each width; return what is wrong, by name.

    Loaded once and then made narrower: what a server sends does not depend on the window.
    """
    wrong = {name: at_widths(counter.go(name, *args), touched=touched) for name, args in pages}
    return {name: found for name, found in wrong.items() if found}
