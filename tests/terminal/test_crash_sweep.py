"""A process that dies right before or after any commit and any outside call of any flow: all ends well by itself."""

import pytest
from django.utils import timezone

from tests.terminal import flows
from tests.terminal.invariants import all_hold, all_hold_at_rest
from tests.terminal.points import Points

pytestmark = pytest.mark.django_db(transaction=True)
MOMENTS = ("before", "after")


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


@pytest.mark.parametrize(("flow", "point", "moment"), [(flows.charge, 9, "after"), (flows.refund, 4, "before"),
                         (flows.webhook, 5, "after")], ids=lambda one: getattr(one, "__name__", one))  # fmt: skip
def test_flow_that_dies_at_one_point_ends_well(desk, flow, point, moment):
    desk.listen()
    assert dies_at(desk, flow, point, moment).hit


@pytest.mark.proof
@pytest.mark.parametrize("flow", flows.FLOWS, ids=lambda flow: flow.__name__)
def test_flow_that_dies_at_any_point_ends_well(desk, flow):
    assert sweep(desk, flow) >= 10
