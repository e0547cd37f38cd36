"""Icons: as the library draws them."""

import pytest
from django.template import Context, Template
from lucide.templatetags.lucide import lucide as of_the_library

from flexspace.core.templatetags.icons import lucide


@pytest.mark.parametrize("name", ["check", "calendar-x", "door-open", "credit-card"])
@pytest.mark.parametrize("facts", [{}, {"class": "icon", "aria_hidden": "true"}, {"size": 16, "class": 'a"<b>&'}])
def test_icon_is_the_librarys(name, facts):
    assert lucide(name, **facts) == of_the_library(name, **facts)
    assert lucide(name, **facts) == of_the_library(name, **facts)  # and so is the one that was kept


def test_templates_have_the_tag():
    text = Template('{% lucide "check" class="icon" %}').render(Context())
    assert text == of_the_library("check", **{"class": "icon"})


def test_unknown_icon_is_refused():
    with pytest.raises(KeyError):
        lucide("no-such-icon")
