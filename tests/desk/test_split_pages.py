"""A sale that is paid in several ways."""

import pytest
from django.urls import reverse

from billing.models import Sale
from tests.desk.counter import fields, sell, text
from tests.factories.members import make_member

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_sale_that_is_split_is_issued_and_ends_paid(till, desk, hafen, shelf):
    page = sell(till, make_member(hafen), shelf["D"])
    sale = page.context["sale"]
    answer = till.post(reverse("desk:split", args=[sale.uuid]), fields(page))
    invoice = Sale.objects.select_related("invoice").get().invoice
    assert (answer["Location"], invoice.state) == (reverse("terminal:split_new", args=[invoice.uuid]), "issued")
    rows = {"way_1": "cash", "amount_1": "10.00", "way_2": "link"}
    split = till.post(answer["Location"], rows)["Location"]
    assert till.post(f"{split}rows/1/")["Location"] == split
    assert till.post(f"{split}rows/2/")["Location"] == reverse("terminal:pay_link", args=[invoice.uuid])
    assert "€10.00 of €25.00 paid" in text(till.get(split))
    assert till.get(f"/desk/{sale.uuid}/").context["stage"] == "unpaid"
