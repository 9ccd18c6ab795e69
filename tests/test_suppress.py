"""Comments that silence: where they are heard, for which rules, and which of them silence nothing."""

from __future__ import annotations

import textwrap

import pytest

from asynclint.source.text import Source
from asynclint.suppress import DirectiveLines, FileSuppressions, Suppression, parse_suppressions, problems

CODES = {
    "blocking-sleep": "ASL101",
    "blocking-http": "ASL102",
    "blocking-file-io": "ASL105",
    "coroutine-not-awaited": "ASL201",
}
ALL = CODES.keys()
EQUIVALENTS = {"ASYNC251": frozenset({"blocking-sleep"})}


def suppressions(code: str) -> tuple[Suppression, ...]:
    return parse_suppressions(Source("a.py", textwrap.dedent(code).lstrip("\n").encode()))


def on_file(code: str) -> FileSuppressions:
    return FileSuppressions(suppressions(code), CODES, EQUIVALENTS)


def silenced(code: str, rule: str = "blocking-sleep", last: int = 12) -> list[int]:
    """The lines on which a finding of the rule is silenced."""
    file = on_file(code)
    return [line for line in range(1, last + 1) if file.covers(rule, line, line)]


def rules_silenced(comment: str) -> list[str]:
    file = on_file(f"f()  {comment}\n")
    return [CODES[rule] for rule in CODES if file.covers(rule, 1, 1)]


# -- what a comment says


@pytest.mark.parametrize(
    ("comment", "kind", "rules", "reason"),
    [
        ("# noqa", "noqa", (), ""),
        ("#NoQA", "noqa", (), ""),
        ("# noqa: ASL105", "noqa", ("ASL105",), ""),
        ("# noqa:asl105,E501 W291", "noqa", ("asl105", "E501", "W291"), ""),
        ("# noqa: ASL1, E501 - a start-up file", "noqa", ("ASL1", "E501"), "- a start-up file"),
        ("# noqa: ASL", "noqa", ("ASL",), ""),
        ("# noqa: it is fine", "noqa", (), ": it is fine"),
        ("# asynclint: ignore", "ignore", (), ""),
        ("#asynclint:ignore", "ignore", (), ""),
        ("# asynclint: ignore at start-up only", "ignore", (), "at start-up only"),
        (
            "# asynclint: ignore[blocking-file-io, ASL101] see issue #12",
            "ignore",
            ("blocking-file-io", "ASL101"),
            "see issue #12",
        ),
        ("# asynclint: ignore [blocking-http]", "ignore", ("blocking-http",), ""),
        ("# asynclint: ignore[]", "ignore", ("",), ""),
        ("# asynclint: ignore[blocking-http", "ignore", ("blocking-http",), ""),
        ("# asynclint: ignore-file[ASL105] a script", "ignore-file", ("ASL105",), "a script"),
        ("# asynclint: nonblocking cached", "nonblocking", (), "cached"),
        ("# asynclint: ignroe", "ignroe", (), ""),
        ("# asynclint: ignore: blocking-http", "ignore:", (), "blocking-http"),
        ("# asynclint:", "", (), ""),
    ],
)
def test_directives(comment: str, kind: str, rules: tuple[str, ...], reason: str) -> None:
    (found,) = suppressions(f"f()  {comment}\n")
    assert (found.kind, found.rules, found.reason) == (kind, rules, reason)


@pytest.mark.parametrize(
    "code",
    [
        "f()  # a note on asynclint and noqax\n",
        "f('# noqa', '# asynclint: ignore')\n",
        "f()  # flake8: noqa\n",
        "f()  # write `# asynclint: ignore` to silence it\n",
        '"""\n# noqa\n# asynclint: ignore\n"""\n',
    ],
)
def test_what_is_no_directive(code: str) -> None:
    assert suppressions(code) == ()


def test_two_directives_in_one_comment_each_have_their_place() -> None:
    found = suppressions("é = f()  # type: ignore  # noqa: E501 long  # asynclint: ignore[ASL101] short\n")
    assert [(s.kind, s.line, s.column, s.reason) for s in found] == [("noqa", 1, 26, "long"), ("ignore", 1, 45, "short")]


# -- which rules


@pytest.mark.parametrize(
    ("comment", "codes"),
    [
        ("# noqa", ["ASL101", "ASL102", "ASL105", "ASL201"]),
        ("# noqa: ASL105, E501", ["ASL105"]),
        ("# noqa: asl105", ["ASL105"]),
        ("# noqa: ASL1", ["ASL101", "ASL102", "ASL105"]),
        ("# noqa: ASL", ["ASL101", "ASL102", "ASL105", "ASL201"]),
        ("# noqa: E501, ASYNC100", []),
        ("# asynclint: ignore", ["ASL101", "ASL102", "ASL105", "ASL201"]),
        ("# asynclint: ignore[blocking-file-io, ASL101]", ["ASL101", "ASL105"]),
        ("# asynclint: ignore[ASL2]", ["ASL201"]),
        ("# asynclint: ignore[]", []),
        ("# asynclint: ignore[blocking]", []),
        ("# asynclint: ignore-file[blocking-http]", ["ASL102"]),
        ("# asynclint: ignroe", []),
        ("# asynclint: nonblocking", []),
    ],
)
def test_rules(comment: str, codes: list[str]) -> None:
    assert rules_silenced(comment) == codes


