"""The part of OData that lists understand: `$filter` and `$orderby`, turned into SQL.

Fields are given as {name in a query: path in the object}. Text is compared without regard to case, as
the databases behind such services do; that is an assumption. Anything else is a 400 1102.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.salto.errors import invalid_query

Fields = dict[str, str]

_TOKEN = re.compile(r"\s*(?:('(?:[^']|'')*')|([A-Za-z_][\w/]*)|(-?\d+(?:\.\d+)?)|([(),]))")
_COMPARE = {"eq": "=", "ne": "<>", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_WORDS = {"true": "1", "false": "0"}
_FUNCTIONS = ("contains", "startswith", "substringof")


@dataclass
class Condition:
    """A condition in SQL on `o.body`, and its values."""

    sql: str = ""
    values: list[str] = field(default_factory=list)


def condition(text: str, fields: Fields) -> Condition:
    """Return a filter as SQL. Raises the 400 1102 of a wrong one."""
    reader = _Reader(_tokens(text), fields)
    sql = reader.either()
    if reader.tokens:
        raise invalid_query(f"The filter is not understood near '{reader.tokens[0]}'.")
    return Condition(sql, reader.values)


def order(text: str, fields: Fields) -> str:
    """Return an order as SQL. Raises the 400 1102 of a wrong one."""
    parts = []
    for part in text.split(","):
        name, _, way = part.strip().partition(" ")
        if way.strip() not in ("", "asc", "desc"):
            raise invalid_query(f"The order '{part}' is not understood.")
        parts.append(f"{_column(name, fields)} {way.strip() or 'asc'}")
    return ", ".join([*parts, "o.seq"])


def _column(name: str, fields: Fields) -> str:
    if name not in fields:
        raise invalid_query(f"Could not find a property named '{name}'.")
    return f"lower(json_extract(o.body, '$.{fields[name]}'))"


def _tokens(text: str) -> list[str]:
    tokens, place = [], 0
    while place < len(text.rstrip()):
        found = _TOKEN.match(text, place)
        if found is None:
            raise invalid_query(f"There is an unterminated literal or a wrong character at {place}.")
        tokens.append(found[0].strip())
        place = found.end()
    return tokens


class _Reader:
    def __init__(self, tokens: list[str], fields: Fields) -> None:
        self.tokens, self.fields = tokens, fields
        self.values: list[str] = []

    def either(self) -> str:
        """Read conditions joined by `or`."""
        return self._joined("or", self.both)

    def both(self) -> str:
        """Read conditions joined by `and`."""
        return self._joined("and", self.one)

    def _joined(self, word: str, read: Callable[[], str]) -> str:
        parts = [read()]
        while self.tokens and self.tokens[0] == word:
            self._take()
            parts.append(read())
        return f"({f' {word.upper()} '.join(parts)})"

    def one(self) -> str:
        """Read one condition, or several in brackets."""
        token = self._take()
        if token == "not":
            return f"NOT {self.one()}"
        if token == "(":
            inside = self.either()
            self._expect(")")
            return inside
        if token in _FUNCTIONS:
            return self._function(token)
        column = _column(token, self.fields)
        operator = self._take()
        if operator not in _COMPARE:
            raise invalid_query(f"'{operator}' is no operator.")
        return self._compare(column, operator, self._take())

    def _function(self, name: str) -> str:
        self._expect("(")
        first = self._take()
        self._expect(",")
        second = self._take()
        self._expect(")")
        name_of, text = (second, first) if name == "substringof" else (first, second)
        column = _column(name_of, self.fields)
        self.values.append(_text(text).lower())
        return f"instr({column}, ?) {'= 1' if name == 'startswith' else '> 0'}"

    def _compare(self, column: str, operator: str, literal: str) -> str:
        if literal == "null":
            return f"{column} IS {'NOT ' if operator == 'ne' else ''}NULL"
        self.values.append(_WORDS[literal] if literal in _WORDS else _text(literal).lower())
        return f"{column} {_COMPARE[operator]} ?"

    def _take(self) -> str:
        if not self.tokens:
            raise invalid_query("The filter ends too early.")
        return self.tokens.pop(0)

    def _expect(self, wanted: str) -> None:
        if self._take() != wanted:
            raise invalid_query(f"'{wanted}' was expected.")


def _text(literal: str) -> str:
    if not (literal.startswith("'") and literal.endswith("'") and len(literal) > 1):
        raise invalid_query(f"'{literal}' is no text in quotes.")
    return literal[1:-1].replace("''", "'")
