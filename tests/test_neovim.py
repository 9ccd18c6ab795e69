"""The language server in a real Neovim, set up as the documentation says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from editor import OURS

NEOVIM = shutil.which("nvim")

SLEEPY = "import time\n\n\nasync def main() -> None:\n    time.sleep(1)\n"

SCENARIO = """
local function shown(count)
  assert(vim.wait(60000, function() return #vim.diagnostic.get(0) == count end, 20), vim.inspect(vim.diagnostic.get(0)))
end

local result = {}
vim.cmd("edit app.py")
shown(1)
result.found = vim.diagnostic.get(0)[1]

vim.api.nvim_win_set_cursor(0, { 5, 8 })
vim.ui.select = function(items, _, choose)
  result.offered = #items
  choose(items[1], 1)
end
vim.lsp.buf.code_action()
local function fixed() return vim.fn.getline(6) == "    await asyncio.sleep(1)" end
assert(vim.wait(60000, fixed, 20), vim.inspect(vim.api.nvim_buf_get_lines(0, 0, -1, true)))
shown(0)
vim.cmd("write")

vim.cmd("undo")
shown(1)
vim.cmd("redo")
shown(0)

vim.api.nvim_buf_set_lines(0, 5, 6, true, { "    await asyncio.sleep(", "    time.sleep(2)" })
vim.wait(500, function() return false end)
vim.api.nvim_buf_set_lines(0, 5, 6, true, {})
shown(1)
vim.cmd("edit!")
shown(0)

vim.fn.writefile({ vim.fn.json_encode(result) }, "result.json")
vim.cmd("quitall!")
"""


def documented(heading: str, language: str) -> list[str]:
    """The blocks of code below a heading of docs/editors.md."""
    text = (Path(__file__).parents[1] / "docs" / "editors.md").read_text(encoding="utf-8")
    section = text.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(rf"```{language}\n(.*?)```", section, flags=re.DOTALL)


def version() -> tuple[int, ...]:
    assert NEOVIM is not None
    line = subprocess.run([NEOVIM, "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]
    return tuple(int(part) for part in re.findall(r"\d+", line)[:2])


@pytest.mark.skipif(NEOVIM is None, reason="there is no Neovim")
def test_neovim_shows_a_finding_and_fixes_it(tmp_path: Path) -> None:
    assert NEOVIM is not None
    project, binaries = tmp_path / "a project", tmp_path / "bin"
    project.mkdir()
    binaries.mkdir()
    command = binaries / "asynclint"
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{OURS}" exec "{sys.executable}" -m asynclint "$@"\n')
    command.chmod(0o755)
    (project / "pyproject.toml").write_text("")
    (project / "app.py").write_text(SLEEPY)
    newer, older = documented("Neovim", "lua")
    (tmp_path / "init.lua").write_text(newer if version() >= (0, 11) else older)
    scenario = tmp_path / "scenario.lua"
    scenario.write_text(f"local ok, error = pcall(function()\n{SCENARIO}\nend)\nif not ok then print(error) vim.cmd('cquit') end")
    path = f"{binaries}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "XDG_STATE_HOME": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run(
        [NEOVIM, "--headless", "-u", str(tmp_path / "init.lua"), "-c", f"luafile {scenario}"],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    result = json.loads((project / "result.json").read_text())
    assert result["found"]["code"] == "ASL101"
    assert result["found"]["lnum"] == 4
    assert result["offered"] == 3
    fixed = SLEEPY.replace("time.sleep", "await asyncio.sleep").replace("time\n", "time\nimport asyncio\n")
    assert (project / "app.py").read_text() == fixed