# -- which lines


def test_a_comment_beside_code_is_heard_on_its_line() -> None:
    assert silenced("a()\nb()  # asynclint: ignore\nc()\n") == [2]
    assert silenced("a()\nb()  # noqa\nc()\n") == [2]


def test_a_comment_of_its_own_is_heard_on_the_next_code_line() -> None:
    code = """
        a()
        # asynclint: ignore[ASL101]

        # another comment

        b()
        c()
    """
    assert silenced(code) == [6]


def test_comments_of_their_own_add_up() -> None:
    code = "# asynclint: ignore[ASL101]\n# asynclint: ignore[ASL105]\na()\n"
    assert silenced(code, "blocking-sleep") == silenced(code, "blocking-file-io") == [3]


def test_a_comment_of_its_own_enters_and_leaves_blocks() -> None:
    assert silenced("if a:\n    # asynclint: ignore\n    b()\n    c()\n") == [3]
    assert silenced("if a:\n    b()\n    # asynclint: ignore\nc()\n") == [4]


def test_a_comment_of_its_own_with_no_code_below_is_heard_nowhere_else() -> None:
    assert silenced("a()\n# asynclint: ignore\n") == [2]
    assert silenced("if a:\n    b()\n    # asynclint: ignore\n") == [3]


def test_a_noqa_of_its_own_says_nothing_about_the_next_line() -> None:
    assert silenced("# noqa\na()\n") == [1]


def test_a_comment_inside_a_statement_is_heard_on_its_line() -> None:
    code = """
        gather(
            a(),  # asynclint: ignore
            b(),
            # asynclint: ignore
            c(),
        )
    """
    assert silenced(code) == [2, 5]


@pytest.mark.parametrize("comment", ["# asynclint: ignore", "# noqa", "# noqa: ASL101"])
def test_a_comment_behind_a_statement_is_heard_on_all_its_lines(comment: str) -> None:
    assert silenced(f"a()\ngather(\n    b(),\n    c(),\n)  {comment}\nd()\n") == [2, 3, 4, 5]
    assert silenced(f'a("""\n\n""")  {comment}\nb()\n') == [1, 2, 3]
    assert silenced(f"a() + \\\n    b()  {comment}\nc()") == [1, 2]
    assert silenced(f"if a(\n    b\n):  {comment}\n    c()\n") == [1, 2, 3]


@pytest.mark.parametrize(("first", "last", "covered"), [(1, 1, False), (1, 2, True), (2, 4, True), (1, 5, True), (3, 5, False)])
def test_a_finding_over_several_lines_is_silenced_on_any_of_them(first: int, last: int, covered: bool) -> None:
    file = on_file("f(\n    1,  # asynclint: ignore\n    2,\n    3,\n)\n")
    assert file.covers("blocking-sleep", first, last) is covered


@pytest.mark.parametrize("comment", ["# asynclint: ignore-file[ASL101] a script", "# asynclint: ignore-file"])
def test_ignore_file_is_heard_everywhere(comment: str) -> None:
    assert silenced(f"a()\nb()\n{comment}\nc()\n", last=4) == [1, 2, 3, 4]
    assert silenced(f"a()\nb()  {comment}\nc()\n", last=3) == [1, 2, 3]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_form_feeds_and_a_byte_order_mark(end: str) -> None:
    data = "\ufeff" + end.join(["é = 1", "\x0c", "a('\x0c')  # noqa", "b()  # asynclint: ignore"])
    found = parse_suppressions(Source("a.py", data.encode()))
    assert [(s.kind, s.line, s.column) for s in found] == [("noqa", 3, 9), ("ignore", 4, 6)]


def test_what_only_the_parser_accepts_keeps_what_was_read_before() -> None:
    # tokenize refuses the indentation of line 3 on Python 3.10 and 3.11.
    code = "a()  # noqa\nif 1:\n  x\n \\\n#c\n  y\n"
    compile(code, "a.py", "exec")
    assert silenced(code) == [1]


def test_what_is_cut_off_keeps_what_was_read_before() -> None:
    assert silenced("a()  # noqa\nb(\n") == [1]


# -- vouching


@pytest.mark.parametrize(
    "code",
    [
        "@first\n@second\ndef f():  # asynclint: nonblocking\n    pass\n",
        "@first\n@second  # asynclint: nonblocking\ndef f():\n    pass\n",
        "@first\n@second\ndef f(\n    a,\n):  # asynclint: nonblocking\n    pass\n",
        "# asynclint: nonblocking it only looks into a cache\n@first\n@second\ndef f():\n    pass\n",
        "@first\n# asynclint: nonblocking\n\n@second\ndef f():\n    pass\n",
    ],
)
def test_nonblocking_vouches_for_its_function(code: str) -> None:
    file = on_file(code)
    lines = code.splitlines()
    first_line = lines.index("@first") + 1
    def_line = next(number for number, line in enumerate(lines, 1) if line.startswith("def"))
    assert file.vouched(first_line, def_line)
    assert not file.vouched(def_line + 3, def_line + 3)
    assert file.unused(ALL) == []


