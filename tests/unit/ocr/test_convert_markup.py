"""Text as Markdown: its marks mean themselves, whatever a stranger wrote, and long runs of marks cost no time."""

from time import process_time

import pytest
from scout_ocr.convert.markup import markdown_of
from scout_ocr.convert.outputs import html
from scout_ocr.convert.parts import Paragraph
from scout_ocr.reading import Reading


def written(text: str) -> str:
    return markdown_of([[Paragraph(text=text)]])


@pytest.mark.parametrize(
    "text",
    [
        "$![a](https://evil.example/x.png)_$",
        "$[a](https://evil.example)^$",
        "$<img src=x onerror=alert(1)>_$",
        "$`_$ [a](https://evil.example) `",
        r"$\left[a\right](b)_1$",
    ],
)
def test_what_looks_like_a_formula_is_no_link_picture_or_tag(text: str) -> None:
    page = html(Reading(media_type="", kind="document", pages=(), text=text, markdown=written(text)))
    assert "<a" not in page and "<img" not in page and "<code" not in page
    assert "](" not in written(text).replace(r"\](", "") and "<img" not in written(text).replace(r"\<", "")


@pytest.mark.parametrize("formula", [r"$\frac{a}{b}$", "$x^{2}<1$", r"$$\sum_{i}{i}$$", r"$\sqrt[3]{x}$"])
def test_formulas_stay(formula: str) -> None:
    assert written(f"so {formula} holds") == f"so {formula} holds"


@pytest.mark.parametrize("text", ["$" + "_" * 20_000, "a" + "\n" * 20_000 + "b", "= " * 20_000, "[](" * 10_000])
def test_long_runs_of_marks_are_written_at_once(text: str) -> None:
    before = process_time()
    written(text)
    assert process_time() - before < 0.5
