"""A process that dies right before or after any commit and any outside call of any flow: all ends well by itself."""

import pytest
from django.utils import timezone

from tests.terminal import flows
from tests.terminal.desk import Desk
from tests.terminal.interac import back_on_reader, in_canada
from tests.terminal.invariants import all_hold, all_hold_at_rest
from tests.terminal.points import Points

pytestmark = pytest.mark.django_db(transaction=True)
MOMENTS = ("before", "after")


FLOWS = (*flows.FLOWS, back_on_reader)


@pytest.fixture
def desk_for(stripe, clock, hafen):
    """Return a function that opens the desk of a flow: money goes back on a reader in Canada only."""

    def opened(flow):
        if flow is back_on_reader:
            return in_canada(stripe, clock)
        return Desk(stripe, clock, hafen, "sk_test_hafenplatz")

    return opened


def dies_at(desk, flow, fatal=0, moment="before"):
    """Run a flow that dies at one point, let the schedule go on, check everything; return its points."""
    began, go = timezone.now(), flow(desk)
    points = Points(desk.wire, fatal=fatal, moment=moment)
    with points.watched():
        go()
    all_hold(desk)
    flows.sweep_until_quiet(desk)
    all_hold_at_rest(desk, began)
    return points


def sweep(desk, flow):
    """Let a flow die at every point, both ways, until it has no more; return how often it died."""
    desk.listen()
    number, died, hit = 0, 0, True
    while hit:
        number += 1
        for moment in MOMENTS:
            if moment == "after" and flow is not flows.webhook:  # without a single event the end is the same
                desk.fault("webhook_lost", times=None)
            hit = dies_at(desk, flow, number, moment).hit
            desk.control(f"accounts/{desk.key}/faults", method="DELETE")
            died += hit
    print(f"{flow.__name__}: {number - 1} points, died {died} times")  # noqa: T201  (kept in docs/proofs.md)
    return died


ONE_OF_EACH = [(flows.charge, 9, "after"), (flows.refund, 4, "before"), (flows.webhook, 5, "after"),
               (back_on_reader, 9, "after")]  # fmt: skip


@pytest.mark.parametrize(("flow", "point", "moment"), ONE_OF_EACH, ids=lambda one: getattr(one, "__name__", one))
def test_flow_that_dies_at_one_point_ends_well(desk_for, flow, point, moment):
    desk = desk_for(flow)
    desk.listen()
    assert dies_at(desk, flow, point, moment).hit


@pytest.mark.proof
@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.__name__)
def test_flow_that_dies_at_any_point_ends_well(desk_for, flow):
    assert sweep(desk_for(flow), flow) >= 10
