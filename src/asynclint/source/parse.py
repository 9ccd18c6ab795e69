"""From bytes to a tree, or to one clear sentence why there is none."""

from __future__ import annotations

import ast
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn, final

from asynclint.source.text import encoding_of

_PYTHON = f"Python {sys.version_info[0]}.{sys.version_info[1]}"


@final
class ParseError(Exception):
    """A file has no tree. `message` says why, without path and line; `line` is None where no line is to blame."""

    def __init__(self, message: str, line: int | None) -> None:
        super().__init__(message, line)
        self.message = message
        self.line = line

    def __str__(self) -> str:
        return self.message if self.line is None else f"{self.message} (line {self.line})"


def parse(data: bytes, path: str) -> ast.Module:
    """Parse a file by the grammar of the running interpreter, or raise :class:`ParseError`.

    `path` only names the file in the interpreter's warnings, see :func:`quiet`.
    """
    _check_text(data)
    try:
        # The brackets matter: for the text of a syntax error, Python would read the file of that name, which may
        # be another one than these bytes, or one that blocks.
        return ast.parse(data, f"<{path}>")
    except SyntaxError as error:
        raise ParseError(f"not valid {_PYTHON}: {error.msg}", error.lineno or None) from None
    except ValueError as error:  # from malformed escapes in f-strings, seen on 3.12 and 3.13
        raise ParseError(f"not valid {_PYTHON}: {error}", None) from None
    except (RecursionError, MemoryError):
        raise ParseError("is nested too deeply to be parsed", None) from None


@contextmanager
def quiet() -> Iterator[None]:
    """Silence what Python says about the analysed code itself, such as invalid escapes in strings.

    The filters belong to the whole process: enter once around a run, not around each file, and from one thread only.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        warnings.simplefilter("ignore", DeprecationWarning)  # what invalid escapes were before Python 3.12
        yield


def _check_text(data: bytes) -> None:
    """Refuse what Python words badly, and what it lets pass: undecodable comments, anything behind a null character."""
    encoding = encoding_of(data)
    try:
        # A declaration must be readable in the encoding that it declares. Where it is not, the codec is not meant for
        # files, and may take quadratic time: punycode does, and idna behind its mark `xn--`.
        if b"xn--coding".decode(encoding) != "xn--coding":
            raise UnicodeError
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        name = "UTF-8" if encoding.lower().startswith("utf-8") else encoding
        # Not `data`: the error's bytes begin behind the byte order mark.
        _fail(f"is not valid {name} (byte 0x{error.object[error.start]:02x})", error.object[: error.start])
    except UnicodeError:
        raise ParseError(f'declares the encoding "{encoding}", but is not written in it', None) from None
    except LookupError:
        raise ParseError(f'declares the unknown encoding "{encoding}"', None) from None
    null = text.find("\0")
    if null >= 0:
        _fail("contains a null byte", text[:null].encode("utf-8", "surrogatepass"))


def _fail(message: str, before: bytes) -> NoReturn:
    """Blame the line that `before` leads to. It is bytes because `str.splitlines` knows more line ends than Python."""
    raise ParseError(message, len((before + b".").splitlines())) from None
