"""Server entry: ``gunicorn flexspace.wsgi``. Live status is polled, so plain WSGI threads are enough."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flexspace.settings")

application = get_wsgi_application()
