"""Trade item numbers: check digits, UPC-E, the one form of 14 digits that all are compared in.

GS1 General Specifications, sections 7.9 (check digit), 5.2.2.4.2 (UPC-E).
"""

from __future__ import annotations

from stdnum import ean

RETAIL_FORMATS = frozenset({"EAN13", "EAN8", "UPCA", "UPCE", "ISBN", "EANUPC", "ITF14"})
LENGTHS = (8, 12, 13, 14)


def checks(digits: str) -> bool:
    """Whether the last digit is the check digit of those before it (weights 3 and 1 from the right)."""
    if not (digits.isascii() and digits.isdigit()) or len(digits) < 2:
        return False
    return int(digits[-1]) == int(ean.calc_check_digit(digits[:-1]))


def expand_upce(code: str) -> str:
    """UPC-E with number system and check digit (8 digits) as UPC-A (12)."""
    system, six, check = code[0], code[1:7], code[7]
    last = six[5]
    if last in "012":
        body = f"{six[:2]}{last}0000{six[2:5]}"
    elif last == "3":
        body = f"{six[:3]}00000{six[3:5]}"
    elif last == "4":
        body = f"{six[:4]}00000{six[4]}"
    else:
        body = f"{six[:5]}0000{last}"
    return f"{system}{body}{check}"


def suppresses(six: str) -> bool:
    """Whether six digits of a UPC-E are as an encoder would choose them: the shortest form of their UPC-A."""
    last = six[5]
    if last == "3":
        return six[2] not in "012"
    if last == "4":
        return six[3] != "0"
    return last in "012" or six[4] != "0"


def gtin14(text: str, upce: bool = False) -> str | None:
    """14 digits, zeros in front; None where it is no trade item number or its check digit fails.

    upce: the eight digits are a UPC-E. Blanks and hyphens between digits are ignored; all zeros are no number.
    """
    digits = "".join(c for c in text if c not in " -")
    if not (digits.isascii() and digits.isdigit()) or len(digits) not in LENGTHS or not digits.strip("0"):
        return None
    if upce and len(digits) == 8:
        if digits[0] not in "01":
            return None
        digits = expand_upce(digits)
    return digits.zfill(14) if checks(digits) else None
