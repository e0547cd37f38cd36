"""A desk as its staff sees it: pages, keys, pictures."""

import re

from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

PAID, WAITING, DECLINED, CANCELED = "paid", "waiting", "declined", "canceled"
# Whatever starts, repeats or moves a charge. None of it may be on offer while the outcome is open.
CHARGING = ("Try again", "Send again", "Charge again", "Charge via Terminal")


class Counter:
    """One browser at a desk: a signed-in person with one page and more tabs."""

    def __init__(self, base: str, page: Page, user) -> None:
        self.base, self.page, self.user = base, page, user
        if user:
            client = Client()
            client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
            cookie = client.cookies[settings.SESSION_COOKIE_NAME]
            page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie.value, "url": base}])

    def go(self, name: str, *args, query: str = "", page: Page | None = None) -> Page:
        """Open a page by its url name."""
        here = page or self.page
        here.goto(self.base + reverse(name, args=args) + query)
        return here

    def tab(self) -> Page:
        """Open a second tab of the same browser."""
        page = self.page.context.new_page()
        page.on("console", lambda message: self._complain(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self._complain(str(error)))
        return page

    def _complain(self, text: str) -> None:
        self.page.complaints.append(text)

    def open_invoice(self, invoice, page: Page | None = None) -> Page:
        """Open Invoice Details."""
        return self.go("billing:invoice_detail", invoice.uuid, page=page)

    def charge(self, *invoices, reader: str = "Front desk S700", amount: str = "") -> None:
        """Choose ``reader`` for the invoices, and charge."""
        self.go("terminal:take_payment", query="?" + "&".join(f"invoice={row.uuid}" for row in invoices))
        self.page.get_by_role("radio", name=re.compile(reader)).check()
        if amount:
            self.page.get_by_label("Amount").fill(amount)
        self.page.get_by_role("button", name="Charge via Terminal").click()

    def picture(self, name: str, page: Page | None = None, seconds: float = 8) -> Locator:
        """Wait for a picture of the charge screen."""
        shown = (page or self.page).locator("[data-picture]")
        expect(shown).to_have_attribute("data-picture", name, timeout=seconds * 1000)
        return shown

    def keys(self, page: Page | None = None) -> list[str]:
        """Return the buttons of the charge screen, without the key's own name."""
        return (
            (page or self.page)
            .locator(".stage__keys")
            .evaluate(
                """form => [...form.querySelectorAll("button, a")].map((el) =>
            [...el.childNodes].filter((n) => n.nodeType === 3).map((n) => n.textContent.trim()).join(""))"""
            )
        )

    def says(self, text: str, page: Page | None = None) -> None:
        """Wait for a sentence in the page's main part."""
        expect((page or self.page).locator("main")).to_contain_text(text)

    def press(self, key: str) -> None:
        """Press a key."""
        self.page.keyboard.press(key)
