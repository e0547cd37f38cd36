"""Raw data pages of the foundation, for superusers: staff and locations to edit, the audit log to read."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.http import HttpRequest

from flexspace.core.models import AuditEvent, AuditSubject, Location, User


def _superusers_only(request: HttpRequest) -> bool:
    return bool(request.user.is_active and getattr(request.user, "is_superuser", False))


admin.site.has_permission = _superusers_only  # type: ignore[method-assign]  # being staff is not enough
admin.site.site_header = admin.site.site_title = "Flexspace raw data"
admin.site.unregister(Group)  # rights come from roles


class NewPersonForm(AdminUserCreationForm):
    """A new person; the address is the sign-in name and kept in lower case."""

    class Meta:
        model = User
        fields = ["email", "name", "role", "locations"]

    def clean_email(self) -> str:
        """Return the address in lower case."""
        return str(self.cleaned_data["email"]).lower()


class PersonForm(UserChangeForm):
    """A person as they are."""

    class Meta:
        model = User
        fields = "__all__"

    def clean_email(self) -> str:
        """Return the address in lower case."""
        return str(self.cleaned_data["email"]).lower()


@admin.register(User)
class StaffAdmin(UserAdmin):
    """People: role, locations, password."""

    form = PersonForm
    add_form = NewPersonForm
    list_display = ["name", "email", "role", "is_active", "is_superuser"]
    list_filter = ["role", "is_active", "locations"]
    search_fields = ["name", "email"]
    ordering = ["email"]
    filter_horizontal = ["locations"]
    readonly_fields = ["last_login", "created_at"]
    fieldsets = [
        (None, {"fields": ["email", "password", "name", "role", "locations"]}),
        ("Access", {"fields": ["is_active", "is_staff", "is_superuser", "last_login", "created_at"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["email", "name", "role", "locations", "usable_password", "password1", "password2"]}),
    ]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """People who leave are switched off: what they did keeps their name."""
        return False


@admin.register(Location)
class LocationAdmin(admin.ModelAdmin):
    """The operator's own spaces."""

    list_display = ["name", "code", "currency", "time_zone", "country"]
    search_fields = ["name", "code"]

    def get_readonly_fields(self, request: HttpRequest, obj: Location | None = None) -> list[str]:
        """A currency and a code are on invoices already, so they do not change; refund limits have their own page."""
        return ["currency", "code", "refund_limit_desk", "refund_limit_manager"] if obj else []


class SubjectInline(admin.TabularInline):
    """What the event is about."""

    model = AuditSubject
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody writes history here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody rewrites it either."""
        return False


@admin.register(AuditEvent)
class AuditEventAdmin(admin.ModelAdmin):
    """The audit log, to read."""

    list_display = ["at", "action", "actor_label", "location", "reason"]
    list_filter = ["actor_kind", "location"]
    search_fields = ["action", "actor_label", "request_id"]
    date_hierarchy = "at"
    show_full_result_count = False
    inlines = [SubjectInline]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Services write it."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes it."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes it."""
        return False
