"""Names ``portal:…``."""

from django.urls import path

from flexspace.portal import views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
]
