"""The only code that speaks HTTP to SALTO KS."""

from access.salto_client.calls import Tokens
from access.salto_client.client import SaltoClient
from access.salto_client.errors import SaltoProblem, SaltoRefused, SaltoUnreachable

__all__ = ["SaltoClient", "SaltoProblem", "SaltoRefused", "SaltoUnreachable", "Tokens"]
