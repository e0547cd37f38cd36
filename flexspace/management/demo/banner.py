"""What the terminal says once the demo answers."""

from flexspace.core.roles import Role
from flexspace.management.demo.people import PASSWORD, PEOPLE
from flexspace.management.demo.plan import Addresses


def banner(addresses: Addresses) -> str:
    """Return where to go, who to be and how to stop."""
    people = "\n".join(f"               {person.email:<26} {Role(person.role).label}" for person in PEOPLE)
    return f"""
  Flexspace is ready.

  Open         {addresses.web}
  Sign in as
{people}
               password: {PASSWORD}

  Card readers {addresses.sandbox}/   (a stand-in for Stripe: tap, decline, walk away)

  Practice mode: no real card, no real money, nothing leaves this machine.
  Stop with Ctrl-C. The data is kept for the next start.
"""
