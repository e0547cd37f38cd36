"""What can go wrong with a call to Stripe, by what may be done about it."""

import re
from typing import Any

import stripe

LACKING = re.compile(r"Having the '(\w+)' permission")  # https://docs.stripe.com/keys/restricted-api-keys


class StripeProblem(Exception):
    """A call that did not give what was asked for. ``code`` and ``request_id`` are Stripe's, empty when unknown."""

    def __init__(self, message: str, *, code: str = "", request_id: str = "", status: int = 0) -> None:
        super().__init__(message)
        self.message, self.code, self.request_id, self.status = message, code, request_id, status

    @property
    def lacks(self) -> str:
        """Return the permission that a restricted key would need, "" when it is not about that."""
        found = LACKING.search(self.message) if self.status == 403 else None
        return found[1].removeprefix("rak_") if found else ""


class StripeUnreachable(StripeProblem):
    """No answer, or one that says nothing about the outcome (5xx): it may have happened."""

    permanent = False


class StripeRefused(StripeProblem):
    """Stripe answered no. ``permanent`` says whether the same request would be refused again.

    ``param`` names what Stripe minded; ``intent`` is the PaymentIntent that a declined card left behind, as it came.
    """

    def __init__(
        self,
        message: str,
        *,
        decline_code: str = "",
        retry_after: int = 0,
        param: str = "",
        intent: dict[str, Any] | None = None,
        **known: str | int,
    ) -> None:
        super().__init__(message, **known)  # type: ignore[arg-type]
        self.decline_code = decline_code
        self.retry_after = retry_after  # seconds
        self.param = param
        self.intent = intent

    @property
    def permanent(self) -> bool:
        """Return False for 409 and 429, which are about the moment and not about the request."""
        return self.status not in (409, 429)


def translate(error: stripe.StripeError) -> StripeProblem:
    """Return our error for the SDK's.

    The class follows the HTTP status: the SDK leaves ``code`` empty on 409, 429 and 5xx, so it is read from the
    error object. https://docs.stripe.com/error-low-level
    """
    status = error.http_status or 0
    body = error.error
    known = {
        "code": str(getattr(body, "code", None) or error.code or ""),
        "request_id": str(error.request_id or ""),
        "status": status,
    }
    message = str(getattr(body, "message", None) or error.user_message or "Stripe gave no reason.")
    if isinstance(error, stripe.APIConnectionError) or status < 400 or status >= 500 or body is None:
        # Also what something in between answered: a redirect, a page in place of JSON. It proves nothing.
        return StripeUnreachable("Stripe could not be reached." if not status else message, **known)  # type: ignore[arg-type]
    retry_after = str((error.headers or {}).get("retry-after", ""))
    intent = getattr(body, "payment_intent", None)
    return StripeRefused(
        message,
        decline_code=str(getattr(body, "decline_code", None) or ""),
        retry_after=int(retry_after) if retry_after.isdigit() else 0,
        param=str(getattr(body, "param", None) or ""),
        intent=intent.to_dict() if isinstance(intent, stripe.StripeObject) else None,
        **known,  # type: ignore[arg-type]
    )
