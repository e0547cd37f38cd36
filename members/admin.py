"""Raw data pages, to look only: a change here would leave the search terms and the audit log behind."""

from django.contrib import admin

from flexspace.core.raw_pages import LookOnly
from members.models import Company, Member, TaxRate


@admin.register(Member)
class MemberAdmin(LookOnly, admin.ModelAdmin):
    """Members."""

    list_display = ["name", "email", "company", "location", "archived_at"]
    list_select_related = ["company", "location"]
    list_filter = ["location"]
    search_fields = ["=email"]


@admin.register(Company)
class CompanyAdmin(LookOnly, admin.ModelAdmin):
    """Companies."""

    list_display = ["name", "email", "location"]
    list_select_related = ["location"]
    list_filter = ["location"]
    search_fields = ["=email"]


@admin.register(TaxRate)
class TaxRateAdmin(admin.ModelAdmin):
    """Tax rates: lines keep a copy, so a change here touches no invoice that exists."""

    list_display = ["name", "country", "basis_points", "is_active"]
    list_filter = ["country", "is_active"]
