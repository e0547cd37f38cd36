"""The desk of a test: our rows on one side, the sandbox's reader and account on the other."""

import datetime as dt
import time
from uuid import UUID

import requests
from django.db import transaction
from django.test import RequestFactory
from django.utils import timezone

from billing.models import SavedCard
from billing.queries import lock_invoices
from flexspace.core.actors import Actor
from flexspace.core.money import Money
from sandbox.webhooks import signature
from terminal import explain
from terminal.enums import CancelReason
from terminal.event_handlers import due_events, process_event
from terminal.models import Attempt, Reader, StripeConfig
from terminal.services.accounts import save_account, save_webhook_secret
from terminal.services.cancel import request_cancel
from terminal.services.capture import start_capture
from terminal.services.collect import start, try_again
from terminal.services.readers import map_location, sync_account
from terminal.services.reserve import reserve
from terminal.services.step import advance, due_attempts
from terminal.webhooks import stripe_webhook
from tests.factories.billing import make_issued_invoice
from tests.factories.cards import make_consent
from tests.sandbox.wsgi_adapter import WsgiAdapter

ADMIN = Actor.job("set-up")
WEBHOOK_URL = "http://product.test/webhooks/stripe"


class Desk:
    """One location with its Stripe account, one or two readers, and verbs for what people and networks do."""

    def __init__(self, sandbox, clock, location, key, readers=("Front desk S700",), codes=("simulated-s700",)):
        self.sandbox, self.clock, self.location, self.key = sandbox, clock, location, key
        self.wire = sandbox.wire
        self._known, self._moment = {}, None  # what the account showed, and when
        self.session = requests.Session()
        self.session.mount("http://stripe.test", WsgiAdapter(sandbox.wsgi))
        self.control(f"accounts/{key}/settings", {"authorize_seconds": 0})
        self.place = self.api("terminal/locations", self._address())
        for label, code in zip(readers, codes, strict=True):
            self.api("terminal/readers", {"registration_code": code, "label": label, "location": self.place["id"]})
        self.config: StripeConfig = save_account(by=ADMIN, key=key)
        sync_account(self.config, now=timezone.now())
        map_location(by=ADMIN, place=self.config.stripe_locations.get(), location=location)
        self.reader: Reader = self.config.readers.order_by("pk").first()
        self.readers: list[Reader] = list(self.config.readers.order_by("label"))

    def _address(self):
        return {
            "display_name": self.location.name,
            "address[country]": self.location.country,
            "address[line1]": "1 Main Street",
            "address[city]": self.location.city,
            "address[postal_code]": "10115",
        }

    # What the outside does.

    def api(self, path, data=None, method="POST"):
        """Call the sandbox's Stripe as the account's owner would with curl."""
        answer = self.session.request(
            method, f"http://stripe.test/v1/{path}", data=data, headers={"Authorization": f"Bearer {self.key}"}
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def control(self, path, body=None, method="POST"):
        """Call the sandbox's control."""
        answer = self.session.request(method, f"http://stripe.test/_sandbox/{path}", json=body)
        assert answer.status_code in (200, 201, 204), answer.text
        return answer.json() if answer.content else None

    def tap(self, card="4242424242424242", reader=None, **how):
        """Present a card at the reader."""
        return self.control(f"readers/{(reader or self.reader).stripe_id}/tap", {"card": card, **how})

    def customer_cancels(self, reader=None):
        """Press cancel on the reader."""
        return self.control(f"readers/{(reader or self.reader).stripe_id}/cancel", {})

    def reader_fault(self, reader=None, **faults):
        """Make a reader misbehave."""
        return self.control(f"readers/{(reader or self.reader).stripe_id}/faults", faults)

    def heal_reader(self, reader=None):
        """Make a reader well again."""
        return self.control(f"readers/{(reader or self.reader).stripe_id}/faults", method="DELETE")

    def fault(self, kind, match="", **more):
        """Make the account's API or webhooks misbehave."""
        return self.control(f"accounts/{self.key}/faults", {"kind": kind, "match": match, **more})

    def dashboard(self, do, object_id, **more):
        """Do something in Stripe's Dashboard."""
        return self.control(f"accounts/{self.key}/dashboard", {"do": do, "id": object_id, **more})

    def screen(self, reader=None):
        """Return what the reader shows."""
        return self.control(f"readers/{(reader or self.reader).stripe_id}", method="GET")["screen"]

    def touches(self):
        """Return the waiting prompts that somebody replaced or cancelled."""
        return self._shown("touches")["touches"]

    def calls(self, part=""):
        """Return the API calls received whose path contains ``part``."""
        return [call for call in self._shown("calls?limit=1000")["calls"] if part in call["path"]]

    def books(self):
        """Return the sandbox's intents."""
        return self._shown("books")["intents"]

    def refunds(self):
        """Return the sandbox's refunds, the oldest first."""
        return self._shown("books")["refunds"]

    def _shown(self, what):
        """Return what the account shows; asked again only once something was written there or time has passed."""
        if self._moment != self._now_there():
            self._known.clear()
        if what not in self._known:
            self._known[what] = self.control(f"accounts/{self.key}/{what}", method="GET")
        self._moment = self._now_there()
        return self._known[what]

    def _now_there(self):
        return self.sandbox.store.db.total_changes, timezone.now()

    def received(self):
        """Return what Stripe received over all intents, in minor units."""
        return sum(intent["amount_received"] for intent in self.books())

    def listen(self):
        """Register the webhook endpoint and keep its secret."""
        url = f"{WEBHOOK_URL}/{self.config.webhook_uuid}/"
        made = self.api("webhook_endpoints", {"url": url, "enabled_events[0]": "*"})
        save_webhook_secret(by=ADMIN, config=self.config, secret=made["secret"], endpoint_id=made["id"])

    def post(self, url, body, headers):
        """Take a webhook to the product as Stripe's servers do, and return the status."""
        endpoint = UUID(url.rstrip("/").rsplit("/", 1)[-1])
        extra = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
        request = RequestFactory().post("/webhooks/stripe/", data=body, content_type="application/json", **extra)
        return stripe_webhook(request, endpoint).status_code

    def post_again(self, event):
        """Deliver a stored event once more, freshly signed."""
        body, secret = event.body.encode(), self.config_now().webhook_secret
        return self.post(
            str(self.config.webhook_uuid), body, {"Stripe-Signature": signature(secret, body, int(time.time()))}
        )

    def config_now(self):
        """Return the account as it is stored now."""
        return StripeConfig.objects.get(pk=self.config.pk)

    def deliver(self):
        """Deliver the webhooks that are due and process them; return how many came."""
        sent = self.sandbox.deliver_due(self.post)
        for event_pk in due_events(timezone.now()):
            process_event(event_pk, now=timezone.now())
        return sent

    # What the product does.

    def invoice(self, total=14500, **more):
        """Return an open invoice of this location."""
        return make_issued_invoice(self.location, total, **more)

    def start(self, *invoices, by=ADMIN, reader=None, amount=None, token=None, consent=None) -> Attempt:
        """Start a charge of invoices."""
        parts = [(invoice, Money(amount or invoice.open_amount, invoice.currency)) for invoice in invoices]
        now = timezone.now()
        return start(by=by, parts=parts, reader=reader or self.reader, now=now, token=token, consent=consent)

    def start_anyway(self, invoice) -> Attempt:
        """Start a charge as somebody whose page was drawn before the reader was taken."""
        with transaction.atomic():
            lock_invoices([invoice.pk])
            parts = [(invoice, Money(invoice.open_amount, invoice.currency))]
            return reserve(by=ADMIN, parts=parts, reader=self.reader, now=timezone.now())

    def in_state(self, state, invoice) -> Attempt:
        """Return an attempt on ``invoice`` that got into ``state`` the way it does in life."""
        attempt = self.start(invoice)
        if state == "reserved":
            return attempt
        if state == "created":
            self.reader_fault(offline=True)
        if state == "unknown":
            self.fault("answer_lost", "POST /v1/terminal/readers")
        self.advance(attempt)
        if state == "created":
            self.heal_reader()
        if state == "declined":
            self.customer_cancels()
            self.settle(attempt, 2)
        if state == "canceling":
            self.cancel(attempt)
        assert attempt.state == state
        return attempt

    def waiting(self, *invoices, **more) -> Attempt:
        """Return an attempt whose amount is on the reader."""
        attempt = self.start(*(invoices or [self.invoice()]), **more)
        advance(attempt.pk, now=timezone.now())
        attempt.refresh_from_db()
        assert attempt.state == "waiting", (attempt.state, attempt.last_code, attempt.last_message)
        return attempt

    def capture(self, payer, *, consent=None, reader=None) -> Attempt:
        """Return an attempt to keep a card of ``payer``, as far as it goes by itself."""
        consent, now = consent or make_consent(payer), timezone.now()
        return self.advance(start_capture(by=ADMIN, consent=consent, reader=reader or self.reader, now=now))

    def keep(self, payer, *, consent=None, card="4242424242424242", **how) -> SavedCard:
        """Keep a card of ``payer`` on the reader."""
        attempt = self.capture(payer, consent=consent)
        self.tap(card, **how)
        self.settle(attempt)
        assert attempt.keep_result == "kept", (attempt.state, attempt.keep_result, attempt.last_code)
        return attempt.kept_card

    def method(self, card):
        """Return a saved card as Stripe has it."""
        return self.api(f"payment_methods/{card.payment_method_id}", method="GET")

    def advance(self, attempt, *, on_page=False) -> Attempt:
        """Take the steps that are due and return the attempt as it is then."""
        advance(attempt.pk, now=timezone.now(), on_page=on_page)
        attempt.refresh_from_db()
        return attempt

    def cancel(self, attempt, *, by=ADMIN, reason=CancelReason.STAFF) -> Attempt:
        """Press cancel; nothing is sent yet."""
        request_cancel(attempt.pk, by=by, now=timezone.now(), reason=reason)
        attempt.refresh_from_db()
        return attempt

    def again(self, attempt, *, reader=None, by=ADMIN) -> Attempt:
        """Press *try again*, or *other reader*."""
        try_again(attempt.pk, by=by, now=timezone.now(), reader=reader)
        attempt.refresh_from_db()
        return attempt

    def try_dashboard(self, do, object_id):
        """Do something in Stripe's Dashboard that Stripe may refuse."""
        body = {"do": do, "id": object_id}
        self.session.post(f"http://stripe.test/_sandbox/accounts/{self.key}/dashboard", json=body)

    def shown(self, attempt):
        """Return the charge screen of an attempt as staff see it now."""
        return explain.screen(attempt, now=timezone.now())

    def sweep(self, seconds=0.0, every=2.0):
        """Let ``seconds`` pass with the schedule at work."""
        end = timezone.now() + dt.timedelta(seconds=seconds)
        while True:
            for attempt_id in due_attempts(timezone.now()):
                advance(attempt_id, now=timezone.now())
            if timezone.now() >= end:
                return
            self.clock.shift(min(every, max(0.0, (end - timezone.now()).total_seconds())) or every)

    def sweep_coarsely(self, attempt, seconds) -> Attempt:
        """Let much time pass with the schedule at work every five seconds, and return the attempt as it is then."""
        self.sweep(seconds, every=5.0)
        attempt.refresh_from_db()
        return attempt

    def settle(self, attempt, seconds=6.0) -> Attempt:
        """Let the schedule work for ``seconds`` and return the attempt as it is then."""
        self.sweep(seconds)
        attempt.refresh_from_db()
        return attempt
