"""The forms for services: valid against the schemas that those publish, and shown where they should be, whatever is in the texts."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st

from asynclint import api
from asynclint.config import defaults
from asynclint.model import Certainty, FileError, Finding, Report, Span, Step
from asynclint.report import FORMATS

HERE = Path(__file__).parent
FORMS = ("sarif", "github", "gitlab", "junit", "json-lines")

STEP = Step("app/conf.py", 9, 10, "app.conf.load", "calls `open()`", "    with open(PATH) as file:")
FINDING = Finding(
    code="ASL105",
    name="blocking-file-io",
    path="app/views.py",
    span=Span(41, 16, 41, 22),
    message="`load()` blocks the event loop: it reads a file",
    certainty=Certainty.CERTAIN,
    kind="disk",
    group="g",
    way=(Step("app/views.py", 50, 5, "app.views.helper", "calls `load()`", "    load()"), STEP),
    function="app.views.index",
    subject="load()",
    sink="open()",
    advice="Run it in a thread: `await asyncio.to_thread(load)`.",
    source_line="    settings = load()",
)
ERRORS = (FileError("app/old.py", 3, "not valid Python", given=True), FileError("app/x.py", None, "cannot be read"))

URI = re.compile(r"(?:file:///)?(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+")


def _validator(name: str) -> Any:
    return jsonschema.Draft4Validator(json.loads((HERE / "schemas" / name).read_text(encoding="utf-8")))


SARIF = _validator("sarif-2.1.0-rtm.5.json")
CODE_CLIMATE = _validator("codeclimate.json")
JUNIT = xmlschema.XMLSchema(HERE / "schemas" / "junit-10.xsd")


def report(*findings: Finding, errors: tuple[FileError, ...] = ()) -> Report:
    return Report(findings, errors, files=3, program_files=9, seconds=1.0)


def render(form: str, run: Report) -> str:
    return "".join(f"{piece}\n" for piece in FORMATS[form](run))


def sarif(run: Report) -> dict[str, Any]:
    document = json.loads(render("sarif", run))
    SARIF.validate(document)
    (found,) = document["runs"]
    for result in found["results"]:
        assert found["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    for location in _artifacts(found):
        assert URI.fullmatch(location["uri"]), location
        assert ("uriBaseId" in location) is not location["uri"].startswith("file:")
    assert isinstance(found, dict)
    return found


def _artifacts(node: Any) -> Iterator[dict[str, str]]:
    if isinstance(node, list):
        for item in node:
            yield from _artifacts(item)
    elif isinstance(node, dict):
        for key, item in node.items():
            if key == "artifactLocation":
                yield item
            yield from _artifacts(item)


def gitlab(run: Report) -> list[dict[str, Any]]:
    issues = json.loads(render("gitlab", run))
    for issue in issues:
        CODE_CLIMATE.validate(issue)
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert issue["check_name"]
        assert not issue["location"]["path"].startswith("./")
        assert issue["location"]["lines"]["begin"] >= 1
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
    assert isinstance(issues, list)
    return issues


def junit(run: Report) -> ElementTree.Element:
    text = render("junit", run)
    JUNIT.validate(text)
    root = ElementTree.fromstring(text)
    tests = [test for suite in root for test in suite]
    assert int(root.get("tests", "")) == len(tests) >= 1
    assert int(root.get("failures", "")) == len(run.findings) == sum(test.find("failure") is not None for test in tests)
    assert int(root.get("errors", "")) == len(run.errors) == sum(test.find("error") is not None for test in tests)
    assert len({(test.get("classname"), test.get("name")) for test in tests if test.find("error") is None}) == max(len(run.findings), 1) - (
        not run.findings and bool(run.errors)
    )
    return root


def github(run: Report) -> list[tuple[str, dict[str, str], str]]:
    """The commands as GitHub's runner reads them: one a line, the properties up to the next ``::``."""
    commands = []
    for line in render("github", run).split("\n")[:-1]:
        found = re.fullmatch(r"::(\w+) ([^\r\n]*?)::([^\r\n]*)", line)
        assert found is not None, line
        properties = dict(item.split("=", 1) for item in found[2].split(","))
        commands.append((found[1], {key: _unescaped(value) for key, value in properties.items()}, _unescaped(found[3])))
    assert len(commands) == len(run.findings) + len(run.errors)
    return commands


