"""What the tests run on: the browser, the broker, the database; and a report of it before pytest's closing line."""

import gc
import os
import sys
from collections import Counter, defaultdict

import hypothesis
import pytest
from django.conf import settings
from django.db import connection

from tests import flush, tables, under_way
from tests.machine import BROWSER_ARGUMENTS, TestBroker, find_browser

# Playwright's sync interface keeps an event loop in the thread, which Django takes for asynchronous code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

BROWSER_HINT = "No Chromium was found. On Debian and Ubuntu: apt install chromium; or set FLEXSPACE_BROWSER to one."
hypothesis.settings.register_profile("suite", max_examples=60, stateful_step_count=30, deadline=None)
hypothesis.settings.register_profile("proof", max_examples=300, stateful_step_count=40, deadline=None)
hypothesis.settings.load_profile("suite")


def pytest_configure(config):
    config.addinivalue_line("markers", "proof: takes minutes; `make proof` runs it")
    config.addinivalue_line("markers", "long: takes many seconds, so that no process may get it last")
    flush.install()
    tables.install()
    under_way.install()


def pytest_collection_modifyitems(config, items):
    """Leave the longest tests to ``make proof``, and fill the waiting of browser tests with what only computes."""
    wanted = config.getoption("markexpr", "")
    for item in items:
        if item.get_closest_marker("proof") and "proof" not in wanted:
            item.add_marker(pytest.mark.skip(reason="takes minutes: make proof"))
    kinds = defaultdict(list)
    for item in items:
        kind = next((name for name in ("long", "browser") if item.get_closest_marker(name)), "")
        kinds[kind].append(item)
    items[:] = _spread(kinds["long"], _spread(kinds["browser"], kinds[""]))


def _spread(some, rest):
    """Return ``rest`` with ``some`` at even distances, the first of them in front. Processes begin in equal parts."""
    if not some:
        return rest
    starts = [number * len(rest) // len(some) for number in range(len(some))]
    parts = zip(some, starts, [*starts[1:], len(rest)], strict=True)
    return [item for one, start, end in parts for item in (one, *rest[start:end])]


def pytest_collection_finish():
    """Leave what stays for the whole run out of every collection of garbage: it is most of what a process holds."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(autouse=True)
def _transport_of_marked_tests(request):
    """Tests marked ``browser`` or ``redis`` are skipped (or fail) for the reason their fixture gives."""
    if request.node.get_closest_marker("browser"):
        request.getfixturevalue("browser_path")
    if request.node.get_closest_marker("redis"):
        request.getfixturevalue("redis_url")


@pytest.fixture(scope="session")
def browser_path():
    """Return a Chromium's path; skip without one, or fail when FLEXSPACE_REQUIRE_BROWSER forbids the skip."""
    path = find_browser()
    if path:
        return path
    if os.environ.get("FLEXSPACE_REQUIRE_BROWSER") == "1":
        pytest.fail(BROWSER_HINT)
    pytest.skip(BROWSER_HINT)


@pytest.fixture(scope="session")
def browser(browser_path):
    """Return one running Chromium for the whole session."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  (164 MB that most tests do not need)

    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=browser_path, args=BROWSER_ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def profiles(browser):
    """Return the profiles nobody uses, by what they were opened with; a new one would compile every script again."""
    return defaultdict(list)


@pytest.fixture
def page_factory(browser, profiles):
    """Return a function that opens pages, each in its own profile; a console error or CSP violation fails the test."""
    contexts = []
    complaints: list[str] = []

    def open_page(**options):
        chosen = {"locale": "en-GB", "viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce", **options}
        idle = profiles[repr(sorted(chosen.items()))]
        context = idle.pop() if idle else browser.new_context(**chosen)
        context.set_default_timeout(10_000)
        contexts.append((context, idle))
        page = context.new_page()
        page.complaints = complaints  # a test that provokes an error empties the list
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_page
    heard = list(complaints)  # before pages are closed: requests that end with them are no errors
    for context, idle in contexts:
        if _forgotten(context):
            idle.append(context)
    under_way.wait()
    assert heard == [], "The browser's console holds errors."


def _forgotten(context):
    """Close a profile's pages and forget all but the files it may keep; return whether it can be used again."""
    from playwright.sync_api import Error  # noqa: PLC0415  (as above)

    try:
        for page in context.pages:
            if page.url.startswith("http"):
                page.evaluate("window.localStorage.clear()")
            page.close()
        context.clear_cookies()
        context.clear_permissions()
    except Error:  # such as a page that was closed with its script turned off
        context.close()
        return False
    return True


@pytest.fixture
def page(page_factory):
    """Return one open page."""
    return page_factory()


@pytest.fixture(scope="session")
def redis_url():
    """Return the address of a broker that only this test process uses, or FLEXSPACE_TEST_REDIS_URL."""
    broker = TestBroker()
    url = broker.start()
    if url is None:
        pytest.skip(broker.why_not)
    yield url
    broker.stop()


def pytest_terminal_summary(terminalreporter):
    """Say what the tests ran on and what they left out; pytest's own closing line follows."""
    if hasattr(terminalreporter.config, "workerinput"):
        return
    write = terminalreporter.write_line
    terminalreporter.section("ran on", sep="-")
    write(f"python    {sys.version.split()[0]}")
    write(f"database  {_database()}")
    write(f"broker    {TestBroker().describe()}")
    write(f"browser   {find_browser() or 'none: browser tests are skipped'}")
    reasons: Counter[str] = Counter()
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reasons[reason.removeprefix("Skipped: ")] += 1
    for reason, count in reasons.most_common():
        write(f"skipped   {count} × {reason}")
    failed_checks = os.environ.get("FLEXSPACE_FAILED_CHECKS")
    if failed_checks:
        write(f"failed before the tests: {failed_checks}", red=True)


def _database():
    options = settings.DATABASES["default"]
    if connection.vendor == "sqlite":
        import sqlite3  # noqa: PLC0415  (for its version only)

        return f"SQLite {sqlite3.sqlite_version}, a file for each test process"
    try:
        raw = connection.get_new_connection(connection.get_connection_params())  # outside of any test's transaction
        with raw:
            version = raw.execute("SHOW server_version").fetchone()[0]
        return f"PostgreSQL {version} on {options['HOST']}:{options['PORT'] or 5432}"
    except Exception as error:  # noqa: BLE001  (a report must not hide the result)
        return f"PostgreSQL ({type(error).__name__})"