def test_ignore_vouches_for_nothing() -> None:
    assert not on_file("def f():  # asynclint: ignore\n    pass\n").vouched(1, 1)


# -- what silences nothing


def unused(file: FileSuppressions, active: set[str] | None = None) -> list[tuple[int, str, str]]:
    found = file.unused(ALL if active is None else active)
    return [(suppression.line, suppression.kind, rule) for suppression, rule in found]


def test_only_what_is_ours_is_judged() -> None:
    code = """
        a()  # noqa
        a()  # noqa: E501, ASL101
        a()  # asynclint: ignore
        a()  # asynclint: ignore[blocking-sleep, ASL105]
        def f(): ...  # asynclint: nonblocking
        # asynclint: ignore-file[ASL201]
        # asynclint: ignroe[ASL201]
        # asynclint: ignore[blocking-slep]
    """
    assert unused(on_file(code)) == [
        (2, "noqa", "ASL101"),
        (3, "ignore", ""),
        (4, "ignore", "blocking-sleep"),
        (4, "ignore", "ASL105"),
        (5, "nonblocking", ""),
        (6, "ignore-file", "ASL201"),
    ]


def test_what_has_silenced_something_is_used() -> None:
    file = on_file("a()  # asynclint: ignore[blocking-sleep, ASL105]\nb()  # asynclint: ignore\n")
    assert file.covers("blocking-file-io", 1, 1)
    assert not file.covers("blocking-http", 1, 1)
    assert unused(file) == [(1, "ignore", "blocking-sleep"), (2, "ignore", "")]
    assert file.covers("blocking-http", 2, 2)
    assert unused(file) == [(1, "ignore", "blocking-sleep")]


def test_all_that_silence_the_same_finding_are_used() -> None:
    file = on_file("# asynclint: ignore-file[ASL101]\na()  # asynclint: ignore  # noqa: ASL1\n")
    assert file.covers("blocking-sleep", 2, 2)
    assert unused(file) == []


def test_rules_that_did_not_run_are_not_judged() -> None:
    file = on_file("a()  # asynclint: ignore[blocking-sleep, ASL105]  # noqa: ASL2, ASL1\n")
    assert unused(file, {"blocking-sleep"}) == [(1, "ignore", "blocking-sleep"), (1, "noqa", "ASL1")]
    assert unused(file, set()) == []


# -- what is written wrongly


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("# asynclint: ignroe", "unknown directive `asynclint: ignroe` (did you mean `ignore`?)"),
        ("# asynclint: non-blocking", "unknown directive `asynclint: non-blocking` (did you mean `nonblocking`?)"),
        ("# asynclint: ignore: ASL101", "unknown directive `asynclint: ignore:` (did you mean `ignore`?)"),
        ("# asynclint: xyz", "unknown directive `asynclint: xyz`"),
        (
            "# asynclint: ignore[ASL101, blocking-slep]",
            "unknown rule `blocking-slep` in `ignore` (did you mean `blocking-sleep`?)",
        ),
        ("# asynclint: ignore-file[E501]", "unknown rule `E501` in `ignore-file`"),
        ("# asynclint: ignore[]", "unknown rule `` in `ignore`"),
        ("# noqa: E501, ASL999", "unknown rule `ASL999` in `noqa`"),
        ("# noqa: ASL1011", "unknown rule `ASL1011` in `noqa` (did you mean `ASL101`?)"),
        ("# asynclint: nonblocking[ASL101]", "`asynclint: nonblocking` takes no rules"),
    ],
)
def test_problems(comment: str, message: str) -> None:
    ((line, found),) = problems(suppressions(f"\na()\nb()  {comment}\n"), CODES)
    assert line == 2
    assert found.startswith(message)


@pytest.mark.parametrize(
    "comment",
    ["# noqa", "# noqa: E501, ASYNC100, ASL1", "# asynclint: ignore[ASL2, blocking-http]", "# asynclint: nonblocking why"],
)
def test_no_problems(comment: str) -> None:
    assert problems(suppressions(f"a()  {comment}\n"), CODES) == []


def test_another_linters_code_for_the_same_counts_and_is_not_judged() -> None:
    assert rules_silenced("# noqa: ASYNC251") == ["ASL101"]
    assert rules_silenced("# noqa: E501,async251") == ["ASL101"]
    assert rules_silenced("# noqa: ASYNC250") == rules_silenced("# asynclint: ignore[ASYNC251]") == []
    assert on_file("f()  # noqa: ASYNC251, ASL105\n").unused(ALL)[0][1] == "ASL105"
    assert on_file("f()  # noqa: ASYNC251\n").unused(ALL) == []
    for line, expected in (("# noqa: ASYNC251", True), ("# noqa: E501, async251", True), ("# noqa: ASYNC2511", False)):
        assert DirectiveLines(Source("a.py", f"f()  {line}\n".encode()), EQUIVALENTS).may_cover(1, 1) is expected
