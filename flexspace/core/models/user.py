"""People on the staff."""

from functools import cached_property
from typing import Any, ClassVar

from django.apps import apps
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from flexspace.core.models.location import Location
from flexspace.core.roles import Permission, Role, allows


class UserManager(BaseUserManager["User"]):
    """Makes staff by e-mail address."""

    def get_queryset(self) -> "models.QuerySet[User]":
        """Return people, who also know whether a restored backup waits: the bar on every page costs no query."""
        held = apps.get_model("core", "Restore").objects.filter(held=True)
        return super().get_queryset().annotate(restore_held=models.Exists(held))

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Return a new, saved person. ``email`` is kept in lower case and is the sign-in name."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Return a new admin who may also open the raw data pages."""
        fields = {
            "name": email.split("@", maxsplit=1)[0],
            "role": Role.ADMIN,
            "is_staff": True,
            "is_superuser": True,
            **fields,
        }
        return self.create_user(email, password, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find by e-mail address, whatever its case."""
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person on the staff: a role, and the locations they work at."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=80)
    role = models.CharField(max_length=16, choices=Role.choices(), default=Role.FRONT_DESK)
    locations = models.ManyToManyField(Location, blank=True, related_name="staff")
    is_active = models.BooleanField(default=True, help_text="Off: the person can no longer sign in.")
    is_staff = models.BooleanField("may open the raw data pages", default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = [Lower("name")]

    def __str__(self) -> str:
        return self.name

    def may(self, permission: Permission) -> bool:
        """Return whether this person's role includes ``permission``."""
        return self.is_active and allows(self.role, permission)

    @property
    def sees_all_locations(self) -> bool:
        """Return whether nothing is hidden from this person."""
        return self.role == Role.ADMIN

    @property
    def sees_restore(self) -> bool:
        """Return whether a restored backup waited for being confirmed when this person was read."""
        return bool(getattr(self, "restore_held", False))

    @cached_property
    def own_locations(self) -> list[Location]:
        """Return the locations this person works at, all of them for an admin; read once per request."""
        return list(Location.objects.all() if self.sees_all_locations else self.locations.all())

    @property
    def location_ids(self) -> list[int]:
        """Return the ids of the person's locations."""
        return [location.pk for location in self.own_locations]

    @property
    def role_label(self) -> str:
        """Return the role in words."""
        return Role(self.role).label
