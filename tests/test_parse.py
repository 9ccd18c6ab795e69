"""Every file gives a tree or one clear sentence, in bounded time."""

from __future__ import annotations

import ast
import pickle
import re
import sys
import time
import warnings
from pathlib import Path

import pytest

from asynclint.source.parse import ParseError, parse, quiet
from asynclint.source.text import Source

PYTHON = f"Python {sys.version_info.major}.{sys.version_info.minor}"


def refused(data: bytes) -> tuple[str, int | None]:
    with pytest.raises(ParseError) as caught:
        parse(data, "a.py")
    return caught.value.message, caught.value.line


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"# nothing but a comment",
        b"x = 1",
        b"x = 1\r\nif x:\r\n    y = 2\r\n",
        b"x = 1\ry = 2\r",
        b"\xef\xbb\xbfx = 1\n",
        b"\xef\xbb\xbf# coding: utf-8\nx = 1\n",
        b"\x0cx = 1\n\x0c\nif x:\n    y = 1\n\x0c    z = 2\n",
        b'x = "\\ud800"\n',
        "# coding: latin-1\nx = 'é'\n".encode("latin-1"),
        b"# coding: latin-1 \xe9\nx = 1\n",
        b"# \xe9\n# coding: latin-1\nx = 1\n",
        b"async def f():\n    return [i async for i in g()]\n",
    ],
)
def test_good_files(data: bytes) -> None:
    assert ast.dump(parse(data, "a.py")) == ast.dump(ast.parse(data))
    assert Source("a.py", data).text is not None


def test_the_encoding_is_the_declared_one() -> None:
    statement = parse("# coding: latin-1\nx = 'é'\n".encode("latin-1"), "a.py").body[0]
    assert isinstance(statement, ast.Assign)
    assert isinstance(statement.value, ast.Constant)
    assert statement.value.value == "é"


def test_a_syntax_error_names_the_grammar_and_the_line() -> None:
    assert refused(b"x = 1\n\nx = = 2\n") == (f"not valid {PYTHON}: invalid syntax", 3)


def test_a_syntax_error_without_a_line() -> None:
    message, line = refused(b"\xef\xbb\xbf# coding: latin-1\nx = 1\n")
    assert message.startswith(f"not valid {PYTHON}: encoding problem")
    assert line is None


def test_a_file_for_another_python() -> None:
    message, line = refused(b"import sys\nprint 'hello'\n")
    assert message.startswith(f"not valid {PYTHON}: Missing parentheses in call to 'print'")
    assert line == 2


@pytest.mark.parametrize(("data", "line"), [(b"\0", 1), (b"x = 1\ny = '\0'\n", 2), (b"a\r\nb\rc\x0c\n\0\n", 4), (b"# \0\n", 1)])
def test_null_bytes(data: bytes, line: int) -> None:
    assert refused(data) == ("contains a null byte", line)


def test_a_null_character_that_only_decoding_shows() -> None:
    assert refused(b"# coding: utf-7\nx = 1\n+AAA-\n((((\n") == ("contains a null byte", 3)


@pytest.mark.parametrize(
    ("data", "message", "line"),
    [
        (b"x = '\xff'\n", "is not valid UTF-8 (byte 0xff)", 1),
        (b"x = 1\n\n# caf\xe9\n", "is not valid UTF-8 (byte 0xe9)", 3),
        (b"# coding: utf-8\r\rx = '\x80'\n", "is not valid UTF-8 (byte 0x80)", 3),
        (b"\xef\xbb\xbfx\n\xfe\n", "is not valid UTF-8 (byte 0xfe)", 2),
        ("x = 1\n".encode("utf-16"), "is not valid UTF-8 (byte 0xff)", 1),
        (b"# coding: ascii\nx = '\xc3\xa9'\n", "is not valid ascii (byte 0xc3)", 2),
        (b"# coding: cp1252\nx = '\x81'\n", "is not valid cp1252 (byte 0x81)", 2),
    ],
)
def test_bytes_that_are_not_in_the_encoding(data: bytes, message: str, line: int) -> None:
    assert refused(data) == (message, line)


