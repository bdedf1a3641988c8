"""Personal data is found in the forms people write it in, and lookalikes are left alone."""

import pytest

from core.data.cleaning import find_personal_data, redact

# Each text and its redacted form.
WITH_PERSONAL_DATA = [
    ("Write to john.doe@example.com or jane+x@uni-köln.de.", "Write to [EMAIL] or [EMAIL]."),
    ("<max.mustermann@firma.co.uk>, 'a_b@c.io'", "<[EMAIL]>, '[EMAIL]'"),
    ('{"to": "boss@company.com"}', '{"to": "[EMAIL]"}'),
    ("Call 555-123-4567 or (555) 123-4567.", "Call [PHONE] or [PHONE]."),
    ("My number: +1 212-555-1234 ext. 12", "My number: [PHONE]"),
    ("1. 910.538.0115\n2. 1-800-555-0199", "1. [PHONE]\n2. [PHONE]"),
    ("Phone: 867-5309", "Phone: [PHONE]"),
    ("212 736 5000 is the hotel", "[PHONE] is the hotel"),
    ("Tel.: 030 1234567, mobil 0171/1234567", "Tel.: [PHONE], mobil [PHONE]"),
    ("Erreichbar unter 0151 23456789 oder 01712345678", "Erreichbar unter [PHONE] oder [PHONE]"),
    ("+49 (0) 30 123456, 0049 30 901820, +43 1 5880", "[PHONE], [PHONE], [PHONE]"),
    ("London: 020 7946 0958, +44 20 7946 0958", "London: [PHONE], [PHONE]"),
    ("Tel: 01 23 45 67 89", "Tel: [PHONE]"),
    ("tel. +49 (0)89 / 12 34 56-0, 089 / 123456, 040/12345678", "tel. [PHONE], [PHONE], [PHONE]"),
    ("030 1234567 / 0171 1234567", "[PHONE] / [PHONE]"),
    ("WhatsApp +91 98765 43210", "WhatsApp [PHONE]"),
    ("4111 1111 1111 1111 exp 12/25; 378282246310005", "[CARD] exp 12/25; [CARD]"),
    ("Visa 4012888888881881, Mastercard 5500-0000-0000-0004", "Visa [CARD], Mastercard [CARD]"),
    ("DE89 3704 0044 0532 0130 00 BANK", "[IBAN] BANK"),
    ("IBAN: GB82WEST12345698765432, FR76 3000 6000 0112 3456 7890 189.", "IBAN: [IBAN], [IBAN]."),
    ("SSN 123-45-6789", "SSN [US_SSN]"),
    ("Her social security number is 536904399.", "Her social security number is [US_SSN]."),
    ("Steuer-ID 36574261809 oder 36 574 261 809", "Steuer-ID [DE_TAX_ID] oder [DE_TAX_ID]"),
    ("Steuernummer: 93/815/08152", "Steuernummer: [DE_TAX_ID]"),
    ("RV 15 070649 C 103 / 15070649C103", "RV [DE_SOCIAL_SECURITY] / [DE_SOCIAL_SECURITY]"),
    ("Personalausweis L01X00T471", "Personalausweis [DE_ID_CARD]"),
    ("1600 Pennsylvania Avenue NW, Washington, DC 20500", "[ADDRESS]"),
    ("Mail it to 742 Evergreen Terrace, Springfield, IL 62704!", "Mail it to [ADDRESS]!"),
    ("350 Fifth Ave., Suite 21\nNew York, NY 10118", "[ADDRESS]"),
    ("Friends meet at 4221 Myra Street, Gibson, NC.", "Friends meet at [ADDRESS]."),
    ("Unit 5693 Box 6484\nDPO AE 60075", "[ADDRESS]"),
    ("I live at 123 Main Street, ring twice", "I live at [ADDRESS], ring twice"),
    ("Musterstraße 12, 10115 Berlin", "[ADDRESS]"),
    ("Er zog in die Musterstraße 12, 10115 Berlin.", "Er zog in die [ADDRESS]."),
    ("Frau Muster\nAm Markt 3a\n04109 Leipzig", "Frau Muster\n[ADDRESS]"),
    ("Ich wohne in der Hauptstr. 5.", "Ich wohne in der [ADDRESS]."),
    ("Karl-Marx-Allee 34, 10178 Berlin", "[ADDRESS]"),
    ("Schlossallee 4 · 12345 Musterstadt", "[ADDRESS]"),
    ("Straße des 17. Juni 135, 10623 Berlin", "[ADDRESS]"),
    ("Write to 10 Downing Street, London SW1A 2AA.", "Write to [ADDRESS]."),
]  # fmt: skip

