"""What goes in and out of the API: money, bodies that name nothing unknown, and the shapes of its description."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import QueryDict
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from flexspace.core.api_errors import TooLarge
from flexspace.core.days import OUT_OF_REACH, in_reach
from flexspace.core.money import MAX_AMOUNT, Money, MoneyError

MAX_BODY = 65_536  # bytes
UNKNOWN = "There is no such field."
HOW_MONEY = 'Money is {"amount": 14500, "currency": "EUR"}: a whole number of minor units and a currency.'


class SmallJSON(JSONParser):
    """JSON of a sensible size and depth."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Return the body; TooLarge and ParseError say what is wrong with it."""
        headers = parser_context["request"].META if parser_context else {}
        if int(headers.get("CONTENT_LENGTH") or 0) > MAX_BODY:
            raise TooLarge
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError("The body is nested too deeply.") from None


class StrictSerializer(serializers.Serializer[Any]):
    """An input that refuses what it does not know: a mistyped filter must not return everything."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the checked values; raises ValidationError naming every unknown field."""
        unknown = sorted(set(map(str, data)) - set(self.fields)) if isinstance(data, Mapping) else []
        if unknown:
            raise serializers.ValidationError({name[:60]: [UNKNOWN] for name in unknown[:20]})
        return super().to_internal_value(data)


class NoInput(StrictSerializer):
    """Nothing is taken: anything given is a mistake."""


def read(shape: type[StrictSerializer], data: Any) -> dict[str, Any]:
    """Return the values of a body or an address's query, or raise ValidationError."""
    if isinstance(data, QueryDict):
        twice = {name: ["Give it once."] for name, values in data.lists() if len(values) > 1}
        if twice:
            raise serializers.ValidationError(twice)
        data = data.dict()
    serializer = shape(data=data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


class MoneyShape(serializers.Serializer[Any]):
    """An amount in minor units (cents; whole yen) with its currency."""

    amount = serializers.IntegerField(help_text="Minor units: 14500 is €145.00, and ¥14,500.")
    currency = serializers.CharField(help_text="ISO 4217, upper case.")

    class Meta:
        ref_name = "Money"


@extend_schema_field(MoneyShape)
class MoneyField(serializers.Field[Money, Any, dict[str, Any], Any]):
    """Money both ways. In: more than nothing, at most what a card can pay."""

    def to_representation(self, value: Money) -> dict[str, Any]:
        """Return the two parts."""
        return {"amount": value.amount, "currency": value.currency}

    def to_internal_value(self, data: Any) -> Money:
        """Return the Money; raises ValidationError for text, fractions, signs and anything beside the two parts."""
        if not isinstance(data, dict) or set(data) != {"amount", "currency"}:
            raise serializers.ValidationError(HOW_MONEY)
        amount, currency = data["amount"], data["currency"]
        if type(amount) is not int or not isinstance(currency, str) or not currency.isascii():
            raise serializers.ValidationError(HOW_MONEY)
        if not 0 < amount <= MAX_AMOUNT:
            raise serializers.ValidationError(f"The amount is between 1 and {MAX_AMOUNT} minor units.")
        try:
            return Money(amount, currency)
        except MoneyError as error:
            raise serializers.ValidationError(str(error)) from error


class DayField(serializers.DateField):
    """A calendar day that is taken in; one that nobody can count from is refused, as on the pages."""

    def to_internal_value(self, value: Any) -> date:
        """Return the day; raises ValidationError for what is none, or out of reach."""
        day: date = super().to_internal_value(value)
        if not in_reach(day):
            raise serializers.ValidationError(OUT_OF_REACH, code="out_of_reach")
        return day


class ErrorFacts(serializers.Serializer[Any]):
    """What went wrong."""

    code = serializers.CharField(help_text="Stable; decide by this.")
    message = serializers.CharField(help_text="A sentence for people.")
    fields_ = serializers.DictField(child=serializers.ListField(child=serializers.CharField()), required=False)
    request_id = serializers.CharField(help_text="Give this to whoever runs the server.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Return the fields under their real names: a serializer's ``fields`` is taken."""
        return {name.rstrip("_"): field for name, field in super().get_fields().items()}


class ErrorShape(serializers.Serializer[Any]):
    """Every error looks like this."""

    error = ErrorFacts()

    class Meta:
        ref_name = "Error"


class PayerShape(serializers.Serializer[Any]):
    """Who pays: a member or a company."""

    type = serializers.SerializerMethodField()
    id = serializers.UUIDField(source="uuid")
    name = serializers.CharField()

    class Meta:
        ref_name = "Payer"

    def get_type(self, row: Any) -> str:
        """Return member or company."""
        return str(row._meta.model_name)
