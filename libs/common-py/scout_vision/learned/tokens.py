"""CLIP's byte-pair tokenizer (Sennrich et al. 2016, Radford et al. 2021), so that words need no torch.

The same numbers as open_clip's SimpleTokenizer, in any script; its repair of mangled Unicode (ftfy) is left out.
"""

from __future__ import annotations

import gzip
import html
import re
from collections.abc import Sequence
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_MERGES = 49152 - 256 - 2  # the byte pairs that CLIP uses of the list
_WORDS = re.compile(r"<start_of_text>|<end_of_text>|'s|'t|'re|'ve|'m|'ll|'d|[^\W\d_]+|\d|[^\s\w]+|_+", re.IGNORECASE)
_LONGEST_TEXT = 10_000


@lru_cache(maxsize=1)
def _alphabet() -> dict[int, str]:
    """A visible character for every byte, as the list of byte pairs writes them."""
    seen = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in seen]
    return {byte: chr(byte) for byte in seen} | {byte: chr(256 + n) for n, byte in enumerate(others)}


class Tokenizer:
    """Words to numbers, by the byte pairs of a vocabulary file (bpe_simple_vocab_16e6.txt.gz)."""

    def __init__(self, vocabulary: Path, context_length: int) -> None:
        self._vocabulary = vocabulary
        self._length = context_length

    def __call__(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """(N, context_length) int64; longer texts are cut."""
        start, end = len(self._numbers), len(self._numbers) + 1
        rows = np.zeros((len(texts), self._length), np.int64)
        for row, text in enumerate(texts):
            tokens = [start, *self._encoded(text), end][: self._length]
            tokens[-1] = end
            rows[row, : len(tokens)] = tokens
        return rows

    @cached_property
    def _pairs(self) -> dict[tuple[str, str], int]:
        with gzip.open(self._vocabulary, "rt", encoding="utf-8") as file:
            lines = file.read().split("\n")[1 : _MERGES + 1]
        return {(left, right): rank for rank, (left, right) in enumerate(line.split() for line in lines)}

    @cached_property
    def _numbers(self) -> dict[str, int]:
        # Bytes in the order of their characters' first appearance in the alphabet, then the same ending a word.
        letters = list(_alphabet().values())
        words = [*letters, *(letter + "</w>" for letter in letters), *("".join(pair) for pair in self._pairs)]
        return {word: number for number, word in enumerate(words)}

    def _encoded(self, text: str) -> list[int]:
        clean = " ".join(html.unescape(html.unescape(text[:_LONGEST_TEXT])).split()).lower()
        alphabet = _alphabet()
        found: list[int] = []
        for word in _WORDS.findall(clean):
            letters = "".join(alphabet[byte] for byte in word.encode())
            found += [self._numbers[part] for part in self._joined(letters)]
        return found

    def _joined(self, word: str) -> list[str]:
        """The word's letters, merged pair by pair, the most frequent first."""
        parts = [*word[:-1], word[-1] + "</w>"]
        while len(parts) > 1:
            best = min(pairwise(parts), key=lambda pair: self._pairs.get(pair, 1 << 30))
            if best not in self._pairs:
                break
            parts = _merged(parts, best)
        return parts


def _merged(parts: list[str], pair: tuple[str, str]) -> list[str]:
    merged: list[str] = []
    at = 0
    while at < len(parts):
        if at + 1 < len(parts) and (parts[at], parts[at + 1]) == pair:
            merged.append("".join(pair))
            at += 2
        else:
            merged.append(parts[at])
            at += 1
    return merged
