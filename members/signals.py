"""What members tells the apps above it.

``entitlements_changed`` is sent after the commit that changed what people may use: a membership began, changed, was
paused or ended, a pass was credited, used or taken back, a desk or room was given or given back, somebody joined or
left a company or was archived. Keyword ``member_ids``, sorted. Receivers only enqueue; who gains or loses a right by
the calendar alone is found by the schedule of whoever cares.
``what_is_billed`` asks which days of memberships are billed, for pages that tell the next bill; keywords
``memberships`` (their rows) and ``now``. A receiver answers with a dict of ``members.terms.Billed`` by membership id.
``member_archived`` is sent inside the transaction that archives somebody, their row being locked; keywords ``member``,
``by`` (the actor) and ``now``. Receivers change their own rows and call nobody outside.
"""

from django.dispatch import Signal

entitlements_changed = Signal()
what_is_billed = Signal()
member_archived = Signal()
