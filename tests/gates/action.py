#!/usr/bin/env python3
"""Tests the scripts of the GitHub action against a mirror of made-up releases on this machine."""

import functools
import hashlib
import http.server
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import unittest
from pathlib import Path

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


if __name__ == "__main__":
    sys.exit(not unittest.main(exit=False, argv=sys.argv).result.wasSuccessful())
