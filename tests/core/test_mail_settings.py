"""EMAIL_URL: one address that says all about the mail server, or a clear error without the password in it."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from flexspace.settings.mail import read_url

SMTP = "django.core.mail.backends.smtp.EmailBackend"


@pytest.mark.parametrize(
    ("url", "host", "port", "user", "password", "tls", "ssl"),
    [
        ("smtp+tls://desk:s%40cret@mail.example.org", "mail.example.org", 587, "desk", "s@cret", True, False),
        ("smtps://a%40b.org:x@mail.example.org:4650", "mail.example.org", 4650, "a@b.org", "x", False, True),
        ("smtp://127.0.0.1", "127.0.0.1", 25, "", "", False, False),
    ],
)
def test_mail_server_is_read_from_its_address(url, host, port, user, password, tls, ssl):
    read = read_url(url)
    assert (read["EMAIL_BACKEND"], read["EMAIL_HOST"], read["EMAIL_PORT"]) == (SMTP, host, port)
    assert (read["EMAIL_HOST_USER"], read["EMAIL_HOST_PASSWORD"]) == (user, password)
    assert (read["EMAIL_USE_TLS"], read["EMAIL_USE_SSL"]) == (tls, ssl)


@pytest.mark.parametrize(("url", "ends"), [("file:", "/mail"), ("file:///srv/my%20mail", "/srv/my mail")])
def test_mails_can_be_written_to_a_folder(url, ends):
    assert read_url(url)["EMAIL_BACKEND"].endswith("filebased.EmailBackend")
    assert read_url(url)["EMAIL_FILE_PATH"].endswith(ends)


@pytest.mark.parametrize(
    "url", ["mail.example.org", "smtp://", "pop3://desk:secret@x", "smtp://desk:secret@x:port", "smtp://[secret"]
)
def test_what_is_no_mail_server_is_refused_without_repeating_it(url):
    with pytest.raises(ImproperlyConfigured) as error:
        read_url(url)
    assert "secret" not in str(error.value)
