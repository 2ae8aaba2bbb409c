#!/usr/bin/env python3
"""Tests how releases are packed: archives, npm packages, formula and image, with a script for a binary."""

import json
import os
import platform
import signal
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "packaging"))

import project

FAKE = f"""#!/bin/sh
case $1 in
    --version) echo 'outgate {project.version()}' ;;
    wait) trap 'echo ended; exit 130' INT TERM; echo ready; while :; do sleep 0.05; done ;;
    die) kill -9 $$ ;;
    exit) exit "$2" ;;
    read) cat ;;
    *) printf '<%s>\\n' "$@" ;;
esac
"""


def run(*command, check=True, **options) -> subprocess.CompletedProcess:
    return subprocess.run(command, check=check, text=True, capture_output=True, **options)


class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.release = cls.folder / "release"
        fake = cls.folder / "fake"
        fake.write_text(FAKE)
        fake.chmod(0o755)
        for target in project.TARGETS:
            cls.packaging("archive.py", "pack", fake, target, cls.release)
        cls.packaging("archive.py", "sums", cls.release)

    @classmethod
    def packaging(cls, script: str, *arguments) -> str:
        return run(sys.executable, ROOT / "packaging" / script, *arguments).stdout

    def test_archives(self):
        for target in project.TARGETS:
            path = self.release / project.archive(target)
            if path.suffix == ".zip":
                with zipfile.ZipFile(path) as pack:
                    names = set(pack.namelist())
            else:
                with tarfile.open(path) as pack:
                    names = set(pack.getnames())
                    self.assertEqual(pack.getmember(f"{project.stem(target)}/outgate").mode, 0o755)
            wanted = {
                "README.md", "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "NOTICE", "man/outgate.1",
                "completions/outgate.bash", "completions/outgate.fish", "completions/outgate.elv",
                "completions/_outgate", "completions/_outgate.ps1", project.binary(target),
            }  # fmt: skip
            self.assertEqual(names, {f"{project.stem(target)}/{name}" for name in wanted})

    def test_sums(self):
        run("sha256sum", "--check", "--strict", "SHA256SUMS", cwd=self.release)
        self.assertEqual(len((self.release / "SHA256SUMS").read_text().splitlines()), len(project.TARGETS))

    def test_same_bytes_again(self):
        again = self.folder / "again"
        for target in ("x86_64-unknown-linux-gnu", "x86_64-pc-windows-msvc"):
            self.packaging("archive.py", "pack", self.folder / "fake", target, again)
            name = project.archive(target)
            self.assertEqual((again / name).read_bytes(), (self.release / name).read_bytes())

    def test_binary_of_another_version(self):
        other = self.folder / "other"
        other.write_text("#!/bin/sh\necho outgate 0.0.0\n")
        other.chmod(0o755)
        with self.assertRaises(subprocess.CalledProcessError):
            self.packaging("archive.py", "pack", other, "x86_64-unknown-linux-gnu", self.folder / "none")

    def test_formula(self):
        formula = self.packaging("homebrew.py", self.release / "SHA256SUMS")
        self.assertNotIn("@", formula)
        self.assertEqual(formula.count("sha256 "), 4)
        for line in (self.release / "SHA256SUMS").read_text().splitlines():
            digest, name = line.split()
            if "musl" in name or "apple" in name:
                self.assertIn(digest, formula)
                self.assertIn(f"/v{project.version()}/{name}", formula)

    def test_image(self):
        out = self.folder / "image"
        self.packaging("archive.py", "docker", self.release, out)
        found = sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file())
        self.assertEqual(found, ["linux/amd64/outgate", "linux/arm64/outgate"])

    @unittest.skipIf(platform.system() == "Windows", "the made-up binary is a script of the shell")
    def test_npm(self):
        out = self.folder / "npm"
        self.packaging("npm.py", self.release, out)
        meta = json.loads((out / "outgate/package.json").read_text())
        self.assertEqual(len(meta["optionalDependencies"]), len(project.TARGETS))
        self.assertNotIn("scripts", meta)
        cpu = {"x86_64": "x64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine()]
        here = [f"linux-{cpu}-gnu"] if platform.system() == "Linux" else [f"darwin-{cpu}"]
        here += ["outgate"]
        for name in here:
            run("npm", "pack", "--silent", "--pack-destination", self.folder, cwd=out / name)
        home = self.folder / "home"
        home.mkdir()
        (home / "package.json").write_text("{}")
        packs = sorted(self.folder.glob("*.tgz"))
        self.assertEqual(len(packs), 2)
        run("npm", "install", "--offline", "--silent", "--no-audit", "--no-fund", *packs, cwd=home)
        command = home / "node_modules/.bin/outgate"

        nasty = ["a b", "", "--", "*", "$(id)", "'\""]
        self.assertEqual(run(command, *nasty).stdout, "".join(f"<{word}>\n" for word in nasty))
        self.assertEqual(run(command, "--version").stdout, f"outgate {project.version()}\n")
        for code in (0, 1, 2, 3, 130):
            self.assertEqual(run(command, "exit", str(code), check=False).returncode, code)
        self.assertEqual(run(command, "read", input="from standard input").stdout, "from standard input")
        self.assertEqual(run(command, "die", check=False).returncode, 128 + signal.SIGKILL)

        with subprocess.Popen([command, "wait"], stdout=subprocess.PIPE, text=True) as child:
            self.assertEqual(child.stdout.readline(), "ready\n")
            child.send_signal(signal.SIGTERM)
            self.assertEqual(child.stdout.read(), "ended\n")
        self.assertEqual(child.returncode, 130)

        # As ^C in a terminal: the whole group gets it.
        with subprocess.Popen([command, "wait"], stdout=subprocess.PIPE, text=True, start_new_session=True) as child:
            self.assertEqual(child.stdout.readline(), "ready\n")
            os.killpg(child.pid, signal.SIGINT)
            self.assertEqual(child.stdout.read(), "ended\n")
        self.assertEqual(child.returncode, 130)

        for path in (home / "node_modules/@outgate").iterdir():
            path.rename(self.folder / "gone")
        gone = run(command, "--version", check=False)
        self.assertEqual(gone.returncode, 2)
        self.assertIn("there is no outgate for", gone.stderr)


if __name__ == "__main__":
    sys.exit(not unittest.main(exit=False).result.wasSuccessful())
