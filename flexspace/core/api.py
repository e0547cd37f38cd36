"""What the settings name of the REST API. Kept free of views, which read these settings while they are imported."""

from flexspace.core.api_auth import TokenAuthentication, TokenMay, TokenRate
from flexspace.core.api_errors import error_response

__all__ = ["TokenAuthentication", "TokenMay", "TokenRate", "error_response"]