def _unescaped(text: str) -> str:
    for escape, meant in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(escape, meant)
    return text


def json_lines(run: Report) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in render("json-lines", run).split("\n")[:-1]]
    assert lines == [
        *json.loads(render("json", run))["diagnostics"],
        *[{"error": error} for error in json.loads(render("json", run))["errors"]],
    ]
    return lines


CHECKS: dict[str, Callable[[Report], Any]] = {
    "sarif": sarif,
    "github": github,
    "gitlab": gitlab,
    "junit": junit,
    "json-lines": json_lines,
}


# -- valid


@pytest.fixture(scope="module")
def fixtures() -> Report:
    """What is found in the fixtures of the rules, a dozen of each rule."""
    config = defaults(HERE).with_options({"select": ["ALL"], "reach": "project"})
    run = api.check([str(HERE / "fixtures")], config)
    counts: Counter[str] = Counter()
    few = []
    for finding in run.findings:
        counts[finding.name] += 1
        if counts[finding.name] <= 12:
            few.append(finding)
    return run._replace(findings=tuple(few))


@pytest.mark.parametrize("form", FORMS)
def test_a_report_on_all_fixtures_is_valid(form: str, fixtures: Report) -> None:
    assert len(fixtures.findings) > 500
    assert fixtures.errors
    CHECKS[form](fixtures)


@pytest.mark.parametrize("form", FORMS)
def test_a_report_on_nothing_is_valid(form: str) -> None:
    CHECKS[form](report())
    CHECKS[form](report(errors=ERRORS))


awkward = st.text(
    st.one_of(
        st.sampled_from("a:,%]()[{}'\"`<>&;#\\/ \r\n\t\x00\x1b\x0b\x0c\x7f\x85\u2028\u202e\ufeff\ufffe\uffff\udce9\ud800é日🎉"),
        st.characters(codec=None, exclude_categories=()),
    ),
    min_size=1,
)
paths = awkward.map(lambda text: "d/" + text.replace("\0", "").replace("/", "") + ".py")
spans = st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(0, 2), st.integers(1, 9)).map(
    lambda four: Span(four[0], four[1], four[0] + four[2], four[3] + four[1])
)
steps = st.builds(Step, paths, st.integers(1, 9), st.integers(1, 9), awkward, awkward, awkward)
findings = st.builds(
    FINDING._replace,
    path=paths,
    span=spans,
    message=awkward,
    certainty=st.sampled_from(Certainty),
    way=st.lists(steps, max_size=2).map(tuple),
    function=awkward | st.just(""),
    subject=awkward | st.just(""),
    advice=awkward | st.just(""),
    source_line=awkward,
)
errors = st.builds(FileError, paths, st.none() | st.integers(1, 9), awkward, st.booleans(), st.booleans())


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(found=st.lists(findings, max_size=3), failed=st.lists(errors, max_size=2))
def test_awkward_texts_are_valid(form: str, found: list[Finding], failed: list[FileError]) -> None:
    CHECKS[form](report(*found, errors=tuple(failed)))


# -- what they say


def test_sarif_tells_the_way_from_root_to_sink() -> None:
    (result,) = sarif(report(FINDING))["results"]
    (flow,) = result["codeFlows"]
    places = [
        (place["physicalLocation"]["artifactLocation"]["uri"], place["physicalLocation"]["region"]["startLine"], place["message"]["text"])
        for place in (step["location"] for step in flow["threadFlows"][0]["locations"])
    ]
    assert places == [
        ("app/views.py", 41, "`load()` blocks the event loop: it reads a file"),
        ("app/views.py", 50, "`app.views.helper` calls `load()`"),
        ("app/conf.py", 9, "`app.conf.load` calls `open()`"),
    ]
    assert result["message"]["text"] == (
        "`load()` blocks the event loop: it reads a file ([app/conf.py:9](2)). Run it in a thread: `await asyncio.to_thread(load)`."
    )
    linked = {place["id"]: place["physicalLocation"]["artifactLocation"]["uri"] for place in result["relatedLocations"]}
    assert linked == {1: "app/views.py", 2: "app/conf.py"}
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 41, "startColumn": 16, "endLine": 41, "endColumn": 22}


