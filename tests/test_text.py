"""Positions: what the tree says in bytes must lead to the same characters that a person sees."""

from __future__ import annotations

import ast

import pytest

from asynclint.model import Span
from asynclint.source.text import Source, encoding_of


def names_in(source: Source) -> list[tuple[str, str]]:
    """Each name of the tree beside the text that its positions lead to."""
    pairs = []
    for node in ast.walk(ast.parse(source.data)):
        if isinstance(node, ast.Name):
            assert node.end_lineno is not None
            assert node.end_col_offset is not None
            span = source.span(node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
            pairs.append((node.id, source.segment(span)))
    return pairs


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"", "utf-8"),
        (b"x = 1\n", "utf-8"),
        (b"\xef\xbb\xbfx = 1\n", "utf-8-sig"),
        (b"# coding: latin-1\n", "latin-1"),
        (b"# -*- coding: cp1252 -*-\n", "cp1252"),
        (b"# vim: set fileencoding=koi8-r :\n", "koi8-r"),
        (b"#!/usr/bin/python\n\x0c # coding=ascii\n", "ascii"),
        (b"#!/usr/bin/python\r# coding=ascii\r", "ascii"),
        (b"\r\n# coding=ascii\r\n", "ascii"),
        (b"# caf\xe9\n# coding: latin-1\n", "latin-1"),
        (b"# coding: latin-1\n# coding: ascii\n", "latin-1"),
        (b"x = 1\n# coding: latin-1\n", "utf-8"),
        (b"x = 1  # coding: latin-1\n", "utf-8"),
        (b"\n\n# coding: latin-1\n", "utf-8"),
        (b"# a coding without a name\n", "utf-8"),
    ],
)
def test_encoding(data: bytes, encoding: str) -> None:
    assert encoding_of(data) == encoding


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", []),
        (b"a", ["a"]),
        (b"a\n", ["a"]),
        (b"\n", [""]),
        (b"a\n\n", ["a", ""]),
        (b"a\r\nb\r\n", ["a", "b"]),
        (b"a\rb", ["a", "b"]),
        (b"a\r\n\rb\n\rc", ["a", "", "b", "", "c"]),
        (b"a\x0cb\x0b\x1c\x1d\x1e", ["a\x0cb\x0b\x1c\x1d\x1e"]),
        ("a\x85b\u2028c\u2029".encode(), ["a\x85b\u2028c\u2029"]),
        (b"\xef\xbb\xbfa\nb", ["a", "b"]),
    ],
)
def test_lines_end_where_python_ends_them(data: bytes, lines: list[str]) -> None:
    source = Source("a.py", data)
    assert source.lines == lines
    assert source.line_count == len(lines)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_lines_agree_with_the_tree(end: bytes) -> None:
    data = end.join([b"a = 1", b"\x0c", b"\x0cb = 2", b's = "\\', b'"', b"c = 3"])
    source = Source("a.py", data)
    for node in ast.parse(data).body:
        assert isinstance(node, ast.Assign)
        target = node.targets[0]
        assert isinstance(target, ast.Name)
        assert source.line(target.lineno)[target.col_offset] == target.id


def test_text_keeps_the_line_ends_but_not_the_byte_order_mark() -> None:
    assert Source("a.py", b"\xef\xbb\xbfa\r\nb\r").text == "a\r\nb\r"


def test_a_line_outside_of_the_file_is_empty() -> None:
    source = Source("a.py", b"a\nb\n")
    assert [source.line(n) for n in (-1, 0, 1, 2, 3)] == ["", "", "a", "b", ""]


@pytest.mark.parametrize(
    "data",
    [
        b"first = second\n",
        "größe = [ä, 'é', ö]; 数 = 字\n".encode(),
        b"\xef\xbb\xbffirst = second\n",
        "\ufeffüber = '€'; last = über\n".encode(),
        "# coding: latin-1\nmüde = 'é', wach\n".encode("latin-1"),
        "# coding: shift_jis\n名 = '前', x\n".encode("shift_jis"),
        "x = '😀', y, '😀'; z = y\r\n\r\n\x0cz = '😀'; y\r\n".encode(),
    ],
)
def test_spans_lead_to_the_names(data: bytes) -> None:
    pairs = names_in(Source("a.py", data))
    assert len(pairs) >= 2
    assert all(name == text for name, text in pairs)


def test_columns_count_characters_from_1() -> None:
    source = Source("a.py", "a = 'é€😀', b\n".encode())
    line = source.line(1).encode()
    assert source.column(1, 0) == 1
    assert source.column(1, line.index(b"b")) == 12
    assert source.column(1, len(line)) == 13
    assert source.column(1, line.index("€".encode()) + 1) == source.column(1, line.index("€".encode())) == 7


def test_utf16_columns_count_two_for_what_lies_beyond_16_bits() -> None:
    source = Source("a.py", "x = 1\n'é😀'; b\n".encode())
    assert source.utf16_column(2, 4) == 5
    assert source.utf16_column(2, 7) == 8
    assert source.utf16_column(1, 5) == 5
    assert Source("a.py", b"x = 1\n").utf16_column(1, 5) == 5


def test_a_segment_over_several_lines() -> None:
    source = Source("a.py", "é = call(\r\n    1,\r\n    2,\r\n) + 3\r\n".encode())
    assert source.segment(Span(1, 5, 4, 2)) == "call(\n    1,\n    2,\n)"
    assert source.segment(Span(2, 5, 3, 6)) == "1,\n    2"
    assert source.segment(Span(2, 5, 2, 6)) == "1"
