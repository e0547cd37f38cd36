"""Connections to SALTO KS, what is mapped to their groups, and their Sync Options."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from access.enums import Source
from access.queries.mapping import Tab
from access.views import connections, mapping, options


class TabConverter(StringConverter):
    """A tab of the mapping."""

    regex = "|".join(Tab)


class SourceConverter(StringConverter):
    """What is mapped."""

    regex = "|".join(Source)


register_converter(TabConverter, "salto_tab")
register_converter(SourceConverter, "salto_source")

urlpatterns = [
    path("", connections.connection_all, name="connections"),
    path("connect/", connections.connection_add, name="connection_add"),
    path("callback/", connections.connection_callback, name="connection_callback"),
    path("<uuid:uuid>/", connections.connection, name="connection"),
    path("<uuid:uuid>/credentials/", connections.connection_edit, name="connection_edit"),
    path("<uuid:uuid>/sign-in/", connections.connection_sign_in, name="connection_sign_in"),
    path("<uuid:uuid>/site/", connections.connection_site, name="connection_site"),
    path("<uuid:uuid>/locations/", connections.connection_locations, name="connection_locations"),
    path("<uuid:uuid>/check/", connections.connection_check, name="connection_check"),
    path("<uuid:uuid>/disconnect/", connections.connection_disconnect, name="connection_disconnect"),
    path("<uuid:uuid>/map/<salto_tab:tab>/", mapping.mapping, name="mapping"),
    path("<uuid:uuid>/map/<salto_tab:tab>/groups/", mapping.mapping_groups, name="mapping_groups"),
    path("<uuid:uuid>/map/<salto_source:source>/<int:subject_id>/", mapping.mapping_set, name="mapping_set"),
    path("<uuid:uuid>/options/", options.options, name="options"),
    path("<uuid:uuid>/options/preview/<uuid:run>/", options.options_preview, name="options_preview"),
    path("<uuid:uuid>/options/protect/", options.protection_add, name="protection_add"),
    path("<uuid:uuid>/options/protect/<int:pk>/remove/", options.protection_remove, name="protection_remove"),
]