def test_sarif_takes_no_code_for_a_link() -> None:
    (result,) = sarif(report(FINDING._replace(message="`hooks[0](1)` blocks", way=())))["results"]
    assert result["message"]["text"].startswith("`hooks[0\\](1)` blocks.")
    assert "codeFlows" not in result


def test_sarif_explains_the_rules_that_occur() -> None:
    other = FINDING._replace(code="ASL101", name="blocking-sleep", certainty=Certainty.LIKELY)
    run = sarif(report(FINDING, other))
    driver = run["tool"]["driver"]
    assert [rule["id"] for rule in driver["rules"]] == ["ASL101", "ASL105"]
    sleep = driver["rules"][0]
    assert sleep["name"] == "blocking-sleep"
    assert sleep["shortDescription"]["text"] == "`time.sleep` runs on the event loop's thread."
    assert sleep["fullDescription"]["text"].startswith("A call of `time.sleep` in a coroutine")
    assert "## Instead" in sleep["help"]["markdown"]
    assert sleep["defaultConfiguration"] == {"level": "error"}
    assert sleep["properties"] == {"tags": ["async", "blocking"], "precision": "high", "problem.severity": "error"}
    assert [result["level"] for result in run["results"]] == ["error", "warning"]
    assert run["columnKind"] == "unicodeCodePoints"


def test_the_pages_of_all_rules_fit() -> None:
    run = sarif(report(*[FINDING._replace(code=rule.code, name=rule.name) for rule in api.all_rules()]))
    for rule in run["tool"]["driver"]["rules"]:
        assert 20 < len(rule["shortDescription"]["text"]) <= 1024, rule["name"]
        assert 20 < len(rule["fullDescription"]["text"]) <= 1024, rule["name"]
        assert len(rule["properties"]["tags"]) <= 10


def test_sarif_tells_which_files_failed() -> None:
    (invocation,) = sarif(report(errors=ERRORS))["invocations"]
    assert invocation["executionSuccessful"] is False
    given, found = invocation["toolExecutionNotifications"]
    assert (given["level"], given["message"]["text"]) == ("error", "not valid Python")
    assert given["locations"][0]["physicalLocation"]["region"] == {"startLine": 3}
    assert (found["level"], "region" in found["locations"][0]["physicalLocation"]) == ("warning", False)
    (invocation,) = sarif(report(errors=ERRORS[1:]))["invocations"]
    assert invocation["executionSuccessful"] is True


def test_github_annotates_the_place_and_its_log_can_be_read() -> None:
    several = FINDING._replace(span=Span(41, 16, 42, 3), certainty=Certainty.LIKELY, path="a,b:c%.py", way=(), advice="")
    (name, place, message), (other, where, _), *errors = github(report(FINDING, several, errors=ERRORS))
    assert (name, place) == (
        "error",
        {
            "file": "app/views.py",
            "line": "41",
            "endLine": "41",
            "col": "16",
            "endColumn": "22",
            "title": "blocking-file-io [ASL105]",
        },
    )
    assert message == (
        "app/views.py:41:16: `load()` blocks the event loop: it reads a file\n"
        "app/views.py:50: app.views.helper calls `load()`\n"
        "app/conf.py:9: app.conf.load calls `open()`\n"
        "Run it in a thread: `await asyncio.to_thread(load)`."
    )
    assert other == "warning"
    assert where == {"file": "a,b:c%.py", "line": "41", "endLine": "42", "title": "blocking-file-io [ASL105]"}
    assert [(name, place.get("line"), message) for name, place, message in errors] == [
        ("error", "3", "app/old.py:3: not valid Python"),
        ("warning", None, "app/x.py: cannot be read"),
    ]
    assert "file=a%2Cb%3Ac%25.py," in render("github", report(several))


def test_gitlab_takes_errors_for_findings() -> None:
    finding, given, found = gitlab(report(FINDING, errors=ERRORS))
    assert finding["check_name"] == "blocking-file-io"
    assert finding["severity"] == "major"
    assert finding["description"].endswith("it reads a file. Run it in a thread: `await asyncio.to_thread(load)`.")
    assert finding["location"] == {"path": "app/views.py", "lines": {"begin": 41, "end": 41}}
    assert (given["severity"], given["location"]["lines"]) == ("critical", {"begin": 3})
    assert (found["severity"], found["location"]["lines"]) == ("minor", {"begin": 1})


