"""The table as the terminal shows it, and what a comparison with an earlier file says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.figures import FIGURES, ROWS, Figure, Row

HEAD = ("measure", "tutorial", "careful", "at least", "aim", "measured", "ok?")


def table(values: Mapping[str, float], rows: Sequence[Row] = ROWS, head: tuple[str, ...] = HEAD) -> list[str]:
    """Lines of the table; figures that were not measured show as a dash."""
    cells = [head, *(_cells(row, values) for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(head))]
    lines = ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    return [lines[0], "  ".join("-" * width for width in widths), *lines[1:]]


def missed(values: Mapping[str, float], rows: Sequence[Row] = ROWS) -> list[str]:
    """One sentence for each measured figure that is short of its `at least`."""
    return [
        f"{figure.key}: {shown(figure, values[figure.key])}, at least {shown(figure, figure.least)} is wanted"
        for row in rows
        for figure in row.figures
        if figure.key in values and not figure.reaches(values[figure.key], figure.least)
    ]


def worse(now: Mapping[str, float], before: Mapping[str, float]) -> list[str]:
    """One sentence for each figure that got worse by more than chance explains; those measured twice only."""
    return [
        f"{key}: {shown(figure, now[key])}, it was {shown(figure, before[key])}"
        for key, figure in FIGURES.items()
        if key in now and key in before and figure.worse(now[key], before[key])
    ]


def comparison(now: Mapping[str, float], before: Mapping[str, float]) -> list[str]:
    """Every figure that moved at all, worse ones marked."""
    lines = []
    for key, figure in FIGURES.items():
        if key in now and key in before and shown(figure, now[key]) != shown(figure, before[key]):
            mark = "WORSE" if figure.worse(now[key], before[key]) else _direction(figure, now[key], before[key])
            lines.append(f"{mark:<7} {key:<20} {shown(figure, before[key])} -> {shown(figure, now[key])}")
    return lines


def shown(figure: Figure, value: float) -> str:
    """A value as the table writes it: .95, 10, 1.3x."""
    unit = "x" if figure.form.endswith("x") else ""
    text = format(value, figure.form.removesuffix("x")) + unit
    return text[1:] if text.startswith("0.") else text


def _cells(row: Row, values: Mapping[str, float]) -> tuple[str, ...]:
    figures = row.figures
    return (
        row.name,
        _joined([f.tutorial for f in figures]),
        _joined([f.careful for f in figures]),
        _joined([shown(f, f.least) for f in figures]),
        _joined([shown(f, f.aim) for f in figures]),
        _joined([shown(f, values[f.key]) if f.key in values else "-" for f in figures]),
        _verdict(figures, values),
    )


def _verdict(figures: Sequence[Figure], values: Mapping[str, float]) -> str:
    known = [f for f in figures if f.key in values]
    if not known:
        return "not measured"
    if not all(f.reaches(values[f.key], f.least) for f in known):
        return "NO"
    return "aim reached" if all(f.reaches(values[f.key], f.aim) for f in known) else "yes"


def _joined(texts: Sequence[str]) -> str:
    return "-" if set(texts) == {"-"} else " / ".join(texts)


def _direction(figure: Figure, now: float, before: float) -> str:
    return "better" if (now > before) == figure.more else "(noise)"
