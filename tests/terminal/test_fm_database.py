"""Column F18 of the fault matrix: the database is gone from one moment on, comes back later, and all ends well."""

from contextlib import contextmanager, suppress

import pytest
from django.db import OperationalError, connection

from tests.matrix.table import cells_of
from tests.terminal import flows
from tests.terminal.invariants import all_hold, all_hold_at_rest

pytestmark = pytest.mark.django_db(transaction=True)
START = ""
GONE_AFTER = {
    "T1": (flows.charge, START), "T2": (flows.charge, "POST /v1/payment_intents"),
    "T3": (flows.charge, "POST /v1/payment_intents"), "T4": (flows.charge, "POST /v1/terminal/readers"),
    "T5": (flows.charge, "GET /v1/terminal/readers"), "T6": (flows.charge, "GET /v1/payment_intents"),
    "T7": (flows.pay_link, "GET /v1/checkout"),
    "X1": (flows.cancel, "POST /v1/terminal/readers"), "X2": (flows.cancel, "GET /v1/terminal/readers"),
    "X3": (flows.cancel, "POST /v1/payment_intents/pi_"), "X4": (flows.cancel, "GET /v1/payment_intents"),
    "R1": (flows.refund, START), "R2": (flows.refund, "POST /v1/refunds"), "R3": (flows.refund, "POST /v1/refunds"),
    "R4": (flows.refund_that_fails, "GET /v1/refunds"),
    "W1": (flows.webhook, START), "W2": (flows.webhook, START), "W3": (flows.webhook, START),
    "W4": (flows.webhook, "GET /v1/terminal/readers"), "W5": (flows.webhook, "GET /v1/payment_intents"),
}  # fmt: skip


@contextmanager
def database_gone_after(wire, call):
    """Refuse every statement once an answer to ``call`` has come; from the start without one."""
    send, gone = wire.send, [call == START]

    def watched(request, *args, **kwargs):
        answer = send(request, *args, **kwargs)
        gone[0] = gone[0] or f"{request.method} {request.path_url}".startswith(call)
        return answer

    def refuse(execute, sql, params, many, context):
        if gone[0] and not sql.startswith(("ROLLBACK", "RELEASE")):
            raise OperationalError("The database does not answer.")
        return execute(sql, params, many, context)

    wire.send = watched
    try:
        with connection.execute_wrapper(refuse):
            yield gone
    finally:
        wire.send = send


@cells_of("database_down", often="T6-F18")
def test_database_that_is_gone_for_a_moment_loses_and_doubles_nothing(desk, step, fault):
    flow, call = GONE_AFTER[step]
    desk.listen()
    go = flow(desk)
    with database_gone_after(desk.wire, call) as gone, suppress(OperationalError):
        go()
    assert gone[0], "The flow never came to that call."
    all_hold(desk)
    flows.sweep_until_quiet(desk)
    all_hold_at_rest(desk)
