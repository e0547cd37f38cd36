"""Names ``portal:…``."""

from django.urls import path

from flexspace.portal import health_page, restored_page, views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    path("desk-reader/", views.desk_reader, name="desk_reader"),
    path("activity/", views.activity, name="activity"),
    path("health/", health_page.health, name="health"),
    path("health/look/<str:code>/", health_page.look_now, name="self_check"),
    path("restored/", restored_page.restored_backup, name="restored"),
    path("restored/confirm/", restored_page.restored_confirm, name="restored_confirm"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
]