def fingerprints(*findings: Finding) -> list[str]:
    in_gitlab = [issue["fingerprint"] for issue in gitlab(report(*findings))]
    in_sarif = [result["partialFingerprints"]["primaryLocationLineHash"] for result in sarif(report(*findings))["results"]]
    assert in_gitlab == in_sarif
    return in_gitlab


def test_a_fingerprint_stays_when_lines_move_and_is_given_once() -> None:
    (mark,) = fingerprints(FINDING)
    moved = FINDING._replace(span=Span(90, 2, 90, 8), source_line="  settings = load()", message="better said")
    assert fingerprints(moved) == [mark]
    assert fingerprints(FINDING, moved)[0] == mark
    for change in (
        {"path": "b.py"},
        {"code": "ASL101", "name": "blocking-sleep"},
        {"function": "g"},
        {"subject": "f()"},
        {"source_line": "load()"},
    ):
        assert fingerprints(FINDING._replace(**change)) != [mark]


def test_junit_has_a_suite_for_each_file_and_a_test_for_each_finding() -> None:
    twin = FINDING._replace(span=Span(60, 1, 60, 7))
    root = junit(report(FINDING, twin, FINDING._replace(path="z.py"), errors=ERRORS))
    assert [(suite.get("name"), suite.get("tests"), suite.get("errors")) for suite in root] == [
        ("app/old.py", "1", "1"),
        ("app/views.py", "2", "0"),
        ("app/x.py", "1", "1"),
        ("z.py", "1", "0"),
    ]
    first, second = root[1]
    assert first.get("name") == "blocking-file-io [ASL105]: load() in app.views.index"
    assert second.get("name") == "blocking-file-io [ASL105]: load() in app.views.index (2)"
    failure = first.find("failure")
    assert failure is not None
    assert failure.get("message") == "`load()` blocks the event loop: it reads a file"
    assert failure.text == (
        "app/views.py:41:16: `load()` blocks the event loop: it reads a file (certain)\n"
        "  settings = load()\n"
        "1. app/views.py:50:5: app.views.helper calls `load()`\n"
        "  load()\n"
        "2. app/conf.py:9:10: app.conf.load calls `open()`\n"
        "  with open(PATH) as file:\n"
        "Run it in a thread: `await asyncio.to_thread(load)`."
    )


def test_a_clean_run_passes_one_test() -> None:
    ((test,),) = junit(report())
    assert (test.tag, list(test)) == ("testcase", [])


# -- whose files


def test_services_are_told_paths_from_the_root_of_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    below = tmp_path / "back end"
    below.mkdir()
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(below)
    found = report(
        FINDING._replace(path="app/é.py", way=()),
        FINDING._replace(path="../lib/x.py", way=()),
        FINDING._replace(path=str(below / "y.py"), way=()),
        FINDING._replace(path="../../out.py", way=()),
    )
    outside = (tmp_path.parent / "out.py").as_posix()
    names = ["back end/app/é.py", "lib/x.py", "back end/y.py", outside]
    assert [issue["location"]["path"] for issue in gitlab(found)] == names
    assert [place["file"] for _, place, _ in github(found)] == names
    assert [suite.get("name") for suite in junit(found)] == [names[3], names[1], names[2], names[0]]
    locations = [result["locations"][0]["physicalLocation"]["artifactLocation"] for result in sarif(found)["results"]]
    assert [place["uri"] for place in locations[:3]] == ["back%20end/app/%C3%A9.py", "lib/x.py", "back%20end/y.py"]
    assert {place.get("uriBaseId") for place in locations[:3]} == {"%SRCROOT%"}
    assert (locations[3]["uri"].startswith("file:///"), "uriBaseId" in locations[3]) == (True, False)


def test_a_report_depends_on_nothing_but_what_it_reports() -> None:
    run = report(FINDING, errors=ERRORS)
    for form in FORMS:
        assert render(form, run) == render(form, run._replace(seconds=9.0))
        assert render(form, run) == render(form, run)
