"""What people agree to when a card is kept: word for word, by purpose, language and version. Pure.

A text that somebody may have agreed to is never changed and never taken away: better words are a new version, added
below the old one. What each of them must say: https://docs.stripe.com/payments/save-and-reuse#compliance
"""

from dataclasses import dataclass
from hashlib import sha256

from billing.enums import ConsentPurpose

FALLBACK = "en"
LANGUAGES = {"en": "English", "de": "Deutsch"}


@dataclass(frozen=True, slots=True)
class Wording:
    """One text. ``version`` is the same in every language it was written in."""

    version: str
    purpose: ConsentPurpose
    language: str
    template: str

    def text(self, *, operator: str, place: str, payer: str) -> str:
        """Return the words for one operator (who charges), one place and one payer."""
        return self.template.format(operator=operator, place=place, payer=payer)


class NoSuchWording(LookupError):
    """No text has this version."""


def current(purpose: ConsentPurpose, language: str = FALLBACK) -> Wording:
    """Return the newest text for ``purpose``, in English when it was not written in ``language``."""
    newest = [wording for wording in WORDINGS if (wording.purpose, wording.language) == (purpose, FALLBACK)][-1]
    return by_version(newest.version, language)


def by_version(version: str, language: str = FALLBACK) -> Wording:
    """Return a text by its version, also an old one, in English when it was not written in ``language``.

    Raises NoSuchWording.
    """
    texts = {wording.language: wording for wording in WORDINGS if wording.version == version}
    if not texts:
        raise NoSuchWording(version)
    return texts.get(language) or texts[FALLBACK]


def digest(texts: dict[str, str]) -> str:
    """Return a short name of texts in several languages, by which a form says what it showed."""
    return sha256("\0".join(f"{code}\0{texts[code]}" for code in sorted(texts)).encode()).hexdigest()[:16]


def languages(purpose: ConsentPurpose) -> dict[str, str]:
    """Return the languages that the newest text for ``purpose`` can be read in: code → name."""
    version = current(purpose).version
    written = {wording.language for wording in WORDINGS if wording.version == version}
    return {code: name for code, name in LANGUAGES.items() if code in written}


