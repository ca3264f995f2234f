"""The figures of reading as rows of a table, and how they are taken from what the scorer prints."""

from __future__ import annotations

from collections.abc import Mapping

from bench.figures import Figure, Row, cost, count, rate, speed

ROWS: tuple[Row, ...] = (
    Row(
        "scene photos: word recall / precision",
        (rate("scene.recall", ".08", ".61", 0.62, 0.72), rate("scene.precision", ".56", ".53", 0.70, 0.80)),
    ),
    Row("word crops: accuracy", (rate("words.accuracy", ".22", ".29", 0.81, 0.88),)),
    Row("receipts: word recall", (rate("receipts.recall", ".75", ".94", 0.94, 0.97),)),
    Row("receipts: F1 of company, date, address, total", (rate("receipts.f1", "-", "-", 0.60, 0.85),)),
    Row("receipts: time each (p50), part of plain rapidocr's", (cost("receipts.ratio", 0.7, 0.35),)),
    Row(
        "bar codes exact: all 215 / retail 147; false alarms on 16",
        (
            Figure(key="codes.all", tutorial="-", least=192, aim=207, form=".0f"),
            Figure(key="codes.retail", tutorial="-", least=122, aim=138, form=".0f"),
            count("codes.false", "-", "-", 0, 0),
        ),
    ),
    Row(
        "Bengali pages: character error rate, mean",
        (Figure(key="bengali.cer", tutorial=".033", least=0.035, aim=0.01, more=False, form=".3f", slack=0.002),),
    ),
    Row(
        "documents: must_include / reference word recall / invoice fields",
        (
            rate("documents.must", "-", "-", 0.97, 1.0),
            rate("documents.reference", "-", "-", 0.95, 0.98),
            rate("documents.invoice", "-", "-", 0.70, 0.90),
        ),
    ),
    Row("a small label through POST process: p95 ms", (cost("label.p95_ms", 130, 59, form=".0f"),)),
    Row("such labels a minute, 8 clients", (speed("label.a_minute", 600, 1000),)),
    Row(
        "a one-line crop: p95 ms / a minute",
        (cost("crop.p95_ms", 30, 15, form=".0f"), speed("crop.a_minute", 3000, 6000)),
    ),
    Row(
        "booth of the sample's sightings: right / wrong",
        (rate("booth.right", "-", "-", 0.90, 1.0), count("booth.wrong", "-", "-", 0, 0)),
    ),
)
HEAD = ("measure", "tesserocr", "rapidocr", "at least", "aim", "measured", "ok?")

# row of the scorer -> its columns and the figures they are
_WANTED: Mapping[str, Mapping[str, str]] = {
    "scene": {"word_recall": "scene.recall", "word_precision": "scene.precision"},
    "words": {"accuracy": "words.accuracy"},
    "receipts": {"word_recall": "receipts.recall", "fields_f1": "receipts.f1"},
    "barcodes": {"exact": "codes.all", "retail": "codes.retail", "false": "codes.false"},
    "documents": {
        "must_include": "documents.must",
        "reference_word_recall": "documents.reference",
        "invoice_fields": "documents.invoice",
    },
}
_NAME_WIDTH = 34  # of the scorer's rows


def taken(output: str) -> dict[str, float]:
    """Figures out of the scorer's lines: a name, then `key value` pairs two spaces apart; a value may be 180/215."""
    values: dict[str, float] = {}
    bengali = []
    for line in output.splitlines():
        name = line[:_NAME_WIDTH].strip()
        pairs = dict(pair.split(" ", 1) for pair in line[_NAME_WIDTH:].strip().split("  ") if " " in pair)
        values |= {key: float(pairs[column].split("/")[0]) for column, key in _WANTED.get(name, {}).items()}
        if name.startswith("page: ") and pairs.get("lang") in ("bn", "ben"):
            bengali.append(float(pairs["cer"]))
    return values | ({"bengali.cer": sum(bengali) / len(bengali)} if bengali else {})
