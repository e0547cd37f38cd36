"""What a browser at the counter sends, read from the pages it was shown."""

import re

from django.urls import reverse
from django.utils import timezone


def text(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def open_person(client, member):
    return client.get(reverse("desk:sell"), {"member": str(member.uuid)})


def fields(answer, **more):
    """Return what the form of the page sends: its token, its ticks, its check-in box."""
    context = answer.context
    ticks = [str(one.invoice.uuid) for one in context["owed"] if one.ticked]
    found = {"token": str(context["token"]), "invoice": ticks, "at": context["place"].code}
    if "total" in context:
        found["shown"] = str(context["total"].amount)
    if context["sale"] is None or context["sale"].check_in:
        found["check_in"] = "1"
    return {**found, **more}


def pick(product, day=None, part="full"):
    """Return the value of a product's button; ``day`` None: today, empty: no certain day."""
    today = str(product.location.today(timezone.now()))
    return f"{product.pk}|{today if day is None else day}|{part}"


def sell(client, member, product, **more):
    """Open somebody and put the first product in; return the sale's page."""
    page = open_person(client, member)
    url = reverse("desk:add_first", args=["member", member.uuid])
    return client.post(url, fields(page, pick=pick(product, **more)), follow=True)
