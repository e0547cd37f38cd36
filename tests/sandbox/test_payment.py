"""The ordinary way of a payment on a reader."""

from tests.sandbox.desk import START, Desk


def test_payment_with_a_tap_is_paid(desk: Desk) -> None:
    intent = desk.waiting(14500)

    desk.tap()

    paid = desk.get_intent(intent, "latest_charge")
    assert (paid.status, paid.amount_received) == ("succeeded", 14500)
    card = paid.latest_charge.payment_method_details.card_present
    assert (card.brand, card.last4, card.read_method) == ("visa", "4242", "contactless_emv")
    assert (card.reader, card.location) == (desk.reader, desk.location)
    assert card.receipt.application_preferred_name == "Visa Credit"
    assert desk.get_reader().action.status == "succeeded"


def test_payment_with_a_tap_makes_the_documented_events(desk: Desk) -> None:
    desk.waiting()
    desk.tap()
    desk.clock.advance(2)

    assert desk.event_types() == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "terminal.reader.action_succeeded",
        "charge.updated",
    ]


def test_reader_last_seen_is_in_milliseconds(desk: Desk) -> None:
    assert desk.get_reader().last_seen_at == int(START * 1000)
