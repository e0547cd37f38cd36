"""Secrets at rest: unreadable in the database, readable after the key changed, never searched."""

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import connection, models
from django.test.utils import isolate_apps

from flexspace.core.encryption import decrypt, encrypt, mask
from flexspace.core.fields import CurrencyField, EncryptedTextField

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.fixture
def vault(transactional_db):
    """Return a model with an encrypted column and its real table."""
    with isolate_apps("flexspace.core"):

        class Vault(models.Model):
            secret = EncryptedTextField(blank=True, null=True)

            class Meta:
                app_label = "core"

            def __str__(self):
                return ""

        with connection.schema_editor() as editor:
            editor.create_model(Vault)
        yield Vault
        with connection.schema_editor() as editor:
            editor.delete_model(Vault)


def raw(model, pk):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT secret FROM {model._meta.db_table} WHERE id = %s", [pk])
        return cursor.fetchone()[0]


def test_column_holds_ciphertext_and_reads_back(vault):
    row = vault.objects.create(secret="sk_test_canary")
    assert "canary" not in raw(vault, row.pk)
    assert vault.objects.get(pk=row.pk).secret == "sk_test_canary"


def test_empty_and_null_stay_what_they_are(vault):
    assert raw(vault, vault.objects.create(secret="").pk) == ""
    assert raw(vault, vault.objects.create(secret=None).pk) is None


def test_update_encrypts_too(vault):
    row = vault.objects.create(secret="a")
    vault.objects.filter(pk=row.pk).update(secret="canary")
    assert "canary" not in raw(vault, row.pk)
    assert vault.objects.values_list("secret", flat=True).get() == "canary"


@pytest.mark.parametrize("lookup", ["secret", "secret__contains", "secret__in", "secret__gt"])
def test_lookups_are_refused(vault, lookup):
    with pytest.raises(FieldError, match="encrypted"):
        list(vault.objects.filter(**{lookup: ["x"] if lookup.endswith("in") else "x"}))


def test_emptiness_may_be_asked(vault):
    vault.objects.create(secret=None)
    assert vault.objects.filter(secret__isnull=True).count() == 1


def test_key_rotation_reads_the_old_and_writes_with_the_new(settings):
    settings.ENCRYPTION_KEYS = [OLD]
    token = encrypt("text")
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    assert decrypt(token) == "text"
    assert Fernet(NEW).decrypt(encrypt("text")) == b"text"
    settings.ENCRYPTION_KEYS = [NEW]
    with pytest.raises(ImproperlyConfigured, match="ENCRYPTION_KEYS"):
        decrypt(token)


@pytest.mark.parametrize(
    ("secret", "shown"),
    [
        ("", ""),
        ("short", "…"),
        ("exactly12chr", "…"),
        ("sk_test_51HxYzAbCdEf", "sk_test_…CdEf"),
        ("rk_" + "live_51HxYzAbCdEf", "rk_live_…CdEf"),
        ("whsec_0123456789abcdef", "…cdef"),
    ],
)
def test_mask_shows_kind_and_last_four_only(secret, shown):
    assert mask(secret) == shown


def test_currency_field_takes_codes_only():
    field = CurrencyField()
    field.run_validators("EUR")
    for wrong in ("eur", "EU", "EUR\n", "EURO"):
        with pytest.raises(Exception, match=r"capital|characters"):
            field.run_validators(wrong)
