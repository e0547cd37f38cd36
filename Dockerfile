# One image for web, worker and beat; a second, small one (target `sandbox`) is the stand-in for Stripe.
FROM python:3.13-slim AS build
WORKDIR /srv/flexspace
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements/prod.txt requirements/prod.txt
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --require-hashes -r requirements/prod.txt

FROM python:3.13-slim AS sandbox
RUN useradd --system --uid 10001 --no-create-home flexspace && install -d -o flexspace /var/lib/flexspace
WORKDIR /srv/flexspace
COPY sandbox sandbox
USER 10001
EXPOSE 8001
CMD ["python", "-m", "sandbox", "--host", "0.0.0.0", "--port", "8001", "--db", "/var/lib/flexspace/sandbox.sqlite3"]

FROM python:3.13-slim AS app
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 FLEXSPACE_VAR=/var/lib/flexspace \
    STATIC_ROOT=/srv/flexspace/collected
RUN useradd --system --uid 10001 --no-create-home flexspace && install -d -o flexspace /var/lib/flexspace
WORKDIR /srv/flexspace
COPY --from=build /opt/venv /opt/venv
COPY manage.py ./
COPY flexspace flexspace
COPY members members
COPY billing billing
COPY terminal terminal
COPY access access
COPY templates templates
COPY static static
# Static files are collected with throw-away values: no key is ever part of the image.
RUN SECRET_KEY=build ENCRYPTION_KEYS=build FLEXSPACE_DEMO=0 python manage.py collectstatic --noinput
USER 10001
EXPOSE 8000
CMD ["gunicorn", "flexspace.wsgi", "--bind", "0.0.0.0:8000", "--preload", "--worker-class", "gthread", \
     "--workers", "2", "--threads", "4", "--timeout", "60", "--no-control-socket"]