WORDINGS = (
    Wording(
        "dues-1",
        ConsentPurpose.DUES,
        "en",
        "I allow {operator} to keep this card at its payment provider Stripe, and to charge it for what {payer} owes "
        "at {place}: membership fees and whatever is put on the monthly bill, such as meeting rooms, lockers or "
        "printing.\n\n"
        "Each invoice is charged on its due date, usually once a month, without anybody being present. The amount is "
        "the invoice’s total. It follows from the plan and the price list, and the invoice is sent before it is "
        "charged.\n\n"
        "I can withdraw this at any time, at the front desk or in writing to {operator}. From that moment nothing more "
        "is charged to the card, and it is removed. What is owed by then can be paid another way.",
    ),
    Wording(
        "dues-1",
        ConsentPurpose.DUES,
        "de",
        "Ich erlaube {operator}, diese Karte bei seinem Zahlungsdienst Stripe zu hinterlegen und damit abzubuchen, was "
        "{payer} bei {place} zu zahlen hat: Mitgliedsbeiträge und was auf die Monatsrechnung gesetzt wird, etwa "
        "Besprechungsräume, Schließfächer oder Ausdrucke.\n\n"
        "Jede Rechnung wird an ihrem Fälligkeitstag abgebucht, in der Regel einmal im Monat und ohne dass jemand dabei "
        "ist. Der Betrag ist die Summe der Rechnung. Er ergibt sich aus Tarif und Preisliste, und die Rechnung wird "
        "vor der Abbuchung zugesandt.\n\n"
        "Ich kann das jederzeit widerrufen, am Empfang oder schriftlich bei {operator}. Von diesem Moment an wird "
        "nichts mehr von der Karte abgebucht, und sie wird entfernt. Was bis dahin offen ist, kann anders bezahlt "
        "werden.",
    ),
    Wording(
        "purchases-1",
        ConsentPurpose.PURCHASES,
        "en",
        "I allow {operator} to keep this card at its payment provider Stripe, and to charge it for what {payer} owes "
        "at {place}: membership fees, whatever is put on the monthly bill, and other purchases that are asked for at "
        "the desk or online, such as day passes and bookings.\n\n"
        "Each invoice is charged on its due date, usually once a month, without anybody being present; a purchase is "
        "charged when it is asked for. The amount is the invoice’s total or the price that was named. It follows from "
        "the plan and the price list, and an invoice is sent before it is charged.\n\n"
        "I can withdraw this at any time, at the front desk or in writing to {operator}. From that moment nothing more "
        "is charged to the card, and it is removed. What is owed by then can be paid another way.",
    ),
    Wording(
        "purchases-1",
        ConsentPurpose.PURCHASES,
        "de",
        "Ich erlaube {operator}, diese Karte bei seinem Zahlungsdienst Stripe zu hinterlegen und damit abzubuchen, was "
        "{payer} bei {place} zu zahlen hat: Mitgliedsbeiträge, was auf die Monatsrechnung gesetzt wird, und andere "
        "Käufe, um die am Empfang oder online gebeten wird, etwa Tageskarten und Buchungen.\n\n"
        "Jede Rechnung wird an ihrem Fälligkeitstag abgebucht, in der Regel einmal im Monat und ohne dass jemand dabei "
        "ist; ein Kauf wird abgebucht, wenn um ihn gebeten wird. Der Betrag ist die Summe der Rechnung oder der "
        "genannte Preis. Er ergibt sich aus Tarif und Preisliste, und eine Rechnung wird vor der Abbuchung "
        "zugesandt.\n\n"
        "Ich kann das jederzeit widerrufen, am Empfang oder schriftlich bei {operator}. Von diesem Moment an wird "
        "nichts mehr von der Karte abgebucht, und sie wird entfernt. Was bis dahin offen ist, kann anders bezahlt "
        "werden.",
    ),
    Wording(
        "dues-2",
        ConsentPurpose.DUES,
        "en",
        "I allow {operator} to keep this card at its payment provider Stripe, and to charge it for what {payer} owes "
        "at {place}: membership fees and whatever is put on the monthly bill, such as meeting rooms, lockers or "
        "printing.\n\n"
        "Each invoice is charged on its due date, usually once a month, without anybody being present. The amount is "
        "the invoice’s total. It follows from the plan and the price list, and the invoice is sent before it is "
        "charged.\n\n"
        "I can withdraw this at any time, at the front desk or in writing to {operator}. From that moment nothing more "
        "is charged to the card, and it is removed. What is owed by then can be paid another way.",
    ),
    Wording(
        "dues-2",
        ConsentPurpose.DUES,
        "de",
        "Ich erlaube {operator}, diese Karte beim Zahlungsdienst Stripe zu hinterlegen und damit abzubuchen, was "
        "{payer} bei {place} zu zahlen hat: Mitgliedsbeiträge und was auf die Monatsrechnung gesetzt wird, etwa "
        "Besprechungsräume, Schließfächer oder Ausdrucke.\n\n"
        "Jede Rechnung wird an ihrem Fälligkeitstag abgebucht, in der Regel einmal im Monat und ohne dass jemand dabei "
        "ist. Der Betrag ist die Summe der Rechnung. Er ergibt sich aus Tarif und Preisliste, und die Rechnung wird "
        "vor der Abbuchung zugesandt.\n\n"
        "Ich kann das jederzeit widerrufen, am Empfang oder schriftlich bei {operator}. Von diesem Moment an wird "
        "nichts mehr von der Karte abgebucht, und sie wird entfernt. Was bis dahin offen ist, kann anders bezahlt "
        "werden.",
    ),
    Wording(
        "purchases-2",
        ConsentPurpose.PURCHASES,
        "en",
        "I allow {operator} to keep this card at its payment provider Stripe, and to charge it for what {payer} owes "
        "at {place}: membership fees, whatever is put on the monthly bill, and other purchases that are asked for at "
        "the desk or online, such as day passes and bookings.\n\n"
        "Each invoice is charged on its due date, usually once a month, without anybody being present; a purchase is "
        "charged when it is asked for. The amount is the invoice’s total or the price that was named. It follows from "
        "the plan and the price list, and an invoice is sent before it is charged.\n\n"
        "I can withdraw this at any time, at the front desk or in writing to {operator}. From that moment nothing more "
        "is charged to the card, and it is removed. What is owed by then can be paid another way.",
    ),
    Wording(
        "purchases-2",
        ConsentPurpose.PURCHASES,
        "de",
        "Ich erlaube {operator}, diese Karte beim Zahlungsdienst Stripe zu hinterlegen und damit abzubuchen, was "
        "{payer} bei {place} zu zahlen hat: Mitgliedsbeiträge, was auf die Monatsrechnung gesetzt wird, und andere "
        "Käufe, um die am Empfang oder online gebeten wird, etwa Tageskarten und Buchungen.\n\n"
        "Jede Rechnung wird an ihrem Fälligkeitstag abgebucht, in der Regel einmal im Monat und ohne dass jemand dabei "
        "ist; ein Kauf wird abgebucht, wenn um ihn gebeten wird. Der Betrag ist die Summe der Rechnung oder der "
        "genannte Preis. Er ergibt sich aus Tarif und Preisliste, und eine Rechnung wird vor der Abbuchung "
        "zugesandt.\n\n"
        "Ich kann das jederzeit widerrufen, am Empfang oder schriftlich bei {operator}. Von diesem Moment an wird "
        "nichts mehr von der Karte abgebucht, und sie wird entfernt. Was bis dahin offen ist, kann anders bezahlt "
        "werden.",
    ),
)
