"""`scout ocr FILE...`: read images and documents here and now, without database or server."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class KindName(StrEnum):
    """What the files show."""

    auto = "auto"
    receipt = "receipt"
    invoice = "invoice"
    label = "label"
    sign = "sign"
    document = "document"
    line = "line"


class QualityName(StrEnum):
    """How much time a good result is worth."""

    fast = "fast"
    balanced = "balanced"
    best = "best"


Files = Annotated[list[str], typer.Argument(help="Images, documents, folders or globs.", show_default=False)]
Json = Annotated[
    str | None, typer.Option("--json", metavar="FILE", help="Write a JSON object a line for each file; -: to stdout.")
]
Text = Annotated[
    Path | None, typer.Option("--text", metavar="OUT", help="Write plain text: a file, or for several a folder.")
]
Markdown = Annotated[Path | None, typer.Option("--markdown", metavar="OUT", help="Write Markdown, the same way.")]
Html = Annotated[Path | None, typer.Option("--html", metavar="OUT", help="Write HTML, the same way.")]
Pdf = Annotated[Path | None, typer.Option("--pdf", metavar="OUT", help="Write searchable PDF, the same way.")]
Kind = Annotated[KindName, typer.Option("--kind", help="What they show; line: one cropped line of text.")]
Engine = Annotated[str, typer.Option("--engine", help="rapidocr, tesseract, vlm or trocr alone (default: routing).")]
Languages = Annotated[
    str, typer.Option("--languages", metavar="CODES", help="Expected languages, e.g. en,bn (default: finds out).")
]
Quality = Annotated[QualityName, typer.Option("--quality", help="How much time a good result is worth.")]
Least = Annotated[float, typer.Option("--min-confidence", min=0, max=1, help="Leave out words below this.")]
Pages = Annotated[
    str, typer.Option("--pages", metavar="FROM-TO", help="Only these pages, e.g. 2-5 or 3 (default: all).")
]
Locale = Annotated[
    str, typer.Option("--locale", help="Of the documents, e.g. en-US: order of day and month (default: finds out).")
]
Words = Annotated[bool, typer.Option("--words", help="Every word with its box goes into the JSON too.")]
Workers = Annotated[int | None, typer.Option("--workers", min=1, help="Processes that read (default: one per core).")]


def read(
    files: Files,
    *,
    json: Json = None,
    text: Text = None,
    markdown: Markdown = None,
    html: Html = None,
    pdf: Pdf = None,
    kind: Kind = KindName.auto,
    engine: Engine = "",
    languages: Languages = "",
    quality: Quality = QualityName.balanced,
    min_confidence: Least = 0.0,
    pages: Pages = "",
    locale: Locale = "",
    words: Words = False,
    workers: Workers = None,
) -> None:
    """Read text, bar codes and fields of images and documents.

    Without an output option the text is printed, its bar codes where it has none. A file that cannot be read is told
    and the others go on. Ends 0 when everything was read, 3 when some files could not be, 130 when interrupted.
    """
    from scout_app import reading_files
    from scout_app.reading_outputs import Outputs

    options = reading_files.options(
        kind=kind.value,
        engine=engine,
        languages=languages,
        quality=quality.value,
        minimum_confidence=min_confidence,
        pages=pages,
        locale=locale,
    )
    outputs = Outputs(json=json, text=text, markdown=markdown, html=html, pdf=pdf, words=words)
    raise typer.Exit(reading_files.run(files, options, outputs, workers=workers))
