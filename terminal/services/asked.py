"""Turns what went wrong at Stripe into what a person is told, for calls that an admin makes from a page."""

from collections.abc import Callable
from typing import TypeVar

from flexspace.core.errors import DomainError
from terminal import explain
from terminal.stripe_client import StripeProblem, StripeUnreachable

T = TypeVar("T")


def asked(call: Callable[[], T]) -> T:
    """Return what Stripe answers. Raises DomainError with the sentence, and with Stripe's code kept.

    ``no_answer`` means that it may have happened: sent again with the same key it does not happen twice.
    """
    try:
        return call()
    except StripeUnreachable as problem:
        raise DomainError(
            "Stripe's answer did not come. Press the button again: nothing is made twice.", code="no_answer"
        ) from problem
    except StripeProblem as problem:
        raise DomainError(explain.problem_sentence(problem), code=problem.code or "stripe_refused") from problem
