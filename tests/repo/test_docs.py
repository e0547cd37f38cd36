"""The documents agree with the code: commands, settings, version, links."""

import ast
import re
import tomllib

from tests.repo.source import ROOT, files, name, python_files, text_of, tree

READERS = {"env_str", "env_bool", "env_int", "env_list", "env_secret"}
BY_LIBRARY = {"DATABASE_URL"}  # dj-database-url reads it


def settings_that_are_read():
    names = set(BY_LIBRARY)
    for path in python_files("flexspace"):
        if "settings" not in path.parts:
            continue
        for node in ast.walk(tree(path)):
            called = getattr(getattr(node, "func", None), "id", "")
            if isinstance(node, ast.Call) and called in READERS and isinstance(node.args[0], ast.Constant):
                names.add(str(node.args[0].value))
    return names


def settings_that_are_explained():
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    return {match[1] for line in lines if (match := re.match(r"#? ?([A-Z][A-Z0-9_]+)=", line))}


def test_every_setting_is_explained_and_every_explained_one_is_read():
    explained = {name.removesuffix("_FILE") for name in settings_that_are_explained()}
    assert explained == settings_that_are_read()


def test_version_is_the_newest_of_the_changelog():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    released = re.findall(r"^## (\d\S*)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert released[0] == version


def test_commands_in_the_documents_exist():
    goals = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    wrong = [
        f"{name(path)}: make {goal}"
        for path in files()
        if path.suffix == ".md"
        for goal in re.findall(r"(?:^|`)make ([a-z]+)", text_of(path), re.MULTILINE)
        if goal not in goals
    ]
    assert wrong == []


def test_readme_starts_with_the_two_commands():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make demo" in readme.split("## ")[1]
    assert readme.index("make demo") < readme.index("make test")


def test_links_between_documents_lead_somewhere():
    broken = [
        f"{name(path)}: {target}"
        for path in files()
        if path.suffix == ".md"
        for target in re.findall(r"\]\(([^)#\s]+)", text_of(path))
        if "://" not in target and not target.startswith("mailto:") and not (path.parent / target).exists()
    ]
    assert broken == []


def test_files_named_in_the_table_of_contributing_exist():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(
        r"`((?:flexspace|members|billing|terminal|access|sandbox|templates|tests|docs|static)/[\w./-]+)`", text
    )
    assert [path for path in named if not (ROOT / path).exists()] == []
