"""People for tests, made the way the product makes them."""

from itertools import count

from flexspace.core.actors import Actor
from members.models import Company, Member
from members.services.members import create_company, create_member

_number = count(1)


def make_member(location, *, name="Lena Fischer", email=None, phone="", company=None, note="") -> Member:
    """Return a member at ``location`` with an address of their own."""
    address = f"person{next(_number)}@example.com" if email is None else email
    return create_member(
        by=Actor.job("test"), location=location, name=name, email=address, phone=phone, company=company, note=note
    )


def make_company(location, *, name="Studio Tiefgang GmbH", email="", phone="", address="", tax_id="") -> Company:
    """Return a company at ``location``."""
    return create_company(
        by=Actor.job("test"), location=location, name=name, email=email, phone=phone, address=address, tax_id=tax_id
    )
