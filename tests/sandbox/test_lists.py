"""Cursors, filters, expand[]."""

from typing import Any

import pytest
import stripe

from tests.sandbox.desk import Desk
from tests.sandbox.test_strictness import error_of, refusal


def test_list_gives_ten_newest_first(desk: Desk) -> None:
    made = [desk.intent(1000 + 10 * number).id for number in range(12)]
    page = desk.v1.payment_intents.list()
    assert [one.id for one in page.data] == made[:1:-1]
    assert (page.has_more, page.url) == (True, "/v1/payment_intents")


def test_list_goes_on_after_a_cursor_and_before_one(desk: Desk) -> None:
    made = [desk.intent(1000).id for _ in range(5)]
    after = desk.v1.payment_intents.list({"limit": 2, "starting_after": made[3]})
    assert ([one.id for one in after.data], after.has_more) == ([made[2], made[1]], True)
    before = desk.v1.payment_intents.list({"limit": 2, "ending_before": made[1]})
    assert ([one.id for one in before.data], before.has_more) == ([made[3], made[2]], True)


def test_list_is_walked_to_its_end_by_the_sdk(desk: Desk) -> None:
    made = [desk.intent(1000).id for _ in range(7)]
    forth = desk.v1.payment_intents.list({"limit": 3}).auto_paging_iter()
    assert [one.id for one in forth] == made[::-1]
    back = desk.v1.payment_intents.list({"limit": 3, "ending_before": made[0]})
    assert [one.id for one in back.auto_paging_iter()] == made[1:]


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"starting_after": "pi_x"}, "starting_after"),
    ],
)
def test_list_with_a_wrong_page_is_refused(desk: Desk, params: Any, param: str) -> None:
    assert refusal(desk.v1.payment_intents.list, params)[2] == param


def test_readers_are_filtered(desk: Desk) -> None:
    other = desk.v1.terminal.readers.create({"registration_code": "simulated-wpe", "location": desk.location})
    desk.reader_fault(offline=True)
    lists = desk.v1.terminal.readers.list

    def ids(params: Any) -> list[str]:
        return [one.id for one in lists(params).data]

    assert ids({"status": "offline"}) == [desk.reader]
    assert ids({"device_type": "simulated_wisepos_e"}) == [other.id]
    assert ids({"serial_number": other.serial_number}) == [other.id]
    assert ids({"location": desk.location}) == [other.id, desk.reader]


def test_intents_are_filtered_by_customer_and_moment(desk: Desk) -> None:
    customer = desk.v1.customers.create({"email": "a@b.example"})
    first = desk.intent(customer=customer.id)
    desk.clock.advance(100)
    second = desk.intent()
    lists = desk.v1.payment_intents.list
    assert [one.id for one in lists({"customer": customer.id}).data] == [first.id]
    later: Any = {"created": {"gt": first.created}}
    assert [one.id for one in lists(later).data] == [second.id]


def test_expand_puts_objects_inside(desk: Desk) -> None:
    customer = desk.v1.customers.create({"name": "Ada"})
    intent = desk.waiting(customer=customer.id)
    desk.tap()
    found = desk.get_intent(intent, "customer", "latest_charge.payment_method", "payment_method")
    assert found.customer.name == "Ada"
    assert found.latest_charge.payment_method.id == found.payment_method.id
    lists = desk.v1.payment_intents.list({"expand": ["data.latest_charge"]})
    assert lists.data[0].latest_charge.object == "charge"
    reader = desk.v1.terminal.readers.retrieve(
        desk.reader, {"expand": ["location", "action.process_payment_intent.payment_intent"]}
    )
    assert reader.location.id == desk.location
    assert reader.action.process_payment_intent.payment_intent.status == "succeeded"
    assert desk.get_reader().action.process_payment_intent.payment_intent == intent.id


def test_expand_of_nothing_stays_null(desk: Desk) -> None:
    assert desk.get_intent(desk.intent(), "latest_charge").latest_charge is None


@pytest.mark.parametrize("path", ["amount", "nothing", "metadata", "a.b.c.d.e"])
def test_expand_of_something_else_is_refused(desk: Desk, path: str) -> None:
    intent = desk.intent()
    with pytest.raises(stripe.InvalidRequestError) as caught:
        desk.get_intent(intent, path)
    assert error_of(caught).param == "expand"


def test_metadata_is_merged_and_unset(desk: Desk) -> None:
    intent = desk.intent(metadata={"a": "1", "b": "2"})
    changed = desk.v1.payment_intents.update(intent.id, {"metadata": {"a": "", "c": "3"}})
    assert changed.metadata.to_dict() == {"b": "2", "c": "3"}
    assert desk.v1.payment_intents.update(intent.id, {"metadata": ""}).metadata.to_dict() == {}
