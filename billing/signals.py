"""What the ledger tells the apps above it.

``about_to_change`` is sent inside the transaction, with the invoices locked, before anything but a reader's
payment touches them; keyword ``invoice_ids``. A receiver refuses by raising ``flexspace.core.errors.Conflict``.
``invoice_paid`` is sent after the commit that paid an invoice in full; keyword ``invoice_id``. Receivers only
enqueue.
"""

from django.dispatch import Signal

about_to_change = Signal()
invoice_paid = Signal()
