"""What the GS1 code of a label gives beside its number."""

from scout_ocr.extract import extract
from scout_ocr.fields import Field
from scout_ocr.reading import Barcode

from tests.printed import page

CODE = Barcode(
    format="DataMatrix",
    text="0109501101530003172612311042\x1d3103001750",
    gtin="09501101530003",
    quad=((10, 10), (40, 10), (40, 40), (10, 40)),
    elements=(("01", "09501101530003"), ("17", "261231"), ("10", "A42"), ("3103", "001750")),
)


def fields(*lines: str, code: Barcode = CODE) -> dict[str, Field]:
    return {field.name: field for field in extract([page(list(lines))], "label", [code])}


def test_a_code_gives_batch_date_and_quantity_with_its_place() -> None:
    found = fields("Alpine Cheese")
    assert {name: found[name].value for name in ("batch", "best_before", "quantity")} == {
        "batch": "A42",
        "best_before": "2026-12-31",
        "quantity": "1.75 kg",
    }
    assert found["batch"].box == (10, 10, 40, 40) and found["batch"].raw == "(10)A42" and not found["batch"].doubts


def test_a_print_that_says_the_same_is_no_doubt_and_another_one_is() -> None:
    assert fields("Best before 12/2026")["best_before"].confidence > 0.9
    found = fields("Best before 12.03.2027", "Net 1750 g")
    assert found["best_before"].value == "2026-12-31" and found["best_before"].confidence < 0.75
    assert found["best_before"].doubts == ("the print reads 2027-03-12",)
    assert found["quantity"].value == "1750 g", "as it is printed"


def test_a_code_that_fails_its_check_gives_nothing() -> None:
    broken = Barcode(format=CODE.format, text=CODE.text, valid=False, elements=CODE.elements)
    assert "batch" not in fields("Alpine Cheese", code=broken)
