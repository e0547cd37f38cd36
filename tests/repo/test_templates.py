"""Templates: icons exist, nothing is inline that the content policy refuses, undefined names fail."""

import re
from pathlib import Path
from zipfile import ZipFile

import lucide
import pytest
from django.template import engines
from django.template.loader import get_template

from flexspace.settings.strict_templates import UndefinedVariable
from tests.repo.source import ROOT, name, python_files, text_of

TEMPLATES = sorted((ROOT / "templates").rglob("*.*"))
ICON = re.compile(r"{%\s*lucide\s+(\"[^\"]+\"|'[^']+'|[^\s%]+)")


def icon_names():
    """Return the names of all icons there are."""
    with ZipFile(Path(lucide.__file__).with_name("lucide.zip")) as icons:
        return {entry.removesuffix(".svg") for entry in icons.namelist()}


def test_every_icon_exists():
    known = icon_names()
    wrong = [
        f"{name(path)}: {found}"
        for path in TEMPLATES
        for found in ICON.findall(text_of(path))
        if found[0] in "\"'" and found.strip("\"'") not in known
    ]
    assert wrong == []


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_template_compiles(path):
    get_template(path.relative_to(ROOT / "templates").as_posix())


def test_nothing_is_inline_that_the_content_policy_refuses():
    refused = re.compile(
        r"\sstyle=|\son[a-z]+=\"|javascript:|<script(?![^>]*\b(?:src|nonce)=)(?![^>]*json)", re.IGNORECASE
    )
    found = [
        f"{name(path)}:{number}"
        for path in TEMPLATES
        if path.suffix == ".html" and "emails" not in path.parts
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if refused.search(line)
    ]
    assert found == []


def test_no_text_is_marked_safe_without_review():
    reviewed = {"flexspace/core/templatetags/icons.py": "an icon of a package we pin; its attributes are escaped"}
    by_template = [
        name(p) for p in TEMPLATES if re.search(r"\|safe\b|{% autoescape off", text_of(p)) and p.suffix != ".txt"
    ]
    by_code = [
        name(path)
        for path in python_files("flexspace", "members", "billing", "terminal", "access")
        if re.search(r"\bmark_safe\b|SafeString", text_of(path))
    ]
    assert [path for path in [*by_template, *by_code] if path not in reviewed] == []


def test_no_field_invites_a_card_number():
    assert [name(path) for path in TEMPLATES if re.search(r"autocomplete=[\"']cc-", text_of(path))] == []


@pytest.fixture
def ours(tmp_path, settings):
    """Return a function that renders text as if it were a template of ours."""
    from django.template import Context, Origin, Template  # noqa: PLC0415

    def render(text, **values):
        engine = engines["django"].engine  # type: ignore[attr-defined]
        template = Template(text, origin=Origin(str(ROOT / "templates" / "x.html")), engine=engine)
        return template.render(Context(values))

    return render


def test_undefined_name_fails(ours):
    assert ours("{{ a.b }}", a={"b": 1}) == "1"
    with pytest.raises(UndefinedVariable, match=r"a\.c"):
        ours("{{ a.c }}", a={"b": 1})


def test_optional_name_says_so(ours):
    assert ours("{{ a|default:'none' }}{% if a %}x{% endif %}") == "none"


def test_other_peoples_templates_stay_lenient():
    assert get_template("admin/login.html").render({"form": None})
