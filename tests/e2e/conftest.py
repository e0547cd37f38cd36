"""The whole product in a browser: live server, the sandbox as a process, webhooks over HTTP, and no worker.

Without a worker the open page takes the steps; that is the least a desk can have.
"""

from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.utils import timezone
from playwright.sync_api import expect

from flexspace.management.seed.data import HAFENPLATZ, KIYOSUMI
from flexspace.management.seed.places import connect_stripe, listen
from tests.e2e.counter import Counter
from tests.e2e.outside import Outside, SandboxProcess
from tests.factories.billing import make_issued_invoice

_number = count(1)
expect.set_options(timeout=15_000)  # two busy cores


@pytest.fixture(scope="session", autouse=True)
def kept_static_files():
    """Let the browser keep style sheets and scripts between pages, as it may in production."""
    serve = StaticFilesHandler.serve

    def keep(handler, request):
        answer = serve(handler, request)
        answer["Cache-Control"] = "max-age=3600"
        return answer

    StaticFilesHandler.serve = keep
    yield
    StaticFilesHandler.serve = serve


@pytest.fixture(scope="session")
def sandbox_process(live_server):
    """Return the sandbox; its webhooks come to the live server."""
    process = SandboxProcess(live_server.url)
    yield process
    process.stop()


@pytest.fixture
def product(live_server, sandbox_process, settings, transactional_db):
    """Return the product's address, with Stripe's address pointing at the sandbox."""
    settings.SITE_URL = live_server.url
    settings.STRIPE_API_BASE = settings.SANDBOX_URL = sandbox_process.url
    return live_server.url


@pytest.fixture
def at_once(monkeypatch):
    """Let the page take the first steps without leaving them to a worker for a moment: there is none."""
    monkeypatch.setattr("terminal.services.step.WORKER_FIRST", timedelta(0))


def connect(sandbox_process, place, location):
    """Connect an account of this test's own; nothing of an earlier test can reach it."""
    own = replace(place, key=f"{place.key}_{next(_number)}", account=f"{place.account} {next(_number)}")
    config = connect_stripe(own, location)
    listen(own, config)
    outside = Outside(sandbox_process.url, own.key)
    outside.settings(authorize_seconds=0.4)
    outside.config = config
    outside.reader, *outside.more_readers = config.readers.order_by("label")
    return outside


@pytest.fixture
def outside(product, sandbox_process, hafen):
    """Return Hafenplatz's Stripe account, with an S700 and a WisePOS E."""
    return connect(sandbox_process, HAFENPLATZ, hafen)


@pytest.fixture
def tokyo(product, sandbox_process, kiyosumi):
    """Return Kiyosumi's Stripe account with its S700."""
    return connect(sandbox_process, KIYOSUMI, kiyosumi)


@pytest.fixture
def invoice_of(product):
    """Return a function that makes an issued invoice, today."""

    def make(location, total=14500, **more):
        return make_issued_invoice(location, total, now=timezone.now(), **more)

    return make


@pytest.fixture
def invoice(invoice_of, hafen, outside):
    """Return an invoice over 145.00 € at Hafenplatz."""
    return invoice_of(hafen)


@pytest.fixture
def counter_of(product, page_factory):
    """Return a function that opens a browser at which ``user`` is signed in."""

    def open_counter(user, **options):
        return Counter(product, page_factory(**options), user)

    return open_counter


@pytest.fixture
def counter(counter_of, outside, ben):
    """Return Ben's browser at Hafenplatz's front desk."""
    return counter_of(ben)
