"""The API's own description: OpenAPI 3 for programs, a page for people. Both for who is signed in or holds a token."""

from django.template.response import TemplateResponse
from drf_spectacular.renderers import OpenApiJsonRenderer2
from drf_spectacular.views import SpectacularAPIView

from flexspace.core.api_auth import StaffSession, TokenAuthentication, TokenMay
from flexspace.core.permissions import StaffRequest, require
from flexspace.core.roles import Permission


class Schema(SpectacularAPIView):
    """OpenAPI 3 as JSON."""

    required_permission = Permission.VIEW
    authentication_classes = [TokenAuthentication, StaffSession]
    permission_classes = [TokenMay]
    renderer_classes = [OpenApiJsonRenderer2]
    metadata_class = None


@require(Permission.VIEW)
def docs(request: StaffRequest) -> TemplateResponse:
    """Show the reference; everything it loads comes from this server."""
    return TemplateResponse(request, "portal/api_docs.html", {})
