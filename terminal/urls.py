"""Names ``terminal:…``."""

app_name = "terminal"
urlpatterns: list = []
