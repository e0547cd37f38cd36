"""Rotating keys: after the command the old key is no longer needed."""

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from terminal.models import StripeConfig

pytestmark = pytest.mark.django_db


def test_rotated_secrets_need_only_the_new_key(settings, capsys):
    config = StripeConfig.objects.create(
        name="A", account_id="acct_1", country="DE", currency="EUR", secret_key="sk_test_" + "a" * 20
    )
    new = Fernet.generate_key().decode()
    old = settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = [new]
    with pytest.raises(ImproperlyConfigured):
        StripeConfig.objects.get(pk=config.pk)

    settings.ENCRYPTION_KEYS = [new, *old]
    call_command("rotate_secrets")
    settings.ENCRYPTION_KEYS = [new]

    assert StripeConfig.objects.get(pk=config.pk).secret_key == "sk_test_" + "a" * 20
    assert "1 rows" in capsys.readouterr().out
