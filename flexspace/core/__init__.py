"""The foundation every app stands on: money, audit, permissions, encryption, locks."""