@pytest.mark.parametrize("encoding", ["foo", "uft-8", "rot13", "zlib", "a.b", ".."])
def test_unknown_encodings(encoding: str) -> None:
    data = f"# coding: {encoding}\nx = 1\n".encode()
    assert refused(data) == (f'declares the unknown encoding "{encoding}"', None)


@pytest.mark.parametrize("encoding", ["utf-16", "cp037", "undefined"])
def test_encodings_that_cannot_declare_themselves(encoding: str) -> None:
    data = f"# coding: {encoding}\nx = 1\n".encode()
    assert refused(data) == (f'declares the encoding "{encoding}", but is not written in it', None)


@pytest.mark.parametrize("encoding", ["punycode", "idna"])
def test_an_encoding_that_takes_quadratic_time(encoding: str) -> None:
    started = time.perf_counter()
    refused(f"# coding: {encoding}\n#.xn--".encode() + b"x" * 500_000 + b"-" + b"9" * 500_000)
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize("data", [b"f'return{x:...\\N{", b'f"from :\\{\xc3\xa9:*case \\u', b"# coding: utf-7\nx = '+2AA-'"])
def test_errors_that_python_leaks(data: bytes) -> None:
    with quiet():
        message, _ = refused(data)
    assert message.startswith(f"not valid {PYTHON}: ")


DEEP = {
    "parentheses": b"(" * 2_000 + b")" * 2_000,
    "elif": b"if a:\n    pass\n" + b"elif a:\n    pass\n" * 5_000,
    "plus": b" + ".join([b"a"] * 30_000),
    "calls": b"f" + b"()" * 8_000,
    "attributes": b"a" + b".a" * 100_000,
    "not": b"not " * 100_000 + b"a",
    "lambda": b"lambda: " * 20_000 + b"a",
    "conditions": b"a if b else " * 20_000 + b"c",
    "f-strings": b"f'{" * 1_000 + b"}'" * 1_000,
    "blocks": b"".join(b" " * depth + b"if a:\n" for depth in range(200)) + b" " * 200 + b"pass\n",
}


@pytest.mark.parametrize("name", DEEP)
def test_deep_files_cost_no_more_than_themselves(name: str) -> None:
    limit = sys.getrecursionlimit()
    started = time.perf_counter()
    try:
        outcome = f"{len(parse(DEEP[name], 'a.py').body)} statement"
    except ParseError as error:
        outcome = error.message
    assert re.fullmatch(rf"1 statement|is nested too deeply to be parsed|not valid {PYTHON}: .+", outcome)
    assert time.perf_counter() - started < 5
    assert sys.getrecursionlimit() == limit


def test_nested_too_deeply() -> None:
    assert refused(b"-" * 100_000 + b"1") == ("is nested too deeply to be parsed", None)


def test_a_long_file() -> None:
    assert len(parse(b"x = f(1)\n" * 50_000, "a.py").body) == 50_000


def test_the_text_of_the_error_names_the_line() -> None:
    assert str(ParseError("contains a null byte", 3)) == "contains a null byte (line 3)"
    assert str(ParseError("is nested too deeply to be parsed", None)) == "is nested too deeply to be parsed"


def test_the_error_travels_between_processes() -> None:
    error = pickle.loads(pickle.dumps(ParseError("contains a null byte", 3)))
    assert (error.message, error.line) == ("contains a null byte", 3)


def test_a_file_of_the_same_name_is_not_read(tmp_path: Path) -> None:
    other = tmp_path / "other.py"
    other.write_bytes(b"something else\n")
    with pytest.raises(ParseError) as caught:
        parse(b"x = = 1\n", str(other))
    cause = caught.value.__context__
    assert isinstance(cause, SyntaxError)
    assert cause.text == "x = = 1\n"


def test_warnings_about_the_analysed_code_are_silent() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with quiet():
            assert parse(rb"x = '\d' is 1", "a.py").body
        with pytest.raises(ParseError, match="invalid escape sequence"):
            parse(rb"x = '\d'", "a.py")
