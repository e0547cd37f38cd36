"""What the ledger tells the apps above it.

``about_to_change`` is sent inside the transaction, with the invoices locked, before anything but a reader's
payment touches them; keyword ``invoice_ids``. A receiver refuses by raising ``flexspace.core.errors.Conflict``.
``invoice_paid`` is sent after the commit that paid an invoice in full; keyword ``invoice_id``. Receivers only
enqueue.
``invoice_voided`` is sent after the commit that voided an issued invoice; keyword ``invoice_id``. Receivers only
enqueue.
``refund_asked`` is sent after the commit that reserved a refund to a card; keyword ``refund_id``. Receivers only
enqueue.
``refund_decided`` is sent inside the transaction in which a manager says what becomes of an invoice that was refunded
elsewhere; keywords ``refund_id``, ``by``, ``outcome`` and ``now``.
``card_removed`` is sent after the commit that removed a saved card which Stripe still keeps; keyword ``card_id``.
Receivers only enqueue.
``pay_url_asked`` is sent while a mail with an invoice is written; keywords ``invoice`` and ``at``. A receiver answers
with the address of a page on which its payer can pay by card, made out at that time, or "".
"""

from django.dispatch import Signal

about_to_change = Signal()
invoice_paid = Signal()
invoice_voided = Signal()
refund_asked = Signal()
refund_decided = Signal()
card_removed = Signal()
pay_url_asked = Signal()
