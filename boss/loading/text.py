"""A CSV file as records (RFC 4180): which encoding it has, and its lines within bounds.

A file is UTF-8, with or without a byte order mark, or GBK, which spreadsheets in China still write. Which of
the two is found by decoding all of it once: the first Chinese letter may stand in the last line. A line, and
a cell, has 64 KiB at the most, so that a file without line ends, or with a quote that nobody closes, does
not fill the memory.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import IO

LONGEST = 65536
_PIECE = 1 << 20
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
ENCODINGS = ("utf-8-sig", "gb18030")  # gb18030 holds all of GBK


class BadText(Exception):
    """The file is no text that can be read; ``line`` counts from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def encoding_of(path: Path) -> str:
    """``utf-8-sig`` or ``gb18030``. Raises BadText, naming the first line that is neither; OSError."""
    with path.open("rb") as file:
        if file.read(2) in _UTF_16:
            raise BadText(1, "this is UTF-16; save it as CSV in UTF-8")
    lines = [_undecodable(path, encoding) for encoding in ENCODINGS]
    for encoding, line in zip(ENCODINGS, lines, strict=True):
        if line is None:
            return encoding
    raise BadText(lines[0] or 1, "these bytes are neither UTF-8 nor GBK")


def _undecodable(path: Path, encoding: str) -> int | None:
    """The line of the first bytes that are not of this encoding; None: all are."""
    decoder, line = codecs.getincrementaldecoder(encoding)(), 1
    with path.open("rb") as file:
        while True:
            piece = file.read(_PIECE)
            try:
                decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                return line + error.object.count(b"\n", 0, error.start)
            if not piece:
                return None
            line += piece.count(b"\n")


class CsvText:
    """One open file. ``encoding`` is what it was read as; ``position`` how many bytes were taken so far."""

    def __init__(self, path: Path) -> None:
        self.encoding = encoding_of(path)
        self._file: IO[str] = path.open(encoding=self.encoding, newline="")
        self._records = csv.reader(self._lines(), strict=True, skipinitialspace=True)

    def close(self) -> None:
        self._file.close()

    @property
    def position(self) -> int:
        raw = self._file.buffer if hasattr(self._file, "buffer") else None
        return raw.tell() if raw is not None else 0

    def _lines(self) -> Iterator[str]:
        number = 0
        while line := self._file.readline(LONGEST):
            number += 1
            if len(line) == LONGEST:
                raise BadText(number, f"a line of more than {LONGEST} characters")
            yield line

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """(line where it begins, cells) of every record; empty lines are left out. Raises BadText, after
        which there is no more."""
        start = 1
        while True:
            try:
                cells = next(self._records)
            except StopIteration:
                return
            except csv.Error as error:
                raise BadText(start, str(error)) from None
            if cells:
                yield start, cells
            start = self._records.line_num + 1
