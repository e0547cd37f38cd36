"""The API's resources: one module each, called by the route table."""
