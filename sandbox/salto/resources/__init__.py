"""What the calls of the Connect API do, one module per thing they are about."""
