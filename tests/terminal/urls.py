"""The product's pages and, wherever the product mounts it, the webhook at a path of the tests' own."""

from django.urls import path

from flexspace.urls import urlpatterns as product
from terminal.webhooks import stripe_webhook

urlpatterns = [*product, path("test-webhooks/<uuid:webhook_uuid>/", stripe_webhook)]
