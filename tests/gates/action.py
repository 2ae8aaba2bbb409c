#!/usr/bin/env python3
"""Tests the scripts of the GitHub action against a mirror of made-up releases on this machine.

action.py           with a script for a binary
action.py BINARY    with that one, on the events of GitHub
"""

import functools
import hashlib
import http.server
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import unittest
from pathlib import Path

from plant import token

ROOT = Path(__file__).resolve().parents[2]
VERSION = "9.8.7"

# It prints what it was given, and exits as it is told.
OUTGATE = f"""#!/bin/sh
test "$1" != --version || {{ echo 'outgate {VERSION}'; exit 0; }}
printf '<%s>\\n' "$@"
echo "sarif-file=x.sarif" >>"$GITHUB_OUTPUT"
exit "${{FAKE_EXIT:-0}}"
"""


def archive(name: str) -> bytes:
    blob = io.BytesIO()
    with tarfile.open(fileobj=blob, mode="w:gz") as tar:
        entry = tarfile.TarInfo(f"{name}/outgate")
        entry.mode, entry.size = 0o755, len(OUTGATE)
        tar.addfile(entry, io.BytesIO(OUTGATE.encode()))
    return blob.getvalue()


class Action(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.release = self.folder / f"v{VERSION}"
        self.release.mkdir()
        sums = []
        for target in ("x86_64-unknown-linux-gnu", "x86_64-unknown-linux-musl", "aarch64-apple-darwin"):
            name = f"outgate-v{VERSION}-{target}"
            blob = archive(name)
            (self.release / f"{name}.tar.gz").write_bytes(blob)
            sums.append(f"{hashlib.sha256(blob).hexdigest()}  {name}.tar.gz\n")
        (self.release / "SHA256SUMS").write_text("".join(sums))
        self.mirror = self.folder.as_uri()
        self.root = ROOT
        for name in ("temporary", "tools"):
            (self.folder / name).mkdir()

    def run_script(self, name: str, **env: str) -> subprocess.CompletedProcess:
        env = {
            "PATH": os.environ["PATH"],
            "RUNNER_OS": "Linux",
            "RUNNER_ARCH": "X64",
            "RUNNER_TEMP": str(self.folder / "temporary"),
            "RUNNER_TOOL_CACHE": str(self.folder / "tools"),
            "GITHUB_PATH": str(self.folder / "path"),
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "OUTGATE_MIRROR": self.mirror,
        } | env
        script = self.root / "packaging/action" / name
        return subprocess.run(["bash", script], env=env, text=True, capture_output=True, check=False)

    def install(self, **env: str) -> subprocess.CompletedProcess:
        return self.run_script("install.sh", **{"OUTGATE_VERSION": VERSION} | env)

    def refused(self, result: subprocess.CompletedProcess, text: str):
        self.assertEqual(result.returncode, 2, result)
        self.assertIn(text, result.stdout)
        commands = [line for line in result.stdout.splitlines() if line.startswith("::")]
        self.assertTrue(all("title=outgate::" in line for line in commands), commands)
        self.assertFalse((self.folder / "path").exists(), "nothing may be on the path")

    def installed(self, result: subprocess.CompletedProcess):
        self.assertEqual(result.returncode, 0, result)
        folder = Path((self.folder / "path").read_text().splitlines()[-1])
        self.assertTrue((folder / "outgate").is_file())

    def cached(self) -> list[Path]:
        return sorted(path for path in (self.folder / "tools").rglob("*") if path.is_file())

    def test_right_checksum(self):
        result = self.install()
        self.installed(result)
        self.assertIn("taking the one of the release", result.stdout)
        self.assertIn(f"version={VERSION}\n", (self.folder / "output").read_text())

    def test_leading_v(self):
        self.installed(self.install(OUTGATE_VERSION=f"v{VERSION}"))

    def test_over_http(self):
        handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=self.folder)
        handler.func.log_message = lambda *_: None
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            self.installed(self.install(OUTGATE_MIRROR=f"http://127.0.0.1:{server.server_port}"))
            server.shutdown()

    def test_wrong_checksum(self):
        for path in self.release.glob("*.tar.gz"):
            path.write_bytes(path.read_bytes() + b"\0")
        self.refused(self.install(), "has the checksum")
        self.assertEqual(self.cached(), [])

    def test_missing_checksum(self):
        (self.release / "SHA256SUMS").write_text("")
        self.refused(self.install(), "no checksum for")

    def test_sums_of_the_action_come_first(self):
        self.root = self.folder / "action"
        shutil.copytree(ROOT / "packaging/action", self.root / "packaging/action")
        shipped = self.root / "packaging/action/SHA256SUMS"
        shutil.copy(self.release / "SHA256SUMS", shipped)
        result = self.install()
        self.installed(result)
        self.assertNotIn("notice", result.stdout)
        (self.folder / "path").unlink()
        # The release was changed as a whole, after the fact.
        sums = ""
        for path in self.release.glob("*.tar.gz"):
            path.write_bytes(path.read_bytes() + b"\0")
            sums += f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        (self.release / "SHA256SUMS").write_text(sums)
        shutil.rmtree(self.folder / "tools")
        self.refused(self.install(), "has the checksum")

    def test_cached_archive_is_checked_again(self):
        self.installed(self.install())
        (cached,) = self.cached()
        # No download is needed the second time.
        for path in self.release.glob("*.tar.gz"):
            path.unlink()
        self.installed(self.install())
        (self.folder / "path").unlink()
        cached.write_bytes(b"something else")
        self.refused(self.install(), "cannot download")

    def test_bad_versions(self):
        for version in ("latest", "1.2", "1.2.3/../../x", "1.2.3;id", "$(id)", "1.2.3\n::error::x", "-1.2.3"):
            with self.subTest(version):
                self.refused(self.install(OUTGATE_VERSION=version), "is not like 1.2.3")

    def test_version_of_the_action_by_default(self):
        result = self.install(OUTGATE_VERSION="")
        cargo = (ROOT / "Cargo.toml").read_text()
        version = cargo.split('version = "', 1)[1].split('"', 1)[0]
        self.refused(result, f"no SHA256SUMS for version {version}")

    def test_unknown_platforms(self):
        self.refused(self.install(RUNNER_ARCH="RISCV"), "Linux/RISCV")
        self.refused(self.install(RUNNER_OS="Plan9\n::error::x"), "Plan9")

    def test_archive_of_another_version(self):
        for path in list(self.release.glob("*.tar.gz")):
            other = path.name.replace(VERSION, "9.8.6")
            name = other.removesuffix(".tar.gz")
            (self.folder / "v9.8.6").mkdir(exist_ok=True)
            blob = archive(name)
            (self.folder / "v9.8.6" / other).write_bytes(blob)
            with (self.folder / "v9.8.6/SHA256SUMS").open("a") as sums:
                sums.write(f"{hashlib.sha256(blob).hexdigest()}  {other}\n")
        self.refused(self.install(OUTGATE_VERSION="9.8.6"), "the archive holds")

    def scan(self, **env: str) -> subprocess.CompletedProcess:
        self.install()
        folder = (self.folder / "path").read_text().splitlines()[-1]
        return self.run_script("run.sh", PATH=f"{folder}:{os.environ['PATH']}", **env)

    def arguments(self, result: subprocess.CompletedProcess) -> list[str]:
        return [line[1:-1] for line in result.stdout.splitlines() if line.startswith("<")]

    def test_inputs_stay_what_they_are(self):
        nasty = "a b; echo $(id) `id` 'x' \"y\" *"
        result = self.scan(
            INPUT_PATH="--format=json",
            INPUT_SCAN="tree",
            INPUT_FAIL_ON=nasty,
            INPUT_BASELINE="known findings.json",
            INPUT_FORMAT_EXTRA="html=a b.html\n\njunit=c.xml\n",
            INPUT_ARGS="--threads=1\n--show=unlikely",
        )
        self.assertEqual(result.returncode, 0, result)
        first, sarif, *rest = self.arguments(result)
        self.assertEqual(first, "ci")
        self.assertTrue(sarif.startswith("--sarif="), sarif)
        self.assertEqual(
            rest,
            [
                "--scan=tree",
                f"--fail-on={nasty}",
                "--baseline=known findings.json",
                "--output=html=a b.html",
                "--output=junit=c.xml",
                "--threads=1",
                "--show=unlikely",
                "--",
                "--format=json",
            ],
        )

    def test_no_inputs(self):
        result = self.scan()
        self.assertEqual(self.arguments(result)[2:], ["--", "."])

    def test_exit_code_is_left_to_the_last_step(self):
        for code in (0, 1, 2, 3):
            result = self.scan(FAKE_EXIT=str(code))
            self.assertEqual(result.returncode, 0)
            self.assertTrue((self.folder / "output").read_text().endswith(f"exit-code={code}\n"))
            self.assertEqual(self.run_script("verdict.sh", EXIT_CODE=str(code)).returncode, code)

    def test_bad_upload_input(self):
        result = self.scan(INPUT_UPLOAD_SARIF="yes\n::error::x")
        self.assertEqual(result.returncode, 2)
        self.assertEqual(result.stdout.count("\n::"), 0, result.stdout)

    def test_verdict(self):
        def verdict(**env):
            return self.run_script("verdict.sh", **env).returncode

        self.assertEqual(verdict(), 2, "a scan without an exit code did not happen")
        self.assertEqual(verdict(EXIT_CODE="0", UPLOAD="success", UPLOAD_SARIF="auto"), 0)
        self.assertEqual(verdict(EXIT_CODE="0", UPLOAD="failure", UPLOAD_SARIF="auto"), 0)
        self.assertEqual(verdict(EXIT_CODE="0", UPLOAD="failure", UPLOAD_SARIF="true"), 2)
        self.assertEqual(verdict(EXIT_CODE="1", UPLOAD="failure", UPLOAD_SARIF="true"), 1)


