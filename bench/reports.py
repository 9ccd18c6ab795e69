"""Blocking calls that were seen to block: how many does asynclint find in the version that was reported?

Home Assistant tells who blocks its event loop, and where; others noticed that their service stood still. Each report below is public, and
names a call in a distribution of the registry, of which the version is fetched that had it, or the one next to it that the registry still
has. asynclint reads it alone, without its dependencies::

    python bench/reports.py                 # all
    python bench/reports.py PyBecker pycync # these

A report is *found* if the rule that such a call is for is on by default, and says so by default on the line where the coroutine calls
what blocks. *On request*: the rule is off, or it is only possible. The list is no sample: it is what searching for such reports brought up,
as far as the registry has the version.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from asynclint.rules import RULES


class Report(NamedTuple):
    """`line` of the file `path` calls what the issue (``owner/repository#number``) says blocks: `what`, which is for the rule `code`."""

    distribution: str
    version: str
    path: str
    line: int
    code: str
    what: str
    issue: str


REPORTS = (
    Report("aiohttp", "3.4.4", "aiohttp/web_fileresponse.py", 279, "ASL105", "open", "aio-libs/aiohttp#3313"),
    Report("aiokevoplus", "4.1.0", "aiokevoplus/__init__.py", 290, "ASL124", "load_verify_locations", "gaggle331/home-assistant-kevo#17"),
    Report("aiotinydb", "1.0.1", "aiotinydb/storage.py", 66, "ASL105", "open", "aiotinydb/aiotinydb#1"),
    Report("casambi-bt", "0.2.1", "CasambiBt/_network.py", 96, "ASL105", "read_text", "lkempf/casambi-bt-hass#86"),
    Report("deebot-client", "6.0.2", "deebot_client/api_client.py", 70, "ASL127", "import_module", "DeebotUniverse/client.py#473"),
    Report("govee-led-wez", "0.0.15", "govee_led_wez/http.py", 37, "ASL124", "load_verify_locations", "wez/govee-lan-hass#68"),
    Report("homematicip", "1.1.3", "homematicip/aio/connection.py", 115, "ASL124", "load_default_certs", "home-assistant/core#140790"),
    Report("langflow-base", "0.0.97", "langflow/services/cache/service.py", 255, "ASL104", "Redis", "langflow-ai/langflow#4231"),
    Report(
        "llama-stack", "0.1.7", "llama_stack/providers/inline/datasetio/localfs/datasetio.py", 139, "ASL701", "read_csv", "ogx-ai/ogx#1489"
    ),
    Report("msmart-ng", "2025.2.1", "msmart/cloud.py", 113, "ASL124", "load_verify_locations", "mill1000/midea-ac-py#311"),
    Report("PyBecker", "1.0.5", "pybecker/becker.py", 98, "ASL115", "serial port", "nicolasberthel/hass-becker-component#12"),
    Report("pyControl4", "1.5.0", "pyControl4/websocket.py", 177, "ASL124", "load_default_certs", "lawtancool/pyControl4#53"),
    Report("pycync", "0.4.1", "pycync/tcp/tcp_manager.py", 65, "ASL124", "load_default_certs", "home-assistant/core#154885"),
    Report("pydaikin", "2.13.4", "pydaikin/factory.py", 42, "ASL124", "load_default_certs", "home-assistant/core#124847"),
    Report("pyhOn", "0.17.4", "pyhon/hon.py", 91, "ASL127", "import_module", "Andre0512/hon#206"),
    Report("pykeybasebot", "0.1.4", "pykeybasebot/bot.py", 42, "ASL101", "sleep", "keybase/pykeybasebot#18"),
    Report("pysmarthashtag", "0.5.2", "pysmarthashtag/account.py", 125, "ASL124", "load_verify_locations", "DasBasti/SmartHashtag#210"),
    Report(
        "python-roborock", "2.39.2", "roborock/mqtt/roborock_session.py", 154, "ASL124", "load_default_certs", "home-assistant/core#159205"
    ),
    Report("pytoyoda", "4.0.1", "pytoyoda/controller.py", 358, "ASL124", "load_verify_locations", "home-assistant/core#151103"),
    Report("twentemilieu", "2.0.1", "twentemilieu/twentemilieu.py", 81, "ASL127", "listdir", "home-assistant/core#123018"),
)

WAYS = (
    ["--only-binary", ":all:", "--python-version", "3.12"],
    ["--only-binary", ":all:", "--python-version", "3.7"],
    ["--no-binary", ":all:"],
)
"""How a version may be had: some are older than what pip would choose."""


def main() -> int:
    names = sys.argv[1:]
    outcomes: Counter[str] = Counter()
    print("| distribution | line | what blocks | report | outcome |\n|---|---|---|---|---|")
    for report in REPORTS:
        if names and report.distribution not in names:
            continue
        with tempfile.TemporaryDirectory() as folder:
            root = _fetched(report, Path(folder))
            outcome = "not to be had" if root is None else _outcome(report, root)
        outcomes[outcome] += 1
        place = f"{report.distribution} {report.version} | `{report.path}:{report.line}`"
        print(f"| {place} | {report.what} | {report.issue} | {outcome} |", flush=True)
    print("\n" + ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common()))
    return 0


def _fetched(report: Report, folder: Path) -> Path | None:
    """The folder that has the file of a report, in what the registry has of the version."""
    for way in WAYS:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder)]
        subprocess.run([*command, *way, f"{report.distribution}=={report.version}"], capture_output=True)
        for archive in sorted(folder.iterdir()):
            if archive.suffix == ".whl":
                with zipfile.ZipFile(archive) as wheel:
                    wheel.extractall(folder / "source")
            elif archive.name.endswith(".tar.gz"):
                with tarfile.open(archive) as source:
                    source.extractall(folder / "source", filter="data")
        found = sorted((folder / "source").rglob(report.path))
        if found:
            return found[0].parents[report.path.count("/")]
    return None


def _outcome(report: Report, root: Path) -> str:
    command = [sys.executable, "-m", "asynclint", "check", ".", "--isolated", "--no-cache", "--min-certainty", "possible"]
    done = subprocess.run([*command, "--select", report.code, "--output-format", "json"], cwd=root, capture_output=True, text=True)
    findings = [item for item in _diagnostics(done.stdout) if (item["path"], item["line"]) == (report.path, report.line)]
    is_on = any(rule.default for rule in RULES if rule.code == report.code)
    if is_on and any(item["certainty"] != "possible" for item in findings):
        return "found"
    return "on request" if findings else "missed"


def _diagnostics(text: str) -> Sequence[dict[str, object]]:
    found: Sequence[dict[str, object]] = json.loads(text)["diagnostics"] if text else []
    return found


if __name__ == "__main__":
    sys.exit(main())
