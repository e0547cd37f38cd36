"""Names ``terminal:…``."""

from django.urls import path

from terminal import live
from terminal.views import attempt, charge, config, flags, readers
from terminal.webhooks import stripe_webhook

app_name = "terminal"
urlpatterns = [
    path("charge/", charge.take_payment, name="take_payment"),
    path("charge/<uuid:uuid>/", attempt.attempt, name="attempt"),
    path("charge/<uuid:uuid>/step/", live.attempt_step, name="attempt_step"),
    path("charge/<uuid:uuid>/cancel/", attempt.attempt_cancel, name="attempt_cancel"),
    path("charge/<uuid:uuid>/again/", attempt.attempt_again, name="attempt_again"),
    path("charge/<uuid:uuid>/elsewhere/", attempt.attempt_elsewhere, name="attempt_elsewhere"),
    path("charge/<uuid:uuid>/cash/", attempt.attempt_cash, name="attempt_cash"),
    path("charge/running/", live.running, name="running"),
    path("charge/of-invoice/<uuid:uuid>/", live.invoice_panel, name="invoice_panel"),
    path("charge/of-payer/<str:kind>/<uuid:uuid>/", live.payer_panel, name="payer_panel"),
    path("readers/", readers.reader_list, name="readers"),
    path("readers/read/", readers.readers_read, name="readers_read"),
    path("readers/<int:pk>/mine/", readers.reader_mine, name="reader_mine"),
    path("readers/<int:pk>/reset/", readers.reader_reset, name="reader_reset"),
    path("needs-a-look/", flags.flag_list, name="flags"),
    path("needs-a-look/<int:pk>/close/", flags.flag_close, name="flag_close"),
    path("stripe/", config.accounts, name="config"),
    path("stripe/add/", config.account_add, name="account_add"),
    path("stripe/<int:pk>/key/", config.account_key, name="account_key"),
    path("stripe/<int:pk>/webhook/", config.webhook_secret, name="webhook_secret"),
    path("stripe/terminal/", config.stripe_terminal, name="stripe_terminal"),
    path("stripe/terminal/<int:pk>/map/", config.location_map, name="location_map"),
    path("stripe/events/", config.events, name="events"),
    path("stripe/events/<int:pk>/again/", config.event_again, name="event_again"),
    path("webhooks/stripe/<uuid:webhook_uuid>/", stripe_webhook, name="webhook"),
]
