"""Writes of the app: connections, mappings, options, runs. Every one takes ``by=`` and leaves an audit row."""
