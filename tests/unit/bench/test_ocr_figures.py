"""Figures of reading out of the scorer's lines."""

from bench import table
from bench.ocr_figures import HEAD, ROWS, taken

SAID = """receipts: total                    precision 0.975  recall 0.950
receipts                           files 40  errors 0  fields_f1 0.934  word_recall 0.952  currency 40
barcodes                           files 231  errors 0  exact 200/215  retail 130/147  false 0  extra 3
page: bangla_page_1.png            lang ben  cer 0.010  word_recall 0.990
page: bangla_page_3.png            lang ben  cer 0.002  word_recall 1.000
page: phototest.tif                lang eng  cer 0.500  word_recall 1.000
documents                          files 27  errors 0  must_include 1.000  reference_word_recall 0.991  invoice_fields 1.000
"""  # noqa: E501  (as the scorer prints it)


def test_figures_are_taken_from_what_the_scorer_says() -> None:
    values = taken(SAID)
    assert values["receipts.f1"] == 0.934
    assert (values["codes.all"], values["codes.retail"], values["codes.false"]) == (200, 130, 0)
    assert values["bengali.cer"] == 0.006
    assert "scene.recall" not in values


def test_a_figure_that_is_short_is_told() -> None:
    values = taken(SAID) | {"label.p95_ms": 150.0}
    assert table.missed(values, ROWS) == ["label.p95_ms: 150, at least 130 is wanted"]
    assert any("150" in line and "NO" in line for line in table.table(values, ROWS, HEAD))
