"""Languages by their ISO 639-1 codes, and the script a text is written in."""

from __future__ import annotations

import unicodedata
from collections import Counter

TESSERACT = {
    "ar": "ara", "bg": "bul", "bn": "ben", "cs": "ces", "da": "dan", "de": "deu", "el": "ell", "en": "eng", "es": "spa",
    "et": "est", "fa": "fas", "fi": "fin", "fr": "fra", "gu": "guj", "he": "heb", "hi": "hin", "hr": "hrv", "hu": "hun",
    "id": "ind", "it": "ita", "ja": "jpn", "kn": "kan", "ko": "kor", "lt": "lit", "lv": "lav", "ml": "mal", "mr": "mar",
    "ms": "msa", "ne": "nep", "nl": "nld", "no": "nor", "pa": "pan", "pl": "pol", "pt": "por", "ro": "ron", "ru": "rus",
    "sk": "slk", "sl": "slv", "sr": "srp", "sv": "swe", "sw": "swa", "ta": "tam", "te": "tel", "th": "tha", "tr": "tur",
    "uk": "ukr", "ur": "urd", "vi": "vie", "zh": "chi_sim",
}  # fmt: skip
"""ISO 639-1 code -> the name of tesseract's language data."""

LETTERS = {
    "cs": "čďěňřšťůž", "da": "æøå", "de": "äöüß", "el": "αβγδω", "en": "aeiou", "es": "áéíóúñ", "et": "äöõü",
    "fi": "äö", "fr": "àâçéèêëîïôûùœ", "hr": "čćđšž", "hu": "áéíóöőúüű", "id": "aeiou", "it": "àèéìòù",
    "ja": "ひらカタ日本", "ko": "한국어", "lt": "ąčęėįšųūž", "lv": "āčēģīķļņšūž", "ms": "aeiou", "nl": "ëïé",
    "no": "æøå", "pl": "ąćęłńóśźż", "pt": "ãõçâêô", "ro": "ăâîșț", "ru": "абжщы", "sk": "áäčďéíľňóôšťúýž",
    "sl": "čšž", "sv": "åäö", "sw": "aeiou",
    "tr": "ğışçöü", "uk": "абєїґ", "vi": "ăâđêôơưạấầẩ", "zh": "中国产品",
}  # fmt: skip
"""ISO 639-1 code -> letters that a reader of the language cannot do without."""

_SCRIPT_OF = {
    "ar": "ARABIC", "fa": "ARABIC", "ur": "ARABIC", "bn": "BENGALI", "hi": "DEVANAGARI", "mr": "DEVANAGARI",
    "ne": "DEVANAGARI", "bg": "CYRILLIC", "ru": "CYRILLIC", "uk": "CYRILLIC", "sr": "CYRILLIC", "el": "GREEK",
    "gu": "GUJARATI", "he": "HEBREW", "ja": "CJK", "zh": "CJK", "kn": "KANNADA", "ko": "HANGUL", "ml": "MALAYALAM",
    "pa": "GURMUKHI", "ta": "TAMIL", "te": "TELUGU", "th": "THAI",
}  # fmt: skip
_CJK = {"HIRAGANA": "CJK", "KATAKANA": "CJK"}


def script_of_language(code: str) -> str:
    """LATIN, BENGALI, CJK ...: the script that a language is written in."""
    return _SCRIPT_OF.get(code, "LATIN")


def script_of(text: str) -> str:
    """The script that most letters of a text belong to, by their Unicode names; "" where there are no letters."""
    names = (unicodedata.name(letter, "").split(" ", 1)[0] for letter in text if letter.isalpha())
    found = Counter(_CJK.get(name, name) for name in names)
    return found.most_common(1)[0][0] if found else ""
