"""One file's text, and the way from the tree's byte offsets to the lines and columns that people count."""

from __future__ import annotations

import codecs
import re
from typing import final

from asynclint.model import Span

# PEP 263: a comment on the first line, or on the second where the first holds nothing but a comment or blanks.
_DECLARATION = re.compile(
    rb"(?:[ \t\f]*(?:#[^\r\n]*)?(?:\r\n|\r|\n))??"
    rb"[ \t\f]*#[^\r\n]*?coding[:=][ \t]*([-\w.]+)"
)


def encoding_of(data: bytes) -> str:
    """The encoding of a Python file by PEP 263: that of its byte order mark, else the declared one as written, else UTF-8.

    `tokenize.detect_encoding` is no help: it refuses non-ASCII bytes beside or above the declaration that allows them.
    """
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    declaration = _DECLARATION.match(data)
    return declaration[1].decode("ascii") if declaration else "utf-8"


def encoded(text: str) -> bytes:
    """The bytes of a Python file with this text, in the encoding that it declares if that is able to hold it."""
    data = text.encode("utf-8", "surrogatepass")
    try:
        return text.encode(encoding_of(data))
    except (UnicodeError, LookupError):
        return data


@final
class Source:
    """A file as it was read. It is decoded and cut into lines when that is first asked for.

    Lines end where Python ends them: at ``\\n``, ``\\r\\n`` and ``\\r``, not at form feeds. Lines and columns count from 1.

    What needs the text raises `UnicodeError` or `LookupError` for a file that is not written in its encoding;
    a file that :func:`asynclint.source.parse.parse` accepts is.
    """

    __slots__ = ("_lines", "_text", "data", "path")

    def __init__(self, path: str, data: bytes) -> None:
        self.path = path
        """As shown to the user: as given or relative to the working directory."""
        self.data = data
        self._text: str | None = None
        self._lines: list[str] | None = None

    @property
    def text(self) -> str:
        """The whole text without its byte order mark, line ends as they are in the file."""
        if self._text is None:
            self._text = self.data.decode(encoding_of(self.data))
        return self._text

    @property
    def lines(self) -> list[str]:
        """The lines without their ends. A line end at the end of the file begins no further line."""
        if self._lines is None:
            text = self.text
            if "\r" in text:
                text = text.replace("\r\n", "\n").replace("\r", "\n")
            self._lines = text.split("\n")
            if not self._lines[-1]:
                self._lines.pop()
        return self._lines

    @property
    def line_count(self) -> int:
        """How many lines there are; none in an empty file."""
        return len(self.lines)

    def line(self, number: int) -> str:
        """The text of a line without its end. It is empty behind the last line, where the end of the file may be."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def column(self, line: int, utf8_offset: int) -> int:
        """The column, in characters, of an offset of the tree.

        Those count, from 0, the bytes of the line in UTF-8, whatever the file's encoding. An offset inside of a character
        is taken for its beginning.
        """
        if self.text.isascii():
            return utf8_offset + 1
        return len(self.line(line).encode()[:utf8_offset].decode(errors="ignore")) + 1

    def utf16_column(self, line: int, column: int) -> int:
        """The column in UTF-16 code units of a column in characters. Language servers speak of such units, from 0."""
        if self.text.isascii():
            return column
        return len(self.line(line)[: column - 1].encode("utf-16-le")) // 2 + 1

    def span(self, lineno: int, col_offset: int, end_lineno: int, end_col_offset: int) -> Span:
        """The span of a node's four positions."""
        return Span(lineno, self.column(lineno, col_offset), end_lineno, self.column(end_lineno, end_col_offset))

    def segment(self, span: Span) -> str:
        """The text of a span, with ``\\n`` between its lines."""
        if span.line == span.end_line:
            return self.line(span.line)[span.column - 1 : span.end_column - 1]
        first = self.line(span.line)[span.column - 1 :]
        between = self.lines[span.line : span.end_line - 1]
        return "\n".join([first, *between, self.line(span.end_line)[: span.end_column - 1]])
