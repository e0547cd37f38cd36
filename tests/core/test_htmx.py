"""One page or its part, redirects under htmx, an empty answer."""

import pytest
from django_htmx.middleware import HtmxDetails

from flexspace.core.htmx import nothing_new, page_or_partial, redirect


def get(rf, **headers):
    request = rf.get("/", headers=headers)
    request.htmx = HtmxDetails(request)
    return request


@pytest.mark.parametrize(
    ("headers", "template"),
    [
        ({}, "a.html"),
        ({"HX-Request": "true"}, "a.html#rows"),
        ({"HX-Request": "true", "HX-Boosted": "true"}, "a.html"),
    ],
)
def test_part_only_for_a_fragment_request(rf, headers, template):
    assert page_or_partial(get(rf, **headers), "a.html", "rows", {}).template_name == template


def test_back_button_gets_the_whole_page(rf):
    headers = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert page_or_partial(get(rf, **headers), "a.html", "rows", {}).template_name == "a.html"


def test_answer_varies_by_the_header_that_chose_it(rf):
    assert "HX-Request" in page_or_partial(get(rf), "a.html", "rows", {})["Vary"]


def test_redirect_is_plain_without_htmx(rf):
    answer = redirect(get(rf), "portal:home")
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_redirect_moves_the_whole_page_under_htmx(rf):
    answer = redirect(get(rf, **{"HX-Request": "true"}), "portal:home")
    assert (answer.status_code, answer["HX-Redirect"]) == (200, "/")


def test_nothing_new_is_204():
    assert nothing_new().status_code == 204
