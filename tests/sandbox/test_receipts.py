"""The receipts that Stripe mails: by an address on a paid intent, before or after it is paid."""

from tests.sandbox.desk import Desk


def mails(desk: Desk) -> list[tuple[str, str]]:
    return [(one["to"], one["why"]) for one in desk.of_account("GET", "mails")["mails"]]


def test_address_is_mailed_once_the_intent_is_paid(desk: Desk) -> None:
    intent = desk.waiting(receipt_email="lena@example.com")
    desk.v1.payment_intents.update(intent.id, {"receipt_email": "anna@example.com"})
    assert mails(desk) == []
    desk.tap()
    assert mails(desk) == [("anna@example.com", "receipt_email")]


def test_paid_intent_that_is_given_an_address_is_mailed_and_replayed_calls_are_not(desk: Desk) -> None:
    intent = desk.waiting()
    desk.tap()
    for key in ("one", "one", "two"):
        desk.v1.payment_intents.update(intent.id, {"receipt_email": "lena@example.com"}, {"idempotency_key": key})
    assert mails(desk) == [("lena@example.com", "receipt_email")] * 2
    read = desk.v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    assert (read.receipt_email, read.latest_charge.receipt_email) == ("lena@example.com", "lena@example.com")
    desk.v1.payment_intents.update(intent.id, {"metadata": {"a": "b"}})
    assert len(mails(desk)) == 2


def test_refused_card_mails_nothing(desk: Desk) -> None:
    desk.waiting(receipt_email="lena@example.com")
    desk.tap("4000000000000002")
    assert mails(desk) == []


def test_dashboard_mails_customers_only_when_it_is_switched_on(desk: Desk) -> None:
    customer = desk.v1.customers.create({"email": "lena@example.com"}).id
    page = desk.session.get(f"http://stripe.test/mischief?account={desk.account}").text
    assert ("Receipts from Stripe" in page, "is <strong>off</strong>" in page) == (True, True)
    for expected in (0, 1):
        desk.waiting(customer=customer)
        desk.tap()
        assert mails(desk) == [("lena@example.com", "dashboard")] * expected
        form = {"account": desk.account, "do": "mails_customers", "on": "1"}
        desk.session.post("http://stripe.test/mischief", data=form)
    assert "lena@example.com" in desk.session.get(f"http://stripe.test/mischief?account={desk.account}").text
