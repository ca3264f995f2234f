"""What booth signs call things, in the languages of big fairs: patterns over upper-cased text."""

from __future__ import annotations

import re

BOOTH = (
    r"BOOTH|STAND|STÅND|STANDPLATZ|MESSESTAND|STAN|STANDE|STOISKO|STÁNEK|STOJNICA|MONTER|KIOSK|ESTANDE|ESTAND|CASETA|POSTO|"
    r"OSASTO|PULT|СТЕНД|ブース|展位|展台|부스"
)
HALL = (
    r"HALL[ES]?|HAL|HALA|HALI|HALLI|HALLEN|PABELL[OÓ]N|PAVILION|PAVILLON|PADIGLIONE|PAVILHÃO|PAV\.?|NAVE|HANGAR|"
    r"ПАВИЛЬОН|ЗАЛ|ホール|展馆|홀"
)
NUMBER = r"(?:\s?(?:NUMBER|NUMMER|NUM\.?|NO\.?|NR\.?|N[°º]\.?|#))?"
_APART = r"(?:(?=\d|[A-Z]-?\d\d)|(?<![^\W\d_\u3000-\ud7ff]))"
"""HALL A and STANDB12, not the A of HALLA. A Chinese sign before it is no letter of its word."""
_NEITHER = (
    r"(?!\d{1,2}[./]\d{1,2}[./]\d|\d{1,2}/\d{4}|"
    r"(?:UP|BY|ON|IN|AT|OF|TO|AM|IM|DE|DU|LE|LA|AU|EN|EL|AL|IS|AS|OR|SO|WE|US|GO|DO|MY)\s)"
)
"""No date (Stand 01.03.2026), no word (STAND BY 10)."""
CODE = (
    rf"{_APART}{_NEITHER}(?:[A-Z]{{1,2}}[-. ]?)?[\dOIL|]{{1,5}}(?:[A-Z]{{1,2}}(?:[\dOIL|]{{1,4}}[A-Z]?)?)?"
    r"(?:[-./](?=[A-Z|]{0,3}\d)[A-Z]{0,2}[\dOIL|]{1,4}[A-Z]?){0,2}(?![-.][^\W_]{0,2}\d)"
)
"""A number with what belongs to it: 1204, B 12, 3B-07, 4C012a, 12-034."""
HALL_CODE = rf"{_APART}(?:\d{{1,2}}(?:\.\d)?[A-Z]?|[A-Z]\d?)"

BOOTH_LABELLED = re.compile(rf"(?<![^\W\d_])(?:{BOOTH}){NUMBER}\s{{0,3}}[:.#\-–]?\s{{0,3}}(?P<booth>{CODE})(?![^\W_])")
BOOTH_IN_HALL = re.compile(
    rf"(?<![^\W\d_])(?:{BOOTH}){NUMBER}\s{{0,3}}[:.#]?\s{{0,3}}(?P<hall>\d{{1,2}}\.\d)\s?[-/ ]?\s?"
    r"(?P<booth>[A-Z]{1,2}\d{1,4}[A-Z]?)(?![^\W_])"
)
"""Stand 3.1-C12, as Frankfurt writes hall and booth."""
HALL_LABELLED = re.compile(
    rf"(?<![^\W\d_])(?:{HALL}){NUMBER}\s{{0,3}}[:.#\-–]?\s{{0,3}}(?P<hall>{HALL_CODE})(?![^\W_])"
)
HALL_AFTER = re.compile(r"(?<![^\W_])(?P<hall>\d{1,2}(?:\.\d)?)\s?(?:号馆|号展馆|ホール|홀)")
HALL_AND_BOOTH = re.compile(
    r"(?<![^\W_])H(?:ALL)?\s?(?P<hall>\d{1,2}(?:\.\d)?)\s?[-/., ]\s?"
    r"(?P<booth>[A-Z]{1,2}[- ]?\d{1,4}[A-Z]?|\d{2,4}[A-Z]?)(?![^\W_])"
)
AFTER_HALL = re.compile(r"^[\s,;/|\-–]{1,4}(?P<booth>[A-Z]{1,2}[- ]?\d{1,4}[A-Z]?|\d{1,3}[A-Z]\d{1,3})(?![^\W_])")
ALONE = re.compile(r"(?:[A-Z]{1,2}[- ]?\d{2,4}[A-Z]?|\d{1,2}(?:\.\d)?[- ]?[A-Z]\d{1,3}|\d{1,2}-\d{2,4})")
"""What a cell of its own must look like to be a booth without a word that says so."""

URL = re.compile(
    r"(?<![\w@.\-])(?:https?://)?(?P<host>(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.){1,4}"
    r"(?:com|net|org|info|biz|io|ai|co|eu|app|dev|tech|shop|store|global|group|online|pro|tv|me|example|"
    r"de|at|ch|fr|nl|be|lu|it|es|pt|pl|cz|sk|hu|ro|bg|gr|dk|se|no|fi|is|ee|lv|lt|ie|uk|us|ca|mx|br|ar|cl|au|nz|jp|cn|kr|tw|"
    r"hk|sg|my|th|vn|id|ph|in|tr|il|ae|sa|za|ng|ru|ua|bd))(?P<path>/[\w\-./%]{0,60})?(?![\w@\-]|\.[a-z])",
    re.IGNORECASE,
)
GREETING = re.compile(
    r"^\W*(?:WELCOME(?: TO)?|VISIT US(?: AT)?|MEET US|COME (?:AND )?SEE|WILLKOMMEN|BIENVENUE|BIENVENIDOS?|BENVENUTI|"
    r"FOLLOW US|SCAN ME|THANK YOU|"
    r"ENTRANCE|EXIT|EINGANG|AUSGANG|INFO(?:RMATION)?|REGISTRATION|WC|TOILETS?|NEW|FREE|OPEN)\b"
)
NOT_COMPANY = re.compile(r"@|(?:\+|00)\d{2}[\s\d()/-]{6,}|\bTEL\b|\bPHONE\b|\bFAX\b|^\W*[\d\W]+$")
