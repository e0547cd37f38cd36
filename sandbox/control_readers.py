"""What people and tests do to one reader: cards, buttons, mischief."""

from typing import Any

from sandbox.cards import DEFAULT_CARD, find_card
from sandbox.device import FAULTS
from sandbox.screen import screen, state
from sandbox.tapping import Result, customer_cancels, enter_pin, present, thaw
from sandbox.world import World

Body = dict[str, Any]


def answer(world: World, reader: Body, method: str, doing: str, body: Body) -> Body | None:
    """Answer a request about a reader; None when there is no such endpoint."""
    if method == "GET" and not doing:
        return state(world, reader)
    if method == "DELETE" and doing == "faults":
        all_well(world, reader)
        return state(world, reader)
    if method != "POST":
        return None
    result: Result = (True, "")
    if doing == "tap":
        result = _tap(world, reader, body)
    elif doing == "cancel":
        result = customer_cancels(world, reader)
    elif doing == "pin":
        result = enter_pin(world, reader, str(body.get("pin", "1234")))
    elif doing == "faults":
        set_faults(world, reader, body)
    elif doing == "software":
        reader["device_sw_version"] = reader["_device"]["software"] = str(body["version"])
        world.save(reader)
    elif doing != "walk_away":
        return None
    return {"accepted": result[0], "why": result[1], **state(world, reader)}


def _tap(world: World, reader: Body, body: Body) -> Result:
    card = find_card(str(body.get("card", DEFAULT_CARD.number)))
    if card is None:
        raise ValueError(f"no test card {body.get('card')}")
    method = body.get("method", "tap")
    if method not in ("tap", "insert", "phone"):
        raise ValueError("method must be tap, insert or phone")
    return present(world, reader, card, method, bool(body.get("enter_pin")))


def set_faults(world: World, reader: Body, body: Body) -> None:
    """Switch faults on (any value) and off (false or null); `times` says how often they strike.

    `"online": true` connects the reader again. Raises ValueError for an unknown fault or value.
    """
    device = reader["_device"]
    times = body.get("times")
    if body.get("online"):
        reconnect(reader)
    elif body.get("online") is False:
        device["faults"]["offline"] = {"value": True, "left": None}
    for name, value in body.items():
        if name in ("times", "online"):
            continue
        if name not in FAULTS:
            raise ValueError(f"a fault is one of online, {', '.join(FAULTS)}")
        _set_one(world, reader, name, value, times)
    world.save(reader)


def _set_one(world: World, reader: Body, name: str, value: Any, times: int | None) -> None:
    device = reader["_device"]
    if name == "frozen":
        device["still"] = screen(world, reader) if value else None
    if name == "no_heartbeat":
        device["stopped_at"] = world.now if value else None
    if value in (None, False):
        device["faults"].pop(name, None)
        if name == "frozen":
            thaw(world, reader)
        return
    left = FAULTS[name] if times is None else times
    device["faults"][name] = {"value": _checked(name, value), "left": left}


def _checked(name: str, value: Any) -> Any:
    """Return the value of a fault in its full form."""
    if name == "slow":
        full = {"seconds": float(value)} if isinstance(value, int | float) else dict(value)
        if full.setdefault("answer", "late") not in ("late", "lost"):
            raise ValueError("slow.answer must be late or lost")
        return full
    if name == "ack_timeout":
        full = {"kind": value} if isinstance(value, str) else dict(value)
        if full.get("kind") not in ("delivered", "lost"):
            raise ValueError("ack_timeout must be delivered or lost")
        return full
    if name == "connection_error" and value not in ("charged", "not_charged"):
        raise ValueError("connection_error must be charged or not_charged")
    return value


def reconnect(reader: Body) -> None:
    """Bring a reader back that was offline or had died; its slot stays as it was."""
    device = reader["_device"]
    device["faults"].pop("offline", None)
    device["faults"].pop("no_heartbeat", None)
    device.pop("dead", None)
    device["stopped_at"] = None
    if device["phase"] == "dead":
        device["phase"] = "idle"


def all_well(world: World, reader: Body) -> None:
    """Switch off everything that is wrong with a reader."""
    device = reader["_device"]
    device["faults"].clear()
    device["still"] = None
    reconnect(reader)
    world.save(reader)
    thaw(world, reader)
