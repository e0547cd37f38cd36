"""The only package that talks to Stripe: thin verbs, our own errors, typed answers."""

from terminal.stripe_client.errors import StripeProblem, StripeRefused, StripeUnreachable
from terminal.stripe_client.gateway import StripeGateway
from terminal.stripe_client.signature import NAME, BadSignature, read_event, verify_signature

__all__ = [
    "NAME",
    "BadSignature",
    "StripeGateway",
    "StripeProblem",
    "StripeRefused",
    "StripeUnreachable",
    "read_event",
    "verify_signature",
]
