"""Words that rules look for, as data. Lower case unless said otherwise; languages mixed, as documents mix them."""

from __future__ import annotations

_MONTH_NAMES: tuple[tuple[str, ...], ...] = (
    ("january", "jan", "januar", "jänner", "januari", "janvier", "enero", "ene", "gennaio", "gen", "styczeń",
     "stycznia"),
    ("february", "feb", "februar", "februari", "février", "fevrier", "fév", "febrero", "febbraio", "lutego", "fev"),
    ("march", "mar", "märz", "maerz", "mrz", "maart", "mrt", "mars", "marzo", "mac", "marca", "março"),
    ("april", "apr", "avril", "avr", "abril", "abr", "aprile", "kwietnia"),
    ("may", "mai", "mei", "mayo", "maggio", "mag", "maja", "maio"),
    ("june", "jun", "juni", "juin", "junio", "giugno", "giu", "czerwca", "junho"),
    ("july", "jul", "juli", "juillet", "juil", "julio", "luglio", "lug", "julai", "lipca", "julho"),
    ("august", "aug", "augustus", "août", "aout", "agosto", "ago", "ogos", "ogo", "sierpnia", "augusti"),
    ("september", "sep", "sept", "septembre", "septiembre", "settembre", "set", "września", "setembro"),
    ("october", "oct", "oktober", "okt", "octobre", "octubre", "ottobre", "ott", "października", "outubro", "out"),
    ("november", "nov", "novembre", "noviembre", "listopada", "novembro"),
    ("december", "dec", "dezember", "dez", "décembre", "decembre", "déc", "diciembre", "dic", "dicembre", "disember",
     "dis", "grudnia", "desember", "des", "dezembro"),
)  # fmt: skip
MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names}

MONTH_FIRST_LOCALES = frozenset({"en-us", "us", "fil", "en-ph", "es-us", "chr"})
"""Locales that write the month before the day."""

CURRENCY_SIGNS = {
    "RM": "MYR", "R.M": "MYR", "S$": "SGD", "SG$": "SGD", "US$": "USD", "A$": "AUD", "AU$": "AUD", "C$": "CAD",
    "CA$": "CAD",
    "NZ$": "NZD", "HK$": "HKD", "NT$": "TWD", "R$": "BRL", "MX$": "MXN", "$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY",
    "円": "JPY", "元": "CNY", "₹": "INR", "Rs": "INR", "RS": "INR", "₩": "KRW", "₽": "RUB", "₺": "TRY", "₫": "VND",
    "฿": "THB",
    "₱": "PHP", "₦": "NGN", "₪": "ILS", "₴": "UAH", "৳": "BDT", "zł": "PLN", "Kč": "CZK", "Ft": "HUF", "kr": "SEK",
    "lei": "RON",
    "Fr": "CHF", "SFr": "CHF", "лв": "BGN", "Rp": "IDR", "Tk": "BDT", "руб": "RUB",
}  # fmt: skip
"""As printed. $ and kr stand for the commonest of theirs; a country or locale says better (`currency_here`)."""

CURRENCY_CODES = frozenset(
    [
        "MYR",
        "SGD",
        "USD",
        "EUR",
        "GBP",
        "JPY",
        "CNY",
        "INR",
        "KRW",
        "RUB",
        "TRY",
        "VND",
        "THB",
        "PHP",
        "IDR",
        "AUD",
        "CAD",
        "NZD",
        "HKD",
        "TWD",
        "BRL",
        "MXN",
        "CHF",
        "SEK",
        "NOK",
        "DKK",
        "ISK",
        "PLN",
        "CZK",
        "HUF",
        "RON",
        "BGN",
        "UAH",
        "ILS",
        "AED",
        "SAR",
        "QAR",
        "KWD",
        "BHD",
        "OMR",
        "JOD",
        "TND",
        "LYD",
        "ZAR",
        "NGN",
        "EGP",
        "BDT",
        "PKR",
        "LKR",
    ]
)

SHARED_SIGNS = {
    "$": {
        "MY": "MYR",
        "US": "USD",
        "CA": "CAD",
        "AU": "AUD",
        "NZ": "NZD",
        "SG": "SGD",
        "HK": "HKD",
        "MX": "MXN",
        "TW": "TWD",
    },
    "kr": {"SE": "SEK", "NO": "NOK", "DK": "DKK", "IS": "ISK"},
    "¥": {"JP": "JPY", "CN": "CNY"},
    "Rs": {"IN": "INR", "PK": "PKR", "LK": "LKR"},
}
"""Signs of several countries, and whose they are where the country is known."""

COUNTRY_CURRENCY = {
    "MY": "MYR", "SG": "SGD", "US": "USD", "CA": "CAD", "GB": "GBP", "AU": "AUD", "NZ": "NZD", "IN": "INR", "HK": "HKD",
    "SE": "SEK", "NO": "NOK", "DK": "DKK", "CH": "CHF", "PL": "PLN", "JP": "JPY", "CN": "CNY", "BD": "BDT", "ID": "IDR",
    **dict.fromkeys(("DE", "AT", "FR", "NL", "BE", "IT", "ES", "PT", "IE", "FI"), "EUR"),
}  # fmt: skip

_STATES = (
    "A[KLRZ]|C[AOT]|DC|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]"
)
COUNTRY_HINTS = {
    "MY": r"\bs[dp]n\.?\s?b[hn]d|\bselangor\b|\bkuala\s?lumpur|\bjohor\b|\bjalan\b|\bpinang\b|\bmalaysia\b|\bdarul\b",
    "SG": r"\bpte\.?\s?ltd|\bsingapore\s\d{6}\b",
    "US": rf"(?-i:\b(?:{_STATES})\s\d{{5}}(?:-\d{{4}})?\b)|\bunited states\b|\busa\b",
    "GB": r"\bunited kingdom\b|\b[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}\b",
    "DE": r"\bGmbH\b|\bUSt-?Id|\bMwSt\b|\bdeutschland\b|\bgermany\b",
    "NL": r"\bB\.V\.|\bBTW\b|\bKvK\b|\bnederland\b",
    "IN": r"\bGSTIN\b|\bpvt\.?\s?ltd|\bindia\b",
    "SE": r"\bsverige\b|\bsweden\b",
    "DK": r"\bdanmark\b|\bdenmark\b|\bCVR\b",
    "NO": r"\bnorge\b|\bnorway\b",
}
"""Country -> a pattern whose hits speak for it (ISO 3166; upper case parts are matched as written)."""
