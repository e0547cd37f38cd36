"""Names ``terminal:…``."""

from django.urls import path

app_name = "terminal"
urlpatterns: list = []
