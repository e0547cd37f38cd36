"""Names ``members:…``."""

from django.urls import URLPattern, path

from members.views import catalogue, holding, memberships, passes, people, resources, tax_rates, usage


def _offers(kind: str, root: str) -> list[URLPattern]:
    """Return the addresses of plans or of products."""
    one, this = f"{root}/<uuid:uuid>", {"kind": kind}
    return [
        path(f"{root}/", catalogue.offer_list, this, name=f"{kind}_list"),
        path(f"{root}/new/", catalogue.offer_new, this, name=f"{kind}_new"),
        path(f"{one}/", catalogue.offer_detail, this, name=f"{kind}_detail"),
        path(f"{one}/edit/", catalogue.offer_edit, this, name=f"{kind}_edit"),
        path(f"{one}/price/", catalogue.offer_price, this, name=f"{kind}_price"),
        path(f"{one}/price/drop/", catalogue.offer_price_drop, this, name=f"{kind}_price_drop"),
        path(f"{one}/withdraw/", catalogue.offer_withdraw, {**this, "again": False}, name=f"{kind}_withdraw"),
        path(f"{one}/offer/", catalogue.offer_withdraw, {**this, "again": True}, name=f"{kind}_offer"),
    ]


def _payers(kind: str, root: str) -> list[URLPattern]:
    """Return what is loaded into, and started from, the page of a member or a company."""
    one, this = f"{root}/<uuid:uuid>/memberships", {"kind": kind}
    return [
        path(f"{root}/<uuid:uuid>/usage/", usage.payer_usage, this, name=f"{kind}_usage"),
        path(f"{root}/<uuid:uuid>/usage/put/", usage.usage_put, this, name=f"{kind}_usage_put"),
        path(f"{root}/<uuid:uuid>/holds/", holding.payer_holds, this, name=f"{kind}_holds"),
        path(f"{root}/<uuid:uuid>/assign/", holding.assign, this, name=f"{kind}_assign"),
        path(f"{one}/", memberships.payer_memberships, this, name=f"{kind}_memberships"),
        path(f"{one}/new/", memberships.membership_start, this, name=f"{kind}_membership_start"),
        path(f"{one}/new/preview/", memberships.start_preview, this, name=f"{kind}_membership_preview"),
    ]


def _previews() -> list[URLPattern]:
    one = "memberships/<uuid:uuid>"
    return [
        path(
            f"{one}/{what}/preview/", memberships.membership_preview, {"what": what}, name=f"membership_{what}_preview"
        )
        for what in memberships.FORMS
    ]


def _resources() -> list[URLPattern]:
    """Return the addresses of desks, offices, rooms and floors, and of who has them."""
    one = "resources/<uuid:uuid>"
    return [
        path("resources/", resources.room_list, name="room_list"),
        path("resources/desks/", resources.resource_list, name="resource_list"),
        path("resources/floors/", resources.resource_floors, name="resource_floors"),
        path("resources/floors/new/", resources.floor_new, name="resource_floor_new"),
        path("resources/floors/<int:pk>/rename/", resources.floor_rename, name="resource_floor_rename"),
        path("resources/new/", resources.resource_new, name="resource_new"),
        path("resources/people/", holding.holder_options, name="resource_people"),
        path(f"{one}/", resources.resource_detail, name="resource_detail"),
        path(f"{one}/edit/", resources.resource_edit, name="resource_edit"),
        path(f"{one}/archive/", resources.resource_archive, {"again": False}, name="resource_archive"),
        path(f"{one}/offer/", resources.resource_archive, {"again": True}, name="resource_offer"),
        path(f"{one}/assign/", holding.assign, {"kind": "resource"}, name="resource_assign"),
        path(f"{one}/book/", holding.book, {"kind": "resource"}, name="resource_book"),
        path("assignments/<uuid:uuid>/end/", holding.assignment_end, name="assignment_end"),
        path("bookings/preview/", holding.booking_preview, name="booking_preview"),
        path("bookings/<uuid:uuid>/cancel/", holding.booking_cancel, name="booking_cancel"),
        path("members/<uuid:uuid>/book/", holding.book, {"kind": "member"}, name="member_book"),
    ]


app_name = "members"
urlpatterns = [
    path("members/", people.member_list, name="member_list"),
    path("members/new/", people.member_new, name="member_new"),
    path("members/<uuid:uuid>/", people.member_detail, name="member_detail"),
    path("members/<uuid:uuid>/edit/", people.member_edit, name="member_edit"),
    path("members/<uuid:uuid>/passes/", passes.member_passes, name="member_passes"),
    path("members/<uuid:uuid>/archive/", people.member_archive, name="member_archive"),
    path("companies/", people.company_list, name="company_list"),
    path("companies/new/", people.company_new, name="company_new"),
    path("companies/options/", people.company_options, name="company_options"),
    path("companies/<uuid:uuid>/", people.company_detail, name="company_detail"),
    path("companies/<uuid:uuid>/edit/", people.company_edit, name="company_edit"),
    *_payers("member", "members"),
    *_payers("company", "companies"),
    path("usage/<uuid:uuid>/drop/", usage.usage_drop, name="usage_drop"),
    path("memberships/<uuid:uuid>/", memberships.membership_detail, name="membership_detail"),
    path("memberships/<uuid:uuid>/change/", memberships.membership_change, name="membership_change"),
    path("memberships/<uuid:uuid>/pause/", memberships.membership_pause, name="membership_pause"),
    path("memberships/<uuid:uuid>/resume/", memberships.membership_resume, name="membership_resume"),
    path("memberships/<uuid:uuid>/discount/", memberships.membership_discount, name="membership_discount"),
    path("memberships/<uuid:uuid>/discount/<int:pk>/end/", memberships.discount_end, name="membership_discount_end"),
    path("memberships/<uuid:uuid>/cancel/", memberships.membership_cancel, name="membership_cancel"),
    path("memberships/<uuid:uuid>/elsewhere/", memberships.membership_elsewhere, name="membership_elsewhere"),
    path("memberships/<uuid:uuid>/go-on/", memberships.membership_undo_end, name="membership_undo_end"),
    *_previews(),
    *_resources(),
    *_offers("plan", "plans"),
    *_offers("product", "products"),
    path("taxes/", tax_rates.tax_rate_list, name="tax_rate_list"),
    path("taxes/new/", tax_rates.tax_rate_new, name="tax_rate_new"),
    path("taxes/<int:pk>/", tax_rates.tax_rate_detail, name="tax_rate_detail"),
    path("taxes/<int:pk>/replace/", tax_rates.tax_rate_replace, name="tax_rate_replace"),
    path("taxes/<int:pk>/keep/", tax_rates.tax_rate_keep, name="tax_rate_keep"),
    path("taxes/<int:pk>/withdraw/", tax_rates.tax_rate_offer, {"active": False}, name="tax_rate_withdraw"),
    path("taxes/<int:pk>/offer/", tax_rates.tax_rate_offer, {"active": True}, name="tax_rate_offer"),
]
