"""Bodies that somebody posts to see what breaks: about 150, each sent signed and unsigned."""

import itertools
import json

ODD = [None, True, 0, -1, 1.5, 10**400, "", "x" * 81, "a\x00b", "\ud800", "../../x", "é", [], [[]], {}, {"id": {}}]
number = itertools.count(2)
FIELDS = ["id", "type", "object", "livemode", "data", "account"]


def _event(**more):
    return {"id": "evt_1", "object": "event", "type": "payment_intent.succeeded", "livemode": False,
            "data": {"object": {"id": "pi_1"}}, **more}  # fmt: skip


def _dump(value) -> bytes:
    return json.dumps(value).encode()


RAW = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'"event"',
    b"\xff\xfe\x00",
    b"\xef\xbb\xbf{}",
    b"{}" * 1000,
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b"9" * 10_000,
    b"NaN",
    b'{"id":"evt_1","id":[]}',
    b"a=b&c=d",
    b"--boundary\r\n",
    _dump(_event()).decode().encode("utf-16"),
    _dump(_event())[:-2],
    _dump(_event()).replace(b"evt_1", b"evt_\xe9"),
    _dump(_event()).replace(b"pi_1", b"\x00"),
]
SHAPES = [_dump(_event(**{field: value})) for field, value in itertools.product(FIELDS, ODD)]
OBJECTS = [
    _dump(_event(id=f"evt_{next(number)}", type=kind, data={"object": obj}))
    for kind in ("payment_intent.succeeded", "charge.failed", "terminal.reader.action_failed")
    for obj in (
        {},
        {"id": None},
        {"id": ["pi_1"]},
        {"id": "\ud800"},
        {"id": "x\x00"},
        {"id": "x" * 10_000},
        {"payment_intent": {"id": "pi_1"}},
        {"payment_intent": ["pi_1"]},
        {"action": []},
        {"action": "x"},
        {"action": {"type": ["x"]}},
        {"action": {"type": "process_payment_intent", "process_payment_intent": [1]}},
        {"id": "pi_1", "metadata": "installation"},
        {"id": "pi_1", "metadata": {"installation": ["test"]}},
    )
]
BODIES = RAW + SHAPES + OBJECTS
