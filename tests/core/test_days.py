"""Days near the ends of the calendar, with which nobody can count."""

import ast
from datetime import date, timedelta

import pytest
from rest_framework import serializers

from flexspace.core.api_fields import DayField as ApiDayField
from flexspace.core.days import EARLIEST, INVALID, LATEST, OUT_OF_REACH, read_day
from flexspace.core.forms import DayField, PageForm
from tests.repo.source import name, python_files, text_of, tree

ONE = timedelta(days=1)
TAKEN_IN = {"StrictSerializer", "PageQuery"}
REFUSED = [date.min, EARLIEST - ONE, LATEST + ONE, date.max]


class AnyForm(PageForm):
    day = DayField()


@pytest.mark.parametrize("day", REFUSED)
def test_day_out_of_reach_is_refused_everywhere_with_one_sentence(day):
    assert AnyForm({"day": day.isoformat()}).errors == {"day": [OUT_OF_REACH]}
    with pytest.raises(serializers.ValidationError) as refused:
        ApiDayField().run_validation(day.isoformat())
    assert refused.value.detail == [OUT_OF_REACH]
    assert read_day(day.isoformat()) is None


@pytest.mark.parametrize("day", [EARLIEST, date(2026, 12, 2), LATEST])
def test_day_in_reach_is_taken_everywhere(day):
    form = AnyForm({"day": day.isoformat()})
    assert (form.is_valid(), form.cleaned_data) == (True, {"day": day})
    assert ApiDayField().run_validation(day.isoformat()) == day
    assert read_day(day.isoformat()) == day


@pytest.mark.parametrize("text", ["", "soon", "2026-02-30", "10000-01-01"])
def test_what_is_no_day_is_none(text):
    assert read_day(text) is None
    assert AnyForm({"day": text}).errors["day"] == ([INVALID] if text else ["This field is required."])


def test_every_day_that_is_typed_comes_through_the_one_field():
    """Forms take ``DayField``, and so does every serializer of the API that reads: those are the strict ones."""
    found = []
    for path in python_files("flexspace", "members", "billing", "terminal", "access"):
        if name(path) in ("flexspace/core/forms.py", "flexspace/core/api_fields.py"):
            continue
        if "DateField(" not in text_of(path):
            continue
        code = tree(path)
        found += [f"{name(path)}:{node.lineno}" for node in ast.walk(code) if _is(node, "forms.DateField")]
        for one in ast.walk(code):
            if isinstance(one, ast.ClassDef) and TAKEN_IN & {ast.unparse(base) for base in one.bases}:
                found += [f"{name(path)}:{node.lineno}" for node in ast.walk(one) if _is(node, "serializers.DateField")]
    assert found == []


def _is(node, dotted):
    return isinstance(node, ast.Attribute) and ast.unparse(node) == dotted
