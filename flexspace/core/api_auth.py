"""Who calls the API, what they may, and how often: a token in the Authorization header, nothing else."""

from datetime import timedelta
from functools import cached_property
from typing import Any, cast

from django.db.models import Q
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.throttling import SimpleRateThrottle

from flexspace.core.actors import Actor
from flexspace.core.api_tokens import digest_of
from flexspace.core.models import ApiToken, User
from flexspace.core.roles import SCOPES, Permission

LAST_USED_EVERY = timedelta(minutes=1)


class Program:
    """Who holds a token. It answers what the queries ask of a person: ``may``, ``location_ids`` and so on.

    A token never may more than the person who made it may now: taking a right from them takes it from the token.
    """

    pk = None
    is_authenticated = True
    is_active = True
    is_anonymous = False
    sees_all_locations = False

    def __init__(self, token: ApiToken) -> None:
        self.token = token

    def may(self, permission: Permission) -> bool:
        """Return whether one of the token's scopes holds ``permission``, and its maker has it too."""
        in_scope = any(permission in SCOPES.get(scope, ()) for scope in self.token.scopes)
        return in_scope and self.token.created_by.may(permission)

    @cached_property
    def location_ids(self) -> list[int]:
        """Return the ids of the token's locations, read once per request."""
        ids = set(self.token.locations.values_list("pk", flat=True))
        maker = self.token.created_by
        return sorted(ids if maker.sees_all_locations else ids & set(maker.location_ids))

    @property
    def actor(self) -> Actor:
        """Return who the audit log names."""
        return Actor("token", str(self.token.pk), f"{self.token.name} (API)")


def caller(request: Any) -> User:
    """Return who calls, for queries that are written for people: a Program answers the same questions."""
    return cast("User", request.user)


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer fx_…``. A token in the address would end in logs and is never read."""

    keyword = "Bearer"

    def authenticate(self, request: Any) -> tuple[Any, ApiToken] | None:
        """Return the caller; None without the header. Raises AuthenticationFailed for a token that is not good."""
        scheme, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != self.keyword.lower():
            return None
        digest = digest_of(secret.strip())
        now = timezone.now()
        usable = ApiToken.objects.filter(revoked_at=None, expires_at__gt=now, created_by__is_active=True)
        token = usable.filter(digest=digest).select_related("created_by").first() if digest else None
        if token is None:
            raise AuthenticationFailed("This token is unknown, expired or revoked.", code="token_invalid")
        if token.last_used_at is None or token.last_used_at <= now - LAST_USED_EVERY:
            stale = Q(last_used_at=None) | Q(last_used_at__lte=now - LAST_USED_EVERY)
            ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
        return Program(token), token

    def authenticate_header(self, _request: Any) -> str:
        """Return what a 401 asks for."""
        return self.keyword


class StaffSession(BaseAuthentication):
    """The signed-in person of the pages; only for reading the API's own description."""

    def authenticate(self, request: Any) -> tuple[Any, None] | None:
        """Return the person, when there is one."""
        user = getattr(request._request, "user", None)  # noqa: SLF001  (DRF's name for Django's own request)
        return (user, None) if user is not None and user.is_authenticated else None


class TokenMay(BasePermission):
    """Every view of the API names its ``required_permission``; one that does not lets nobody in."""

    message = ""

    def has_permission(self, request: Any, view: Any) -> bool:
        """Return whether the caller has the view's permission."""
        needed = getattr(view, "required_permission", None)
        if request.user is None or not isinstance(needed, Permission):
            return False
        self.message = f"This token does not include “{needed.value}”."
        return bool(request.user.may(needed))


class TokenRate(SimpleRateThrottle):
    """So many requests a minute for each token, whatever address they come from."""

    scope = "token"

    def get_cache_key(self, request: Any, view: Any) -> str | None:
        """Return the token's counter; people reading the description are not counted."""
        return f"api-rate-{request.user.token.pk}" if isinstance(request.user, Program) else None
