"""Names ``access:…``: what an admin sets up, and what happens at the doors."""

from django.urls import include, path

app_name = "access"
urlpatterns = [
    path("salto-ks/", include("access.urls.setup")),
    path("access/", include("access.urls.doors")),
]
