"""What the terminal says once the demo answers."""

from django.conf import settings

from flexspace.core.roles import Role
from flexspace.management.demo.plan import Addresses


def banner(addresses: Addresses) -> str:
    """Return where to go, who to be and how to stop."""
    people = "\n".join(
        f"               {person['email']:<30} {Role(person['role']).label}, {person['locations']}"
        for person in settings.DEMO_STAFF
    )
    return f"""
  Flexspace is ready.

  Open         {addresses.web}
  Sign in as
{people}
               password: {settings.DEMO_STAFF[0]["password"]}

  Card readers {addresses.sandbox}/   (a stand-in for Stripe: tap, decline, walk away)
  Doors        {addresses.sandbox}/salto/console   (a stand-in for SALTO KS: its people, seats, and a door to try)

  Practice mode: no real card, no real money, nothing leaves this machine.
  Stop with Ctrl-C. The data is kept for the next start.
"""