class Events(unittest.TestCase):
    """The steps of the action, one after the other, as a job would run them."""

    binary = Path()

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.mirror = Path(folder.name)
        cls.version = re.search(r'^version = "(.*)"$', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)[1]
        host = subprocess.run(["rustc", "-vV"], check=True, text=True, capture_output=True).stdout
        target = re.search(r"^host: (.*)$", host, re.MULTILINE)[1]
        release = cls.mirror / f"v{cls.version}"
        for arguments in (["pack", cls.binary, target, release], ["sums", release]):
            subprocess.run([sys.executable, ROOT / "packaging/archive.py", *arguments], check=True, capture_output=True)
        machine = {"x86_64": "X64", "aarch64": "ARM64"}[target.split("-")[0]]
        system = "macOS" if "apple" in target else "Linux"
        cls.platform = {"RUNNER_OS": system, "RUNNER_ARCH": machine}

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.work = self.folder / "work"
        self.work.mkdir()
        self.git("init", "-q", "-b", "main")
        self.secret = token()
        self.first = self.commit("clean.py", "answer = 42\n")

    def git(self, *arguments) -> str:
        identity = ["-c", "user.name=Tester", "-c", "user.email=tester@example.com", "-c", "commit.gpgSign=false"]
        command = ["git", *identity, *arguments]
        return subprocess.run(command, cwd=self.work, check=True, text=True, capture_output=True).stdout.strip()

    def commit(self, name: str, text: str) -> str:
        (self.work / name).write_text(text)
        self.git("add", "--", name)
        self.git("commit", "-q", "-m", f"change {name}")
        return self.git("rev-parse", "HEAD")

    def leak(self, name: str = "settings.py") -> str:
        return self.commit(name, f"token = '{self.secret}'\n")

    def job(self, event: str, payload: dict, **inputs: str) -> dict:
        """Runs the steps, and gives the outputs of the scan with the code of the job as `job`."""
        for name in ("event.json", "path", "output", "summary"):
            (self.folder / name).unlink(missing_ok=True)
        (self.folder / "event.json").write_text(json.dumps(payload))
        env = self.platform | {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(self.folder / "event.json"),
            "GITHUB_REPOSITORY": "acme/app",
            "GITHUB_WORKSPACE": str(self.work),
            "GITHUB_PATH": str(self.folder / "path"),
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            "OUTGATE_MIRROR": self.mirror.as_uri(),
            "RUNNER_TEMP": str(self.folder),
        }
        env |= {f"INPUT_{name.upper()}": value for name, value in inputs.items()}

        def step(name: str, **more: str) -> subprocess.CompletedProcess:
            script = ROOT / "packaging/action" / name
            result = subprocess.run(
                ["bash", script], cwd=self.work, env=env | more, text=True, capture_output=True, check=False
            )
            self.assertNotIn(self.secret, result.stdout + result.stderr)
            return result

        installed = step("install.sh")
        self.assertEqual(installed.returncode, 0, installed)
        env["PATH"] = (self.folder / "path").read_text().strip() + os.pathsep + env["PATH"]
        scan = step("run.sh")
        self.assertEqual(scan.returncode, 0, scan)
        lines = (self.folder / "output").read_text().splitlines()
        outputs = dict(line.split("=", 1) for line in lines)
        self.log = scan.stdout + scan.stderr
        outputs["job"] = step("verdict.sh", EXIT_CODE=outputs["exit-code"]).returncode
        return outputs

    def summary(self) -> str:
        text = (self.folder / "summary").read_text()
        self.assertNotIn(self.secret, text)
        return text

    def sarif(self, outputs: dict) -> list:
        text = Path(outputs["sarif-file"]).read_text()
        self.assertNotIn(self.secret, text)
        return json.loads(text)["runs"][0]["results"]

    def pushed(self, before: str, after: str, ref: str = "refs/heads/main") -> dict:
        return {
            "ref": ref,
            "before": before,
            "after": after,
            "created": before == ZEROS,
            "repository": {"full_name": "acme/app", "default_branch": "main"},
        }

    def requested(self, base: str, head: str, repository: str = "acme/app") -> dict:
        return {
            "pull_request": {
                "base": {"sha": base, "repo": {"full_name": "acme/app"}},
                "head": {"sha": head, "repo": {"full_name": repository, "fork": repository != "acme/app"}},
            },
            "repository": {"full_name": "acme/app", "default_branch": "main"},
        }

    def assert_outputs(self, outputs: dict, **wanted):
        for name, value in wanted.items():
            name = name.replace("_", "-")
            self.assertEqual(outputs[name], value, f"{name}: {outputs}\n{self.log}")

    def test_push(self):
        second = self.commit("more.py", "answer = 43\n")
        outputs = self.job("push", self.pushed(self.first, second))
        self.assert_outputs(outputs, job=0, findings="0", coverage="complete", upload_sarif="true")
        self.assertEqual(self.sarif(outputs), [])
        third = self.leak()
        outputs = self.job("push", self.pushed(second, third))
        self.assert_outputs(outputs, job=1, exit_code="1", findings="1", new_findings="1", coverage="complete")
        self.assertRegex(self.log, r"(?m)^::error ")
        self.assertIn("settings.py", self.summary())
        self.assertEqual(len(self.sarif(outputs)), 1)

    def test_annotations_stand_at_the_line(self):
        """GitHub shows them in the change only where they name the file and the line."""
        second = self.leak()
        for event, payload in (("push", self.pushed(self.first, second)), ("schedule", {})):
            with self.subTest(event):
                self.job(event, payload)
                self.assertRegex(self.log, r"(?m)^::error .*file=settings\.py,line=1")

    def test_push_of_something_else(self):
        """Only what is new fails a push; code scanning still gets all there is."""
        second = self.leak()
        third = self.commit("more.py", "answer = 43\n")
        outputs = self.job("push", self.pushed(second, third))
        self.assert_outputs(outputs, job=0)
        self.assertEqual(len(self.sarif(outputs)), 1)

    def test_push_of_a_new_branch(self):
        self.git("update-ref", "refs/remotes/origin/main", self.first)
        self.git("checkout", "-q", "-b", "topic")
        head = self.leak()
        outputs = self.job("push", self.pushed(ZEROS, head, "refs/heads/topic"))
        self.assert_outputs(outputs, job=1, findings="1")

    def test_first_push_of_all(self):
        head = self.leak()
        outputs = self.job("push", self.pushed(ZEROS, head))
        self.assert_outputs(outputs, job=1, findings="1")

    def test_pull_request(self):
        self.git("checkout", "-q", "-b", "topic")
        self.leak()
        self.git("rm", "-q", "settings.py")
        self.git("commit", "-q", "-m", "take it out again")
        head = self.git("rev-parse", "HEAD")
        # What GitHub checks out: a merge of both sides.
        self.git("checkout", "-q", "--detach", self.first)
        self.git("merge", "-q", "--no-ff", "--no-edit", "topic")
        outputs = self.job("pull_request", self.requested(self.first, head))
        self.assert_outputs(outputs, job=1, findings="1", upload_sarif="true")
        outputs = self.job("pull_request", self.requested(self.first, head, "mallory/app"))
        self.assert_outputs(outputs, job=1, findings="1", upload_sarif="false")
        outputs = self.job("pull_request", self.requested(self.first, head), scan="tree")
        self.assert_outputs(outputs, job=0, findings="0")

    def test_schedule_reads_the_whole_history(self):
        self.leak()
        self.git("rm", "-q", "settings.py")
        self.git("commit", "-q", "-m", "take it out again")
        outputs = self.job("schedule", {})
        self.assert_outputs(outputs, job=1, findings="1", sarif_category="outgate/history")
        outputs = self.job("workflow_dispatch", {}, scan="tree")
        self.assert_outputs(outputs, job=0, findings="0", sarif_category="outgate/tree")

    def test_shallow_clone(self):
        second = self.commit("more.py", "answer = 43\n")
        self.git("clone", "-q", "--depth", "1", self.work.as_uri(), str(self.folder / "short"))
        self.work = self.folder / "short"
        outputs = self.job("push", self.pushed(self.first, second))
        self.assert_outputs(outputs, job=3, exit_code="3", coverage="incomplete")
        self.assertIn("fetch-depth: 0", self.log)

    def test_inputs(self):
        self.leak()
        (self.work / "sub").mkdir()
        outputs = self.job("schedule", {}, fail_on="never", format_extra="json=all.json\nhtml=all.html", scan="tree")
        self.assert_outputs(outputs, job=0, findings="1")
        for name in ("all.json", "all.html"):
            self.assertNotIn(self.secret, (self.work / name).read_text())
        self.assert_outputs(self.job("schedule", {}, path="clean.py", scan="tree"), job=0)
        self.assertEqual(self.job("schedule", {}, path="--exit-zero", scan="tree")["job"], 2)
        self.assertEqual(self.job("schedule", {}, scan="all of it")["job"], 2)

    def test_no_command_comes_from_what_is_scanned(self):
        name = "a%0A::error::pwned.py"
        text = f"::error::pwned\n\n::add-mask::x\n##[error]pwned\ntoken = '{self.secret}' # ::set-output name=x::y\n::error::pwned\n"
        self.commit(name, text)
        outputs = self.job("schedule", {})
        self.assert_outputs(outputs, job=1)
        stopped = None
        for line in self.log.splitlines():
            start = re.match(r"::stop-commands::(\w+)$", line)
            if stopped:
                stopped = None if line == f"::{stopped}::" else stopped
            elif start:
                stopped = start[1]
            elif line.lstrip().startswith(("::", "##[")):
                self.assertRegex(line, r"^::(error|warning|notice)( \S.*)?::")
                self.assertNotRegex(line, r"^::\w+::pwned|^::add-mask|^##")
        self.assertIsNone(stopped)


ZEROS = "0" * 40

if __name__ == "__main__":
    if len(sys.argv) > 1 and Path(sys.argv[1]).is_file():
        Events.binary = Path(sys.argv.pop(1)).resolve()
        case = "Events"
    else:
        case = "Action"
    arguments = sys.argv if len(sys.argv) > 1 else [sys.argv[0], case]
    sys.exit(not unittest.main(exit=False, argv=arguments).result.wasSuccessful())
