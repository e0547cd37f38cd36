"""What programs read of readers and attempts."""

from typing import Any, Literal
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from flexspace.core.api_fields import MoneyField
from terminal import explain
from terminal.enums import AttemptKind, AttemptState, KeepResult
from terminal.models import Attempt, AttemptAllocation, Reader


class ReaderShape(serializers.Serializer[Reader]):
    """A card reader. Its id is Stripe's, which stays the same as long as the reader stays registered."""

    id = serializers.CharField(source="stripe_id")
    label = serializers.CharField()  # type: ignore[assignment]  # the name of a serializer’s own attribute
    model = serializers.CharField(source="model_name")
    location = serializers.CharField(source="location.code")
    state = serializers.SerializerMethodField(help_text="`offline` is advice: the charge may still be tried.")
    attempt = serializers.SerializerMethodField(help_text="The attempt that holds it.")
    last_seen_at = serializers.DateTimeField(allow_null=True)

    class Meta:
        ref_name = "Reader"

    def get_state(self, row: Reader) -> Literal["ready", "busy", "offline"]:
        """Return whether it is free, as far as we know."""
        if row.pk in self.context["holders"]:
            return "busy"
        return "offline" if row.status == "offline" else "ready"

    def get_attempt(self, row: Reader) -> UUID | None:
        """Return the attempt that holds it."""
        holder = self.context["holders"].get(row.pk)
        return holder.uuid if holder else None


class LampShape(serializers.Serializer[explain.Lamp]):
    """One of five steps; it is lit only on evidence."""

    name = serializers.CharField()
    state = serializers.ChoiceField(choices=["off", "now", "done", "warn", "failed"])
    at = serializers.DateTimeField(allow_null=True)

    class Meta:
        ref_name = "Lamp"


class ScreenShape(serializers.Serializer[explain.Screen]):
    """What the desk's screen says."""

    picture = serializers.CharField()
    tone = serializers.CharField()
    title = serializers.CharField()
    sentence = serializers.CharField()
    say = serializers.CharField(help_text="What to tell the customer; may be empty.")
    warning = serializers.CharField(help_text="What must be said although it went well; may be empty.")
    may_cancel = serializers.SerializerMethodField()
    lamps = LampShape(many=True)

    class Meta:
        ref_name = "Screen"

    def get_may_cancel(self, row: explain.Screen) -> bool:
        """Return whether cancelling makes sense now."""
        return "cancel" in row.actions


class AttemptPart(serializers.Serializer[AttemptAllocation]):
    """How much of an invoice is asked for."""

    invoice = serializers.UUIDField(source="invoice.uuid")
    number = serializers.CharField(source="invoice.number")
    amount = MoneyField(source="money")


class AttemptShape(serializers.Serializer[Attempt]):
    """One try to take money, to keep a card, or to give money back on a reader."""

    id = serializers.UUIDField(source="uuid")
    kind = serializers.ChoiceField(choices=AttemptKind.choices())
    state = serializers.ChoiceField(choices=AttemptState.choices())
    live = serializers.BooleanField(source="is_live", help_text="False once it is over.")
    amount = MoneyField(source="money", allow_null=True, help_text="What is charged; null where nothing is.")
    refund = serializers.UUIDField(
        source="refund.uuid", allow_null=True, default=None, help_text="What `reader_refund` gives back; else null."
    )
    keep = serializers.ChoiceField(
        source="keep_result",
        choices=KeepResult.choices(),
        help_text="What became of the wish to keep the card: empty without one, or while it is open.",
    )
    invoices = AttemptPart(source="allocations", many=True)
    reader = serializers.CharField(source="reader.stripe_id", allow_null=True)
    location = serializers.CharField(source="location.code")
    payment = serializers.UUIDField(source="payment.uuid", allow_null=True, default=None)
    code = serializers.CharField(source="last_code", help_text="Stripe's code of what went wrong last; may be empty.")
    started_by = serializers.CharField(source="actor_label")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    screen = serializers.SerializerMethodField()

    class Meta:
        ref_name = "Attempt"

    @extend_schema_field(ScreenShape)
    def get_screen(self, row: Attempt) -> Any:
        """Return the sentence, the lamps and what is safe to do."""
        return ScreenShape(explain.screen(row, now=self.context["now"])).data
