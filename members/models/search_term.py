"""The words by which a member or company is found: each an indexed prefix."""

from django.db import models
from django.db.models import Q
from django.db.models.lookups import StartsWith

from flexspace.core.models import Location
from members.models.company import Company
from members.models.member import Member


class SearchTerm(models.Model):
    """One normalised word (a name's part, an e-mail address, a phone number's digits) of one member or company.

    An archived member has none. ``location`` is the owner's, so that a search among one place's people reads no others.
    """

    term = models.CharField(max_length=254)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+", db_index=False)
    # The two constraints below are their indexes, and hold the term too: a lookup reads the index alone.
    member = models.ForeignKey(Member, null=True, on_delete=models.CASCADE, related_name="terms", db_index=False)
    company = models.ForeignKey(Company, null=True, on_delete=models.CASCADE, related_name="terms", db_index=False)

    class Meta:
        indexes = [
            # Members and companies apart: companies are few, and a search for them must not read every member who
            # shares the letters. The member at the end is what is looked for, so that the index alone is read.
            models.Index(
                fields=["term", "member"],
                name="search_term_member",
                opclasses=["varchar_pattern_ops", "int8_ops"],
                condition=Q(member__isnull=False),
            ),
            models.Index(
                fields=["location", "term", "member"],
                name="search_term_place",
                opclasses=["int8_ops", "varchar_pattern_ops", "int8_ops"],
                condition=Q(member__isnull=False),
            ),
            models.Index(
                fields=["term"],
                name="search_term_company",
                opclasses=["varchar_pattern_ops"],
                condition=Q(company__isnull=False),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(member__isnull=False, company=None) | Q(member=None, company__isnull=False),
                name="search_term_of_one",
            ),
            models.UniqueConstraint(fields=["member", "term"], name="search_term_member_once"),
            models.UniqueConstraint(fields=["company", "term"], name="search_term_company_once"),
        ]

    def __str__(self) -> str:
        return self.term


@models.CharField.register_lookup
class Prefix(StartsWith):
    """``term__prefix``: a prefix search that uses the index on both databases.

    PostgreSQL does so for LIKE with ``varchar_pattern_ops``; SQLite's LIKE never does when it has an escape
    character, so there the prefix becomes a range.
    """

    lookup_name = "prefix"

    def get_rhs_op(self, connection, rhs):  # type: ignore[no-untyped-def]
        """Write the operator of startswith: connections know no operator for a lookup of ours."""
        return connection.operators["startswith"] % rhs

    def as_sqlite(self, compiler, connection):  # type: ignore[no-untyped-def]
        """Compile to ``column >= prefix AND column < the next text after all that start with it``."""
        column, params = self.process_lhs(compiler, connection)
        text = str(self.rhs)
        return f"({column} >= %s AND {column} < %s)", [*params, text, *params, text + "\U0010ffff"]
