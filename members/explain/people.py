"""Sentences of what happened to members and companies."""

from flexspace.core.models import AuditEvent
from flexspace.core.sentences import says

_WORDS = {"name": "name", "email": "e-mail", "phone": "phone", "company": "company", "tax_id": "tax id"}


@says("members.member.created", icon="user-plus")
def member_created(event: AuditEvent) -> str:
    """Tell that a person was added."""
    return f"{event.after.get('name', 'Member')} added"


@says("members.company.created", icon="building-2")
def company_created(event: AuditEvent) -> str:
    """Tell that a company was added."""
    return f"{event.after.get('name', 'Company')} added"


@says("members.member.updated", icon="pencil")
def member_updated(event: AuditEvent) -> str:
    """Tell which facts of a person changed."""
    return _changed(event)


@says("members.company.updated", icon="pencil")
def company_updated(event: AuditEvent) -> str:
    """Tell which facts of a company changed."""
    return _changed(event)


@says("members.member.archived", icon="archive")
def member_archived(_event: AuditEvent) -> str:
    """Tell that a person left."""
    return "Archived"


def _changed(event: AuditEvent) -> str:
    names = [word for key, word in _WORDS.items() if event.before.get(key) != event.after.get(key)]
    return f"Changed {', '.join(names)}" if names else "Saved without a change to the contact"