WITHOUT = [
    "git clone git@github.com:a/b.git, icon@2x.png, @decorator, foo@1.2.3, a@b",
    "Order number 123-456-7890, Bestellnummer: 030-1234567, invoice no. 2023-00123456",
    "2023-01-15, 15.01.2023, 01/02/2023 14:30, 2010-2015, 12/25, 2023-01-15 10",
    "Version 10.0.19041.1234, IP 192.168.100.200, 3.14159265358979, 6.02214076e23",
    "$1,234,567.89, 1.000.000,00 Euro, 100 000 000, 12 345 678 EUR, 0171 234567 km",
    "ISBN 978-3-16-148410-0, ISBN 0-306-40615-2, 0-306-40615-2",
    "1 2 3 4 5 6 7 8 9 10 11 12; 10 20 30 40 50 60 70; 01 02 03 04 05 06; 100 200 3000",
    "1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610, 987, 1597",
    "= 3600000000000 + 62426244000 + 198472480000; f(1234567890); x = 5 + 1234567",
    "8336817 people between 1939-1945; 75,000,000 in 2000-2010; 299792458 m/s",
    "40.7128, -74.0060; 00101101 11001010; 0000 0001 0010 0011",
    "timestamp 1700000000123; 123e4567-e89b-12d3-a456-426614174000; 00:1B:44:11:3A:B7",
    "ZIP 02139-4307; ASIN B08N5WRWNW; EAN 4006381333931; tracking 9400111899223100001234",
    "4111 1111 1111 1112, 1234567812345678, DE89 3704 0044 0532 0130 01",
    "Steuer 12345678901, 65/815/08152 Teile, 15 070649 C 104, code T22000129",
    "000-12-3456, 123-45-67890, 12-345-6789, 5.000-12-3456",
    "10 Downing Street is famous; Wall Street in 2008; on 5 March Street parties",
    "Platz 1 in 2020; im Jahr 1990 2000 Menschen; Der Ring 1 kostet 20000 Euro",
    "a row: 120 340 5600 780 910 1120; 0.123-0.456; 0123 4567; 007-123; 3:16-17; 24/7/365",
    "The 7-digit code 123-4567, model 500-600-7000, part no. 415-555-2671",
    "CAS 7732-18-5, DIN 18065-2020-08, BT-Drs. 19/12345, VI ZR 123/18, Rn. 12-15, GTIN 04006381333931",
    "score 21-19 18-21 21-17; 1800-1850 1850-1900; 149 597 870 km; Sendung 00340434161094015902; 802.11ac; 10.0.0.1/24",
    "2021-03-04T05:06:07Z, 20210304050607, 5d41402abc4b2a76b9719d911017c592, f(1234567, 89), serial 0123456789",
    "SELECT * FROM t WHERE id IN (1001, 1002, 1003) AND price > 19.99 LIMIT 100000",
    "Die Temperatur lag 2019 bei 10,3 Grad, 1881 bis 1910 bei 7,8 Grad (Tabelle 12345)",
]


@pytest.mark.parametrize("text, redacted", WITH_PERSONAL_DATA)
def test_personal_data_is_found(text, redacted):
    assert redact(text, find_personal_data(text)) == redacted


@pytest.mark.parametrize("text", WITHOUT)
def test_lookalikes_stay(text):
    found = find_personal_data(text)
    assert [text[piece.start : piece.end] for piece in found] == []


def test_redaction_is_idempotent():
    for _, redacted in WITH_PERSONAL_DATA:
        assert find_personal_data(redacted) == []


def test_matches_are_in_order_and_never_overlap():
    text = "\n".join(text for text, _ in WITH_PERSONAL_DATA)
    found = find_personal_data(text)
    assert len(found) > 40
    assert all(first.end <= second.start for first, second in zip(found, found[1:], strict=False))


@pytest.mark.parametrize(
    "unit",
    ["a@", "1 ", "1-", "(1", "+1", "4111 ", "AB12 ", "12 Main ", "Am Markt 1 ", "Am-Markt ", "12345 A", "a.a@a."],
)  # fmt: skip
def test_long_texts_take_linear_time(unit):
    # In quadratic time these 200,000 characters would take longer than any test may.
    assert isinstance(find_personal_data(unit * (200_000 // len(unit))), list)
