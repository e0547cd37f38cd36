# ruff: noqa: E402  (Django is set up first)
"""The process that ``benchmarks.lists`` starts for each database: opens pages by name, answers with milliseconds."""

import datetime as dt
import json
import sys
import time

import django

django.setup()

from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from billing.models import Invoice
from flexspace.core.api_auth import TokenRate
from flexspace.core.api_tokens import create_token
from flexspace.core.keyset import _cursor
from flexspace.core.models import Location, User
from flexspace.core.roles import Role
from members.models import Member

TokenRate.rate = "1000000/min"
PATHS = {
    "members": "/members/",
    "members, in the middle": "/members/?at={member}",
    "members, search: one word": "/members/?q=muller",
    "members, search: two words": "/members/?q=lena+fischer",
    "members, search: one letter": "/members/?q=m",
    "members, search: e-mail": "/members/?q={email}",
    "invoices, open": "/invoices/?tab=open",
    "invoices, overdue": "/invoices/?tab=overdue",
    "invoices, paid": "/invoices/?tab=paid",
    "invoices, void": "/invoices/?tab=void",
    "invoices, all": "/invoices/?tab=all",
    "invoices, all, in the middle": "/invoices/?tab=all&at={invoice}",
    "invoices, number": "/invoices/?q={number}",
}
# The counted rate and the token's last use, written once a minute.
NOT_THE_PAGES = ("django_cache", 'SET "last_used_at"', "SAVEPOINT", "BEGIN", "COMMIT")
API = {
    "api members": "/api/v1/members/",
    "api invoices": "/api/v1/invoices/",
    "api invoices, open": "/api/v1/invoices/?status=open",
    "api invoices, of one member": "/api/v1/invoices/?member={payer}",
}


def addresses():
    """Return page → address, with a cursor in the middle of what there is."""
    count = Member.objects.count()
    member = Member.objects.order_by("sort_name", "pk")[count // 2]
    invoice = Invoice.objects.exclude(number=None).order_by("pk")[count // 2 - count // 50]
    values = {
        "member": _cursor("f", member, ["sort_name", "pk"]),
        "invoice": _cursor("f", invoice, ["pk"]),
        "email": member.email,
        "number": invoice.number,
        "payer": Member.objects.filter(location__code="NRD").first().uuid,
    }
    return {page: path.format(**values) for page, path in (PATHS | API).items()}


def clients():
    """Return who opens pages: an admin, one of the large location, one of two, one of the smallest; and programs."""
    large, middle, tiny = Location.objects.order_by("pk")
    people = {}
    for who, role, places in (
        ("admin", Role.ADMIN, []),
        ("one", Role.FRONT_DESK, [large]),
        ("two", Role.FRONT_DESK, [large, middle]),
        ("tiny", Role.FRONT_DESK, [tiny]),
    ):
        email = f"{who}@example.com"
        user = User.objects.filter(email=email).first() or User.objects.create_user(email, name=who, role=role)
        user.locations.set(places)
        people[who] = Client()
        people[who].force_login(user)
        if role == Role.ADMIN:
            admin = user
            continue
        now = timezone.now()
        _, secret = create_token(
            by=admin, name=who, scopes=["read"], locations=places, expires_at=now + dt.timedelta(days=1), now=now
        )
        people[f"api {who}"] = Client(headers={"Authorization": f"Bearer {secret}"})
    return people


def main():
    cache.clear()
    people, paths = clients(), addresses()
    pages = {}
    for page, path in paths.items():
        for who, client in people.items():
            if page.startswith("api") == who.startswith("api"):
                pages[f"{page} ({who.removeprefix('api ')})"] = (client, path)
    print(json.dumps(list(pages)), flush=True)
    for line in sys.stdin:
        client, path = pages[line.strip()]
        with CaptureQueriesContext(connection) as seen:
            began = time.perf_counter()
            answer = client.get(path)
            spent = time.perf_counter() - began
        assert answer.status_code == 200, (path, answer.status_code)
        counted = [
            query for query in seen if "django_cache" not in query["sql"] and 'last_used_at" =' not in query["sql"]
        ]
        print(json.dumps({"ms": spent * 1000, "queries": len(counted)}), flush=True)


if __name__ == "__main__":
    main()
