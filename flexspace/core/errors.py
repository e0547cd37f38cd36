"""What a person is told when something may not or cannot be done."""


class DomainError(Exception):
    """Something that cannot be done, with a sentence for the person who tried.

    ``message`` says what is wrong and what to do; ``code`` is stable and goes into the API's error shape. ``where`` is
    the path of the page on which to do it, "" when there is none.
    """

    status = 400

    def __init__(self, message: str, *, code: str, where: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.where = where


class Conflict(DomainError):
    """It could be done at another moment: somebody else is at it, or the state has moved on."""

    status = 409


class NotAllowed(DomainError):
    """This person's role or location does not allow it."""

    status = 403
