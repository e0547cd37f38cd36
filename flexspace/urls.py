"""Mounts every app."""

from allauth.account import views as account
from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path

from flexspace.portal import tokens

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("terminal.urls")),  # first, because it begins with the webhook: every pattern tried costs time
    path("", include("flexspace.portal.urls")),
    path("desk/", include("flexspace.desk.urls")),
    path("", include("members.urls")),
    path("", include("billing.urls")),
    path("", include("access.urls")),
    path("api/v1/", include("flexspace.portal.api_urls")),
    path("api-tokens/", tokens.token_list, name="api_tokens"),
    path("api-tokens/<uuid:uuid>/revoke/", tokens.token_revoke, name="api_token_revoke"),
    path("sign-in/", account.login, name="account_login"),
    path("sign-out/", account.logout, name="account_logout"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/sent/", account.password_reset_done, name="account_reset_password_done"),
    re_path(  # the key holds dashes, so the first part must not
        r"^password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path(f"{settings.ADMIN_PATH}/", admin.site.urls),
]
