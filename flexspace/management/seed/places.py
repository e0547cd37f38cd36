"""Makes a location, its Stripe account in the sandbox, its readers and its webhook endpoint."""

from functools import cache

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.urls import reverse
from django.utils import timezone

from flexspace.core.actors import Actor
from flexspace.core.models import Location, User
from flexspace.management.seed.data import Place
from flexspace.management.seed.sandbox_api import SandboxApi
from members.models import TaxRate
from terminal.models import StripeConfig
from terminal.services.accounts import save_account, save_webhook_secret
from terminal.services.readers import map_location, sync_account

SET_UP = Actor.job("seed_demo")


def make_location(place: Place) -> Location:
    """Return the location with its tax rates, made once."""
    location, _ = Location.objects.get_or_create(
        code=place.code,
        defaults={
            "name": place.name,
            "time_zone": place.time_zone,
            "currency": place.currency,
            "country": place.country,
            "line1": place.line1,
            "city": place.city,
            "postal_code": place.postal_code,
            "legal_name": place.account,
            "tax_id": place.tax_id,
            "invoice_note": place.invoice_note,
            "day_pass_capacity": place.seats,
            "house_note": place.house_note,
        },
    )
    for name, basis_points in place.taxes:
        TaxRate.objects.get_or_create(country=place.country, name=name, defaults={"basis_points": basis_points})
    return location


def make_staff() -> None:
    """Make the people who can sign in, with the practice password."""
    hashed = cache(make_password)  # it is slow by design, and the same for all
    for person in settings.DEMO_STAFF:
        if User.objects.filter(email=person["email"]).exists():
            continue
        staff = User.objects.create_user(
            person["email"],
            name=person["name"],
            role=person["role"],
            is_staff=person["role"] == "admin",
            is_superuser=person["role"] == "admin",
        )
        User.objects.filter(pk=staff.pk).update(password=hashed(person["password"]))
        names = [name.strip() for name in person["locations"].split(",")]
        staff.locations.set(Location.objects.filter(name__in=names))


def connect_stripe(place: Place, location: Location) -> StripeConfig:
    """Make the account, a Stripe Location with its readers, and map it. Stripe posts nothing until ``listen``."""
    sandbox = SandboxApi(settings.STRIPE_API_BASE, place.key)
    account = {"key": place.key, "country": place.country, "currency": place.currency.lower(), "name": place.account}
    sandbox.control("_sandbox/accounts", account)
    home = _stripe_location(sandbox, place, place.name)
    for label, code in place.readers:
        sandbox.stripe("terminal/readers", registration_code=code, label=label, location=home)
    if place.extra_location:
        _stripe_location(sandbox, place, place.extra_location)  # empty and unmapped, as one finds them
    config = save_account(by=SET_UP, key=place.key, name=place.account)
    sync_account(config, now=timezone.now())
    map_location(by=SET_UP, place=config.stripe_locations.get(stripe_id=home), location=location)
    return config


def listen(place: Place, config: StripeConfig) -> None:
    """Let Stripe post what happens in the account from now on to us."""
    sandbox = SandboxApi(settings.STRIPE_API_BASE, place.key)
    url = settings.SITE_URL + reverse("terminal:webhook", args=[config.webhook_uuid])
    endpoint = sandbox.stripe("webhook_endpoints", url=url, **{"enabled_events[0]": "*"})
    save_webhook_secret(by=SET_UP, config=config, secret=endpoint["secret"], endpoint_id=endpoint["id"])


def _stripe_location(sandbox: SandboxApi, place: Place, name: str) -> str:
    made = sandbox.stripe(
        "terminal/locations",
        display_name=name,
        **{
            "address[country]": place.country,
            "address[line1]": place.line1,
            "address[city]": place.city,
            "address[postal_code]": place.postal_code,
        },
    )
    return str(made["id"])
