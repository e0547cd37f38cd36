"""A desk as its staff sees it: pages, keys, pictures."""

import os
import re

from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Error, Locator, Page, expect
from playwright.sync_api import TimeoutError as Timeout

# The keys of every picture of the charge screen, as a person at the front desk sees them. Where the outcome is open
# (checking, card, frozen, canceling) none of them charges.
ONWARD = ["Try again", "Other reader", "Pay link", "Cash instead", "Cancel"]
OVER = ["Charge again", "Pay link", "Cash instead", "Open …"]


def _one_or_several(keys: list[str]) -> list[list[str]]:
    """A link pays one invoice: a payment of several does not offer it."""
    return [keys, [key for key in keys if key != "Pay link"]]


KEEPING = ["Try again", "Other reader", "Cancel"]  # a card that is only kept has no other way to pay
NOT_KEPT = ["Ask again", "Send a link", "Open …"]

KEYS = {
    "preparing": [["Cancel"]],
    "sending": [["Cancel"]],
    "refused": [*_one_or_several(ONWARD), KEEPING],
    "waiting": [["Other reader", "Cancel"]],
    "not_shown": [["Other reader", "Cancel"], ["Send again", "Other reader", "Cancel"]],
    "card": [["Cancel"]],
    "frozen": [["Cancel"]],
    "declined": [*_one_or_several(ONWARD), KEEPING],
    "customer_canceled": [*_one_or_several(ONWARD), KEEPING],
    "checking": [["Cancel"]],
    "canceling": [[]],
    "paid": [["Open …"]],
    "paid_not_kept": [["Keep another card", "Send a link", "Open …"]],
    "kept": [["Open …"]],
    "not_kept": [["Try another card", "Send a link", "Open …"], ["Open …"]],
    "paid_late": [["Open …"]],
    "canceled": [*_one_or_several(OVER), ["Go on with …"], NOT_KEPT],
    "failed": [*_one_or_several(OVER), NOT_KEPT],
    "link_open": [["On a reader", "Cash instead", "Cancel"]],
}
LOOK = """stage => [stage.closest("[data-picture]").dataset.picture,
  [...stage.querySelectorAll("button, a")].map((el) =>
    [...el.childNodes].filter((n) => n.nodeType === 3).map((n) => n.textContent.trim()).join(""))]"""


def within(seconds: float) -> float:
    """Return the limit for something that should take ``seconds``: longer while others use this machine's cores."""
    return seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


class Counter:
    """One browser at a desk: a signed-in person with one page and more tabs."""

    def __init__(self, base: str, page: Page, user) -> None:
        self.base, self.page, self.user = base, page, user
        page.context.set_default_timeout(30_000)  # two busy cores
        if user:
            client = Client()
            client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
            cookie = client.cookies[settings.SESSION_COOKIE_NAME]
            page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie.value, "url": base}])

    def go(self, name: str, *args, query: str = "", page: Page | None = None) -> Page:
        """Open a page by its url name."""
        here, url = page or self.page, self.base + reverse(name, args=args) + query
        try:
            here.goto(url)
        except Error as error:  # a page that a key led to was still on its way
            if "interrupted by another navigation" not in str(error):
                raise
            here.goto(url)
        return here

    def tab(self) -> Page:
        """Open a second tab of the same browser."""
        page = self.page.context.new_page()
        page.on("console", lambda message: self._complain(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self._complain(str(error)))
        return page

    def _complain(self, text: str) -> None:
        self.page.complaints.append(text)

    def follow(self, link: Locator) -> None:
        """Click a link, once more if the page was just putting another one in its place."""
        here = self.page.url
        for _ in range(3):
            link.click()
            try:
                self.page.wait_for_url(lambda url: url != here, timeout=5_000)
            except Timeout:
                continue
            return

    def open_invoice(self, invoice, page: Page | None = None) -> Page:
        """Open Invoice Details."""
        return self.go("billing:invoice_detail", invoice.uuid, page=page)

    def charge(self, *invoices, reader: str = "Front desk S700", amount: str = "") -> None:
        """Choose ``reader`` for the invoices, and charge."""
        self.go("terminal:take_payment", query="?" + "&".join(f"invoice={row.uuid}" for row in invoices))
        self.page.get_by_role("radio", name=re.compile(reader)).check()
        if amount:
            self.page.get_by_role("textbox", name="Amount").fill(amount)
        self.page.get_by_role("button", name="Charge via Terminal").click()

    def picture(self, name: str, page: Page | None = None, seconds: float = 20) -> Locator:
        """Wait for a picture of the charge screen; it must offer exactly its own keys."""
        shown = (page or self.page).locator("[data-picture]")
        expect(shown).to_have_attribute("data-picture", name, timeout=seconds * 1000)
        seen, keys = (page or self.page).locator(".stage").evaluate(LOOK)  # both at one moment
        may = self.user is None or self.user.role != "viewer"
        offered = [
            re.sub(r"^(Open|Back to|Go on with) .*", r"\1 …", key).replace("Back to …", "Open …") for key in keys
        ]
        allowed = KEYS[seen] if may else [["Open …"], []]
        assert offered in allowed, (seen, offered)
        return shown

    def says(self, text: str, page: Page | None = None) -> None:
        """Wait for a sentence in the page's main part."""
        expect((page or self.page).locator("main")).to_contain_text(text)

    def refused(self, status: int) -> None:
        """Take note that the browser logged an answer with ``status``, as it should have."""
        for _ in range(100):
            lines = [line for line in self.page.complaints if f"status of {status} " in line]
            if lines:
                break
            self.page.wait_for_timeout(50)
        assert len(lines) == 1, self.page.complaints
        self.page.complaints.remove(lines[0])

    def press(self, key: str) -> None:
        """Press a key."""
        self.page.keyboard.press(key)
