"""Columns for money and for secrets."""

from typing import Any

from django.core.exceptions import FieldError
from django.core.validators import RegexValidator
from django.db import models

from flexspace.core.encryption import decrypt, encrypt
from flexspace.core.money import usual_limit


class MoneyAmountField(models.BigIntegerField):
    """Minor units; the row's ``currency`` column says of what."""


class RefundLimitField(MoneyAmountField):
    """Minor units of its row's ``currency``; a new row that says none gets the usual limit of that currency."""

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Fill in what is missing, also where many rows are made at once."""
        if add and getattr(model_instance, self.attname) is None:
            setattr(model_instance, self.attname, usual_limit(getattr(model_instance, "currency")))  # noqa: B009
        return super().pre_save(model_instance, add)


class CurrencyField(models.CharField):
    """An upper-case ISO 4217 code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 3)
        super().__init__(*args, **kwargs)
        self.validators.append(RegexValidator(r"^[A-Z]{3}\Z", "A currency is three capital letters, such as EUR."))


class EncryptedTextField(models.TextField):
    """Text that is encrypted in the database and cannot be searched."""

    def get_prep_value(self, value: Any) -> Any:
        """Encrypt on the way in; empty stays empty."""
        return encrypt(value) if value else value

    def from_db_value(self, value: str | None, *_args: Any) -> str | None:
        """Decrypt on the way out."""
        return decrypt(value) if value else value

    def get_lookup(self, lookup_name: str) -> Any:
        """Refuse to compare ciphertext, which would silently find nothing."""
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is encrypted and cannot be looked up.")
        return super().get_lookup(lookup_name)
