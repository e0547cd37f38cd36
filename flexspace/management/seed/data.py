"""Who and what the made-up operator has. Names, prices and companies are invented."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Place:
    """A location with its Stripe account, readers, tax and prices in minor units."""

    name: str
    code: str
    time_zone: str
    currency: str
    country: str
    city: str
    line1: str
    postal_code: str
    key: str
    account: str
    readers: tuple[tuple[str, str], ...]
    taxes: tuple[tuple[str, int], ...]
    prices: dict[str, int]
    companies: tuple[tuple[str, str, str, str], ...]  # name, e-mail, tax id, address
    people: tuple[tuple[str, str, str, str], ...]  # name, e-mail, phone, company
    tax_id: str = ""
    invoice_note: str = ""
    extra_location: str = ""
    seats: int = 12  # day passes a day
    house_note: str = "Wi-Fi ‘Flexspace’, password on the wall. Phone calls in the booths, please."
    staff: tuple[str, ...] = field(default=())
    floors: tuple[str, ...] = ()
    rooms: tuple[tuple[str, int], ...] = ()  # name, seats
    has_doors: bool = False  # of SALTO KS


HAFENPLATZ = Place(
    name="Hafenplatz",
    code="HFN",
    time_zone="Europe/Berlin",
    currency="EUR",
    country="DE",
    city="Berlin",
    line1="Hafenplatz 4",
    postal_code="10963",
    key="sk_test_hafenplatz",
    account="Hafenplatz Coworking GmbH",
    readers=(("Front desk S700", "simulated-s700"), ("Lounge WisePOS E", "simulated-wpe")),
    taxes=(("VAT 19 %", 1900), ("VAT 7 %", 700)),
    prices={
        "Day pass": 2500,
        "Hot desk, monthly": 18900,
        "Fixed desk, monthly": 29900,
        "Meeting room, 2 hours": 4800,
        "Locker, monthly": 1500,
        "Printing": 640,
        "Team office, monthly": 145000,
    },
    companies=(
        ("Nordlicht Studio GmbH", "rechnung@nordlicht.example", "DE812345678", "Torstraße 140\n10119 Berlin"),
        ("Brücke & Söhne KG", "buchhaltung@bruecke.example", "DE823456789", "Köpenicker Straße 9\n10997 Berlin"),
        ("Tidewater Analytics", "accounts@tidewater.example", "DE834567890", "Fuhlentwiete 3\n20355 Hamburg"),
    ),
    people=(
        ("Lena Fischer", "lena.fischer@example.com", "+49 151 2345 6701", ""),
        ("Amara Osei", "amara.osei@example.com", "+49 151 2345 6702", ""),
        ("Jonas Berg", "jonas.berg@example.com", "+49 151 2345 6703", "Nordlicht Studio GmbH"),
        ("Priya Nair", "priya.nair@example.com", "+49 151 2345 6704", "Nordlicht Studio GmbH"),
        ("Tomás Rivera", "tomas.rivera@example.com", "+49 151 2345 6705", ""),
        ("Ines Duarte", "ines.duarte@example.com", "+49 151 2345 6706", ""),
        ("Hugo Lambert", "hugo.lambert@example.com", "+49 151 2345 6707", "Tidewater Analytics"),
        ("Oliver Grant", "oliver.grant@example.com", "+49 151 2345 6708", "Tidewater Analytics"),
        ("Zofia Kowalska", "zofia.kowalska@example.com", "+49 151 2345 6709", ""),
        ("Emil Sørensen", "emil.sorensen@example.com", "+49 151 2345 6710", "Brücke & Söhne KG"),
        ("Chiara Ricci", "chiara.ricci@example.com", "+49 151 2345 6711", ""),
        ("David Cohen", "david.cohen@example.com", "+49 151 2345 6712", ""),
        ("Freya Lindholm", "freya.lindholm@example.com", "+49 151 2345 6713", ""),
        ("Karim Haddad", "karim.haddad@example.com", "+49 151 2345 6714", ""),
        ("Mei Tanaka", "mei.tanaka@example.com", "+49 151 2345 6715", ""),
        ("Nora Weiss", "nora.weiss@example.com", "+49 151 2345 6716", ""),
        ("Pavel Novák", "pavel.novak@example.com", "+49 151 2345 6717", ""),
        ("Sofia Marin", "sofia.marin@example.com", "+49 151 2345 6718", ""),
        ("Theo Brandt", "theo.brandt@example.com", "+49 151 2345 6719", "Brücke & Söhne KG"),
        ("Yasmin Aydın", "yasmin.aydin@example.com", "+49 151 2345 6720", ""),
    ),
    tax_id="DE801234567",
    invoice_note="Hafenplatz Coworking GmbH · Amtsgericht Charlottenburg, HRB 123456 B · Director: A. Lindqvist\n"
    "IBAN DE02 1203 0000 0000 2020 51 · BIC BYLADEM1001",
    extra_location="Old warehouse",
    floors=("Ground floor", "First floor"),
    rooms=(("Elbe", 6), ("Alster", 10)),
    has_doors=True,
)

KIYOSUMI = Place(
    name="Kiyosumi",
    code="KYS",
    time_zone="Asia/Tokyo",
    currency="JPY",
    country="JP",
    city="Tokyo",
    line1="Kiyosumi 2-4-7",
    postal_code="135-0024",
    key="sk_test_kiyosumi",
    account="Kiyosumi Coworking KK",
    tax_id="T9876543210987",
    invoice_note="清澄コワーキング株式会社 · 代表取締役 田中ゆき\n振込先: 練習銀行 清澄支店 普通 1234567",
    readers=(("Kiyosumi counter S700", "simulated-s700"),),
    taxes=(("Consumption tax 10 %", 1000),),
    prices={
        "Day pass": 2800,
        "Hot desk, monthly": 22000,
        "Fixed desk, monthly": 38500,
        "Meeting room, 2 hours": 4400,
        "Locker, monthly": 1650,
        "Printing": 330,
        "Team office, monthly": 165000,
    },
    companies=(
        ("Asagiri Design KK", "keiri@asagiri.example", "T1234567890123", "東京都江東区清澄 3-1-8\n朝霧ビル 2F"),
    ),
    people=(
        ("Haruto Sato", "haruto.sato@example.com", "+81 90 1234 5601", ""),
        ("Aoi Yamamoto", "aoi.yamamoto@example.com", "+81 90 1234 5602", "Asagiri Design KK"),
        ("Ren Kobayashi", "ren.kobayashi@example.com", "+81 90 1234 5603", "Asagiri Design KK"),
        ("Sakura Mori", "sakura.mori@example.com", "+81 90 1234 5604", ""),
        ("Daniel Whitfield", "daniel.whitfield@example.com", "+81 90 1234 5605", ""),
        ("Yui Nakamura", "yui.nakamura@example.com", "+81 90 1234 5606", ""),
        ("Minh Tran", "minh.tran@example.com", "+81 90 1234 5607", ""),
        ("Kaito Ito", "kaito.ito@example.com", "+81 90 1234 5608", ""),
        ("髙橋 さくら", "sakura.takahashi@example.com", "+81 90 1234 5609", ""),
    ),
)

PLACES = (HAFENPLATZ, KIYOSUMI)
