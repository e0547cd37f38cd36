"""The game with refunds in Canada: most cards get their money back only on a reader, with the card there."""

from collections import Counter

from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from billing.enums import RefundState
from billing.models import Refund
from terminal.models import Attempt
from terminal.services.reader_refund import start_refund
from tests.terminal.desk import ADMIN
from tests.terminal.interac import INTERAC, TWO, VISA, gone, in_canada
from tests.terminal.world import picks
from tests.terminal.world_refund import RefundWorld


class InteracWorld(RefundWorld):
    """Two readers that take money and give it back, while networks fail, processes die, people change their minds."""

    def opened(self, sandbox, clock):
        return in_canada(sandbox, clock, **TWO)

    def presented(self, later):
        return {"card": VISA if later else INTERAC, "method": "insert"}

    # What may happen besides.

    @rule(pick=picks, reader=picks, soon=st.booleans())
    def refund_is_begun(self, pick, reader, soon):
        """Ask for the card on a reader; mostly it is put in at once."""
        waits = list(Refund.objects.filter(on_reader=True, state=RefundState.RESERVED).order_by("pk"))
        if not waits:
            return
        refund, where = waits[pick % len(waits)], self.reader(reader)

        def begin():
            attempt = start_refund(by=ADMIN, refund=refund, reader=where, now=timezone.now())
            if soon:
                self.desk.settle(attempt, 2)
                self.desk.tap(INTERAC, reader=where, method="insert")
                self.desk.settle(attempt, 4)

        self.quietly(begin)

    @rule(reader=picks, card=st.sampled_from([INTERAC, INTERAC, VISA]))
    def customer_inserts(self, reader, card):
        self.desk.tap(card, reader=self.reader(reader), method="insert")

    # What must hold after every move.

    @invariant()
    def a_refund_is_made_once(self):
        ours = [name for name, _amount in gone(self.desk) if name]
        assert max([*Counter(ours).values(), 0]) <= 1

    @invariant()
    def what_a_reader_gave_back_is_what_was_reserved(self):
        made = dict(gone(self.desk))
        amounts = {str(uuid): amount for uuid, amount in Refund.objects.values_list("uuid", "amount")}
        assert {name: amounts[name] for name in made if name} == {name: made[name] for name in made if name}

    @invariant()
    def one_reader_a_refund(self):
        live = Counter(Attempt.objects.live().filter(refund__isnull=False).values_list("refund_id", flat=True))
        assert max([*live.values(), 0]) <= 1
        for attempt in Attempt.objects.filter(refund__isnull=False, state="succeeded").select_related("refund"):
            assert attempt.refund.reference
