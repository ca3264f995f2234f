"""TrOCR and other VisionEncoderDecoder checkpoints of transformers: they read one line; another engine finds the lines.

Needs the extra [learned]. The checkpoint is a folder; nothing is downloaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from itertools import groupby
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from scout_ocr.engine import OcrEngine, Picture, ReadLine
from scout_ocr.errors import EngineUnavailable
from scout_ocr.words import Word

_BATCH = 8
_LONGEST = 64  # tokens of a line


class TrocrEngine:
    """checkpoint: a folder with model, tokenizer and image processor. finder: the engine that tells where lines are.

    codes: ISO 639-1 codes that the checkpoint was trained for.
    """

    def __init__(self, checkpoint: Path, finder: OcrEngine, *, codes: frozenset[str] = frozenset({"en"})) -> None:
        self._folder, self._finder, self._codes = checkpoint, finder, codes
        self._lock = Lock()

    @property
    def name(self) -> str:
        return "trocr"

    @property
    def version(self) -> str:
        """Of the checkpoint (name, size and time of its weights) and of the engine that finds the lines."""
        weights = [*self._folder.glob("*.safetensors"), *self._folder.glob("*.bin")]
        sizes = "-".join(f"{path.stat().st_size:x}.{int(path.stat().st_mtime):x}" for path in sorted(weights))
        return f"{self._folder.name}-{sizes}+{self._finder.name}-{self._finder.version}"

    def languages(self) -> frozenset[str]:
        return self._codes

    def read(self, image: Picture, languages: Sequence[str] = ()) -> tuple[Word, ...]:
        """Words stand where the finder saw them; where both disagree how many there are, they share the line's box."""
        self._check(languages)
        found = [list(line) for _, line in groupby(self._finder.read(image), key=lambda word: (word.block, word.line))]
        boxes = [_box(words, image) for words in found]
        read = self.read_lines([image[top:bottom, left:right] for left, top, right, bottom in boxes])
        return tuple(
            word
            for words, box, line in zip(found, boxes, read, strict=True)
            for word in _placed(line, words, box)
        )  # fmt: skip

    def read_lines(self, crops: Sequence[Picture], languages: Sequence[str] = ()) -> tuple[ReadLine, ...]:
        self._check(languages)
        answers: list[ReadLine] = []
        for start in range(0, len(crops), _BATCH):
            answers += self._recognise(crops[start : start + _BATCH])
        return tuple(answers)

    def _recognise(self, crops: Sequence[Picture]) -> list[ReadLine]:
        model, images, tokens = self._loaded
        import torch

        pixels = images(images=[_at_least(crop) for crop in crops], return_tensors="pt").pixel_values
        with self._lock, torch.inference_mode():
            made = model.generate(
                pixels, max_new_tokens=_LONGEST, output_scores=True, return_dict_in_generate=True, num_beams=1
            )
            scores = model.compute_transition_scores(made.sequences, made.scores, normalize_logits=True)
        texts = tokens.batch_decode(made.sequences, skip_special_tokens=True)
        sure = [float(row[np.isfinite(row)].mean()) if np.isfinite(row).any() else -np.inf for row in scores.numpy()]
        pairs = zip(texts, sure, strict=True)
        return [_answer(" ".join(text.split()), mean) for text, mean in pairs]

    @cached_property
    def _loaded(self) -> tuple[Any, Any, Any]:
        try:
            import torch  # noqa: F401  transformers itself can be imported without it
            from transformers import AutoImageProcessor, AutoTokenizer, VisionEncoderDecoderModel
        except ImportError as problem:
            raise EngineUnavailable(
                "trocr needs transformers", hint="pip install 'tradeshow-scout[learned]'"
            ) from problem
        try:
            options = {"local_files_only": True}
            return (
                VisionEncoderDecoderModel.from_pretrained(self._folder, **options).eval(),
                AutoImageProcessor.from_pretrained(self._folder, **options),
                AutoTokenizer.from_pretrained(self._folder, **options),
            )
        except (OSError, ValueError) as problem:
            raise EngineUnavailable(
                f"{self._folder} holds no checkpoint that can be opened: {problem}",
                hint="Set SCOUT_TROCR_DIR to a folder with model, tokenizer and image processor.",
            ) from problem

    def _check(self, languages: Sequence[str]) -> None:
        missing = [code for code in languages if code not in self._codes]
        if missing:
            raise EngineUnavailable(
                f"trocr's checkpoint does not read {', '.join(missing)}",
                hint=f"It reads {', '.join(sorted(self._codes))}; name another engine, or leave the engine open.",
            )


def _answer(text: str, mean_log: float) -> ReadLine:
    return ReadLine(text=text, confidence=min(1.0, float(np.exp(mean_log))) if text else 0.0)


def _box(words: Sequence[Word], image: Picture) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) of a line, whole pixels within the picture."""
    boxes = np.array([word.box for word in words])
    left, top = np.floor(boxes[:, :2].min(axis=0)).astype(int)
    right, bottom = np.ceil(boxes[:, 2:].max(axis=0)).astype(int)
    height, width = image.shape[:2]
    left, top = min(max(0, left), width - 1), min(max(0, top), height - 1)
    return int(left), int(top), int(min(max(right, left + 1), width)), int(min(max(bottom, top + 1), height))


def _at_least(crop: Picture) -> Picture:
    """Image processors guess where the channels are, and fail where a side is as short as they are many."""
    short = min(crop.shape[:2])
    return crop if short > 4 else np.pad(crop, ((0, 5 - min(5, short)), (0, 5 - min(5, short)), (0, 0)), mode="edge")


def _placed(line: ReadLine, words: Sequence[Word], box: tuple[int, int, int, int]) -> list[Word]:
    texts = line.text.split()
    if len(texts) == len(words):
        pairs = zip(words, texts, strict=True)
        return [replace(word, text=text, confidence=line.confidence, engine="trocr") for word, text in pairs]
    left, top, right, bottom = map(float, box)
    step, at, placed = (right - left) / max(1, len(line.text)), 0, []
    for text in texts:
        x0, x1 = left + at * step, left + (at + len(text)) * step
        quad = ((x0, top), (x1, top), (x1, bottom), (x0, bottom))
        placed.append(replace(words[0], text=text, confidence=line.confidence, quad=quad, engine="trocr"))
        at += len(text) + 1
    return placed
