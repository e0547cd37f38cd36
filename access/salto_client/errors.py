"""What can go wrong with a call to SALTO KS, by what may be done about it."""

from typing import Any

INTERNAL, NOT_FOUND, NOT_ALLOWED = 2201, 2202, 2203
NOT_RELEASED, SITE_EXPIRED, POD_MEMBER = 2210, 2212, 2220
_SITE_PROBLEMS = {NOT_RELEASED: "not_released", SITE_EXPIRED: "site_expired", POD_MEMBER: "pod"}


class SaltoProblem(Exception):
    """A call that did not give what was asked for. ``code`` is ours and stable; ``number`` SALTO's, 0 when unknown."""

    def __init__(
        self, message: str, *, code: str, status: int = 0, number: int = 0, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.message, self.code, self.status, self.number = message, code, status, number
        self.retry_after = retry_after  # seconds


class SaltoUnreachable(SaltoProblem):
    """No answer, or one that says nothing about the outcome (5xx, 429): it may have happened."""


class SaltoRefused(SaltoProblem):
    """SALTO KS answered no."""

    @property
    def may_be_lag(self) -> bool:
        """Return whether this is what SALTO KS says for a minute about a user it has just made."""
        return (self.status, self.number) in ((403, NOT_ALLOWED), (404, NOT_FOUND))

    @property
    def is_about_all(self) -> bool:
        """Return whether every other call would be refused too: the token, the site, or the site's subscription."""
        return self.status == 401 or self.number in (NOT_RELEASED, SITE_EXPIRED)


def read_error(status: int, body: Any, retry_after: str = "") -> SaltoProblem | None:
    """Return the problem an answer tells of, None when it tells of none.

    Three shapes are read: ``ErrorCode`` and ``Message``, also inside a success; RFC 7807; and OAuth's own.
    """
    told: dict[str, Any] = body if isinstance(body, dict) else {}
    number = told.get("ErrorCode") or told.get("errorCode") or 0
    number = number if isinstance(number, int) else 0
    if 200 <= status < 300 and not number:
        return None
    message = str(told.get("Message") or told.get("title") or told.get("error_description") or "No reason was given.")
    known: dict[str, Any] = {"status": status, "number": number}
    if status == 429:
        known["retry_after"] = float(retry_after) if retry_after.isdigit() else None
        return SaltoUnreachable(message, code="rate_limited", **known)
    if status < 400 or status >= 500 or number == INTERNAL:  # a redirect or a page in between proves nothing either
        if number and number != INTERNAL:
            return SaltoRefused(message, code="refused", **known)
        return SaltoUnreachable(message, code="unreachable", **known)
    if "error" in told and not number:
        return SaltoRefused(message, code=str(told["error"])[:40], **known)
    if status == 401:
        return SaltoRefused(message, code="revoked", **known)
    return SaltoRefused(message, code=_SITE_PROBLEMS.get(number, "refused"), **known)
