"""EAN-13 (ISO/IEC 15420): check digits and drawing."""

import numpy as np

from .canvas import BLACK, WHITE, Canvas
from .lettering import SMALL, write

LEFT_ODD = (
    "0001101",
    "0011001",
    "0010011",
    "0111101",
    "0100011",
    "0110001",
    "0101111",
    "0111011",
    "0110111",
    "0001011",
)
PARITY = ("LLLLLL", "LLGLGG", "LLGGLG", "LLGGGL", "LGLLGG", "LGGLLG", "LGGGLL", "LGLGLG", "LGLGGL", "LGGLGL")


def check_digit(twelve: str) -> str:
    """The EAN-13 check digit of twelve digits: weights 1 and 3 from the left, up to the next ten."""
    total = sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(twelve))
    return str(-total % 10)


def ean13(rng: np.random.Generator, prefix: str) -> str:
    """A random valid EAN-13 below a company prefix."""
    body = prefix + "".join(str(d) for d in rng.integers(0, 10, 12 - len(prefix)))
    return body + check_digit(body)


def modules(code: str) -> str:
    """The 95 modules of an EAN-13, '1' = bar. Raises ValueError for a wrong check digit."""
    if len(code) != 13 or not code.isdigit() or check_digit(code[:12]) != code[12]:
        raise ValueError(f"{code!r} is no EAN-13: thirteen digits with a valid check digit are needed")
    right = ["".join("1" if b == "0" else "0" for b in odd) for odd in LEFT_ODD]
    left = [
        LEFT_ODD[int(d)] if p == "L" else right[int(d)][::-1]
        for d, p in zip(code[1:7], PARITY[int(code[0])], strict=True)
    ]
    return "101" + "".join(left) + "01010" + "".join(right[int(d)] for d in code[7:]) + "101"


def draw(
    canvas: Canvas, code: str, x: int, y: int, module: int, height: int, *, digits: bool = True
) -> tuple[int, int]:
    """Draw the symbol with its quiet zones on white, `module` whole pixels a module. Returns width and height in
    pixels."""
    width = (95 + 18) * module
    text = max(7, 8 * module) if digits else 0
    canvas.pixels[y : y + height + text + 2 * module, x : x + width] = WHITE
    for i, bar in enumerate(modules(code)):
        guard = digits and (i < 3 or i > 91 or 45 <= i < 50)
        if bar == "1":
            left = x + (11 + i) * module
            canvas.pixels[y + module : y + module + height + (text // 2 if guard else 0), left : left + module] = BLACK
    if digits:
        base, size = y + module + height + text * 0.55, text * 0.8
        write(canvas, code[0], x + 9 * module, base, 7 * module, size, BLACK, SMALL, align="right")
        write(canvas, code[1:7], x + (11 + 24) * module, base, 38 * module, size, BLACK, SMALL)
        write(canvas, code[7:], x + (11 + 71) * module, base, 38 * module, size, BLACK, SMALL)
    return width, height + text + 2 * module
