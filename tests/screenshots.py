"""Takes the documentation's pictures from a demo that runs: ``make demo`` in one window, ``make screenshots`` here."""

import json
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.machine import BROWSER_ARGUMENTS, find_browser

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
PASSWORD = "practice-makes-perfect"


def addresses() -> dict[str, str]:
    """Return where the demo and its sandbox answer; ends with a sentence when no demo was started here."""
    kept = ROOT / "var" / "demo.json"
    if not kept.exists():
        sys.exit("Start the demo first: make demo")
    return json.loads(kept.read_text(encoding="utf-8"))


def sign_in(page: Page, base: str, who: str) -> None:
    page.goto(f"{base}/sign-in/")
    page.get_by_label("E-mail").fill(who)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{base}/")


def shoot(page: Page, name: str) -> None:
    page.wait_for_timeout(900)
    page.screenshot(path=PICTURES / f"{name}.png")


def charge(page: Page, base: str) -> None:
    """Start a charge of the first open invoice, take the picture, and cancel it again."""
    page.goto(f"{base}/invoices/")
    page.locator("tbody a").first.click()
    page.get_by_role("link", name="Charge via Terminal").first.click()
    page.get_by_role("button", name="Charge via Terminal").click()
    page.wait_for_selector("[data-picture=waiting]")
    shoot(page, "charge")
    page.get_by_role("button", name="Cancel").click()
    page.wait_for_selector("[data-picture=canceled]")


def main() -> None:
    """Take every picture in light, and the charge screen's page once more in dark."""
    base = addresses()["site_url"]
    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=find_browser(), args=BROWSER_ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        sign_in(page, base, "front.desk@flexspace.example")
        shoot(page, "home")
        charge(page, base)
        page.emulate_media(color_scheme="dark")
        page.goto(f"{base}/")
        shoot(page, "home-dark")
        browser.close()


if __name__ == "__main__":
    main()
