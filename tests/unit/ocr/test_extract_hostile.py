"""Whatever is read, fields come or they do not: nothing raises, nothing hangs, nothing is made up."""

from __future__ import annotations

import re
import time
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scout_ocr.extract import extract
from scout_ocr.extract.amounts import currency_of
from scout_ocr.extract.vocabulary import SHARED_SIGNS
from scout_ocr.fields import Field
from scout_ocr.reading import Kind
from scout_ocr.words import Page, Word

from tests.printed import page

KINDS: tuple[Kind, ...] = get_args(Kind)
WITH_FIELDS: tuple[Kind, ...] = ("receipt", "invoice", "label", "sign")
TELLING = [
    *("TOTAL", "Total Sales Incl GST", "CASH", "CHANGE", "Rounding", "12.50", "RM 1,234.50", "1.234,50 kr", "€ 4,99"),
    *("GST @6%", "Date: 31/02/2018", "12/03/18", "5 MAY 18", "Invoice No:", "INV-0042", "SDN BHD", "ACME GmbH"),
    *("NO. 4, JALAN", "43000 KL", "Tel: 03-1234", "Best before", "MHD", "LOT L12", "EXP 2027", "6 x 1.25 L", "500 g"),
    *(
        "Hall 4",
        "Stand B12",
        "H4-B12",
        "www.x.de",
        "a@b.co",
        "4 006381 333931",
        "Bill to",
        "Description",
        "Qty",
        "Amount",
    ),
    *("EXHIBITION HALL", "HALO LABS", "MONTERO 5", "stand up 24h", "GEL 250", "TOP 10", "MFG 2026", "TRY 3 NOW"),
    *("Price", "®", "日期 2018年3月12日", "展位", "١٢٣", "²³", "ǅ", "ﬃ", "İ"),
]
AS_DIGITS = str.maketrans("oil|", "0111")
run = st.one_of(st.sampled_from(TELLING), st.text(max_size=25), st.from_regex(r"[0-9OIl.,:/ -]{1,20}", fullmatch=True))
line = st.lists(run, min_size=1, max_size=4).map("\t".join)
number = st.floats(allow_nan=True, allow_infinity=True, width=32)
point = st.tuples(number, number)
word = st.builds(
    Word,
    text=run,
    confidence=st.floats(0, 1),
    quad=st.tuples(point, point, point, point),
    line=st.integers(0, 5),
    block=st.integers(0, 3),
)


def check(field: Field) -> None:
    assert 0 <= field.confidence <= 1 and field.rule and field.page >= 1
    assert field.value


def check_as_printed(field: Field) -> None:
    """A name, code or number stands in what it came from as it is; a currency is that of the sign there."""
    value, raw = _folded(str(field.value)), _folded(field.raw)
    if field.name in ("name", "brand", "batch"):
        assert value in raw
    if field.name in ("booth", "hall"):
        assert value.translate(AS_DIGITS) in raw.translate(AS_DIGITS)
        assert not value[0].isalpha() or re.search(rf"(?<![a-z]){value[0]}|{value[0]}-?\d\d", field.raw.lower())
    if field.name == "currency" and field.rule != "country":
        shared = {code for whose in SHARED_SIGNS.values() for code in whose.values()}
        assert field.value in shared | {currency_of(field.raw)} or value in raw


@settings(max_examples=60, deadline=None)
@given(lines=st.lists(line, max_size=14), kind=st.sampled_from(KINDS))
def test_any_text_gives_well_formed_fields_that_stand_in_it(lines: list[str], kind: Kind) -> None:
    printed = page(lines)
    text = _bare("".join(word.text for word in printed.words))
    for field in extract([printed], kind):
        check(field)
        check_as_printed(field)
        if field.rule not in ("cash less change", "sub-total and tax", "country"):
            assert _bare(field.raw) in text or set(_bare(field.raw)) <= set(text)
            assert _said(field.value) <= set(text) | set("0123456789.-abcdefghijklmnopqrstuvwxyz")
        if field.name in ("total", "price", "tax") and not field.doubts:
            cents = re.sub(r"\D", "", str(field.value)).lstrip("0").rstrip("0")
            assert cents in re.sub(r"\D", "", text)


@pytest.mark.parametrize("kind", WITH_FIELDS)
def test_no_word_is_cut_into_a_value(kind: Kind) -> None:
    for told in TELLING:
        for field in extract([page(["Kestrel Tools", told])], kind):
            check_as_printed(field)


@settings(max_examples=40, deadline=None)
@given(words=st.lists(word, max_size=12), kind=st.sampled_from(KINDS))
def test_any_boxes_are_survived(words: list[Word], kind: Kind) -> None:
    for field in extract([Page(number=1, width=100, height=100, words=tuple(words))], kind):
        check(field)


EVIL: list[str] = [
    "1" * 5000, "1 " * 3000, "1." * 3000, "1,1" * 2000, "-" * 5000, "a" * 5000, "a.a" * 2000, "A1" * 3000, "(" * 4000,
    "jalan " * 1000, "1/1/" * 1500, "GST no " * 800, "x.y." * 1500 + "com", "0 000000 " * 700, "RM" * 2500, "a-" * 2500,
    "@" * 4000, "hall hall " * 500, "1 x 1 x " * 700, "lot lot: " * 600,
]  # fmt: skip


@pytest.mark.parametrize("evil", EVIL, ids=lambda evil: evil[:8])
def test_no_line_makes_a_rule_run_away(evil: str) -> None:
    pages = [page([evil, "\t".join([evil[:300]] * 30), evil])]
    started = time.process_time()
    for kind in WITH_FIELDS:
        extract(pages, kind)
    assert time.process_time() - started < 2.0


@pytest.mark.parametrize("kind", ["receipt", "label"])
def test_huge_page_ends_soon(kind: Any) -> None:
    words = []
    for i in range(25_000):
        x, y = 100.0 * (i % 10), 14.0 * (i // 10)
        quad = ((x, y), (x + 80, y), (x + 80, y + 12), (x, y + 12))
        words.append(Word(text=TELLING[i % len(TELLING)], confidence=0.9, line=i, block=0, quad=quad))
    started = time.process_time()
    extract([Page(number=1, width=1000, height=40_000, words=tuple(words))], kind)
    assert time.process_time() - started < 6.0


def _bare(text: str) -> str:
    return re.sub(r"\s", "", text).lower()


def _folded(text: str) -> str:
    return re.sub(r"\s", "", text).upper().casefold()


def _said(value: Any) -> set[str]:
    return set(_bare(value)) if isinstance(value, str) else set()
