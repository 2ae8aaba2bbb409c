#!/usr/bin/env python3
"""Tests the hooks with the real pre-commit and prek, in throw-away repositories.

pre_commit.py BINARY [WHEEL] [-- ARGUMENT OF unittest...]

Without a wheel one is built, which is quick where the release build is there already. Each case runs with both
managers, and with each of them in two ways: `language: system` with the binary on the path, and as users have
it, with this repository as the hook's `repo:` whose setup.py takes the wheel in place of PyPI.
"""

import json
import os
import random
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest
import venv
from pathlib import Path

from plant import token

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "target/gates"


def run(*command, cwd: Path, env: dict, check: bool = True, **options) -> subprocess.CompletedProcess:
    if "input" not in options:
        options["stdin"] = subprocess.DEVNULL
    result = subprocess.run(
        command, cwd=cwd, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        check=False, **options,
    )  # fmt: skip
    if check and result.returncode:
        raise AssertionError(f"{command} ended with {result.returncode}:\n{result.stdout}")
    return result


class World:
    """What all cases share: the managers, the wheel, this repository as a hook repository."""

    def __init__(self, binary: Path, wheel: "Path | None"):
        self.folder = Path(tempfile.mkdtemp(prefix="outgate-hooks-"))
        self.wheels = self.folder / "wheels"
        self.wheels.mkdir()
        tools = HOME / "venv" / ("Scripts" if os.name == "nt" else "bin")
        commands = self.folder / "bin"
        commands.mkdir()
        shutil.copy(binary, commands / binary.name)
        gitconfig = self.folder / "gitconfig"
        gitconfig.write_text(
            "[user]\nname = Tester\nemail = tester@example.com\n[init]\ndefaultBranch = main\n"
            '[commit]\ngpgSign = false\n[protocol "file"]\nallow = always\n'
        )
        kept = ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "SSL_CERT_FILE", "CARGO_HOME", "RUSTUP_HOME")
        self.bare = {name: os.environ[name] for name in kept if name in os.environ} | {
            "HOME": str(self.folder / "home"),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "GIT_CONFIG_GLOBAL": str(gitconfig),
            "GIT_CONFIG_NOSYSTEM": "1",
            "NO_COLOR": "1",
        }
        (self.folder / "home").mkdir()
        self.env = self.bare | {
            "PATH": f"{tools}{os.pathsep}{commands}{os.pathsep}{os.environ['PATH']}",
            "PRE_COMMIT_HOME": str(self.folder / "pre-commit"),
            "PREK_HOME": str(self.folder / "prek"),
            "PRE_COMMIT_COLOR": "never",
            # The only index there is.
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "UV_NO_INDEX": "1",
            "UV_FIND_LINKS": str(self.wheels),
            "UV_PYTHON_DOWNLOADS": "never",
        }
        # Where the hook comes from the wheel, no binary may be on the path.
        self.env_of_repository = self.env | {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
        self.tools = tools
        self.collect_wheels(wheel)
        self.repository, self.revision = self.snapshot()
        import yaml

        self.manifest = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())

    def collect_wheels(self, wheel: "Path | None"):
        if wheel:
            shutil.copy(wheel, self.wheels)
        else:
            env = os.environ | {"PATH": f"{self.tools}{os.pathsep}{os.environ['PATH']}"}
            command = ROOT / "packaging/wheel.sh"
            run("sh", command, "--profile", "release", "--out", self.wheels, cwd=ROOT, env=env)
        # pip builds the placeholder of setup.py with it.
        setuptools = [self.tools / "python", "-m", "pip", "download", "--quiet", "--no-deps"]
        wanted = next(line for line in REQUIREMENTS.read_text().splitlines() if line.startswith("setuptools"))
        run(*setuptools, "--dest", self.wheels, wanted, cwd=ROOT, env=dict(os.environ))

    def snapshot(self) -> "tuple[Path, str]":
        """The tree as it stands, committed or not, as a repository."""
        listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        target = self.folder / "repository"
        for name in filter(None, run(*listed, cwd=ROOT, env=self.bare).stdout.split("\0")):
            if (ROOT / name).is_file():
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, target / name)
        for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "snapshot"]):
            run("git", *command, cwd=target, env=self.bare)
        return target, run("git", "rev-parse", "HEAD", cwd=target, env=self.bare).stdout.strip()


class Repository(unittest.TestCase):
    """A repository of its own for each case."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(dir=WORLD.folder)
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "work"
        self.path.mkdir()
        self.env = WORLD.env
        self.git("init", "-q")
        self.secrets = []

    def secret(self) -> str:
        self.secrets.append(token())
        return self.secrets[-1]

    def command(self, *command, **options) -> subprocess.CompletedProcess:
        result = run(*command, cwd=self.path, env=self.env, check=False, **options)
        for secret in self.secrets:
            self.assertNotIn(secret, result.stdout, "a secret was printed whole")
        return result

    def git(self, *arguments) -> str:
        return run("git", *arguments, cwd=self.path, env=self.env).stdout

    def write(self, name: str, text: "str | bytes", add: bool = True):
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        if add:
            self.git("add", "--", name)

    def commit_unchecked(self, message: str = "unchecked"):
        self.git("commit", "-q", "--no-verify", "-m", message)

    def stopped(self, result: subprocess.CompletedProcess):
        self.assertNotEqual(result.returncode, 0, result.stdout)
        self.assertIn("github-pat", result.stdout)

    def passed(self, result: subprocess.CompletedProcess):
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertNotIn("github-pat", result.stdout)

    def remote(self):
        bare = self.path.parent / "remote.git"
        run("git", "init", "-q", "--bare", bare, cwd=self.path, env=self.env)
        self.git("remote", "add", "origin", str(bare))


class Managed:
    """Cases for a hook manager; `manager` and `style` are set by the classes below."""

    manager = style = ""

    def configure(self, *hooks: str):
        """Uses some hooks of the manifest and installs the manager into the repository."""
        if self.style == "system":
            chosen = [hook | {"language": "system"} for hook in WORLD.manifest if hook["id"] in hooks]
            source = {"repo": "local", "hooks": chosen}
        else:
            self.env = WORLD.env_of_repository
            source = {"repo": str(WORLD.repository), "rev": WORLD.revision, "hooks": [{"id": hook} for hook in hooks]}
        # Each JSON is YAML. The file is not tracked, so that cases are about other files.
        (self.path / ".pre-commit-config.yaml").write_text(json.dumps({"repos": [source]}))
        (self.path / ".git/info/exclude").write_text(".pre-commit-config.yaml\n")
        types = [word for kind in ("pre-commit", "pre-merge-commit", "pre-push") for word in ("--hook-type", kind)]
        run(self.manager, "install", *types, cwd=self.path, env=self.env)

    def manage(self, *arguments) -> subprocess.CompletedProcess:
        return self.command(self.manager, "run", *arguments)

    def commit(self, *arguments) -> subprocess.CompletedProcess:
        return self.command("git", "commit", "-m", "checked", *arguments)

    def for_both(self):
        """The two hooks of a commit judge alike where the whole file is new."""
        for hook in ("outgate", "outgate-staged"):
            with self.subTest(hook):
                self.configure(hook)
                yield hook

    def test_commit(self):
        for hook in self.for_both():
            self.write(f"{hook}.py", "answer = 42\n")
            self.passed(self.commit())
            self.write(f"{hook}.env", f"TOKEN={self.secret()}\n")
            self.stopped(self.commit())
            self.git("rm", "-q", "-f", f"{hook}.env")

    def test_all_files(self):
        self.configure("outgate")
        self.write("clean.py", "answer = 42\n")
        self.passed(self.manage("--all-files"))
        self.write("settings.py", f"token = '{self.secret()}'\n")
        # Nothing is staged: other hooks of this kind scan nothing here and pass.
        self.commit_unchecked()
        self.stopped(self.manage("--all-files"))

    def test_files(self):
        self.configure("outgate")
        self.write("clean.py", "answer = 42\n")
        self.write("settings.py", f"token = '{self.secret()}'\n")
        self.commit_unchecked()
        self.stopped(self.manage("--files", "settings.py"))
        self.stopped(self.manage("--files", "clean.py", "settings.py"))
        self.passed(self.manage("--files", "clean.py"))

    def test_untracked_file_by_name(self):
        self.configure("outgate")
        self.write("notes.txt", f"token = '{self.secret()}'\n", add=False)
        self.stopped(self.manage("--files", "notes.txt"))

    def test_names_of_all_sorts(self):
        self.configure("outgate")
        for name in ("with space.txt", "-dash.txt", "--exit-zero", "ünïcode.txt", "deep/er/file.txt", "quo'te.txt"):
            with self.subTest(name):
                self.write(name, f"token = '{self.secret()}'\n")
                self.stopped(self.commit())
                self.git("rm", "-q", "-f", "--", name)

    def test_secret_only_in_the_folder(self):
        for hook in self.for_both():
            self.write(f"{hook}.py", "answer = 42\n")
            self.write(f"{hook}.py", f"token = '{self.secret()}'\n", add=False)
            self.passed(self.commit())
            self.git("checkout", "-q", "--", f"{hook}.py")

    def test_secret_only_in_the_index(self):
        for hook in self.for_both():
            self.write(f"{hook}.py", f"token = '{self.secret()}'\n")
            self.write(f"{hook}.py", "answer = 42\n", add=False)
            self.stopped(self.commit())
            self.git("rm", "-q", "-f", f"{hook}.py")

    def test_rename(self):
        for hook in self.for_both():
            text = "".join(f"line {number}\n" for number in range(50))
            self.write(f"{hook}-old.py", text)
            self.commit_unchecked()
            self.git("mv", f"{hook}-old.py", f"{hook}-new.py")
            self.passed(self.commit())
            self.git("mv", f"{hook}-new.py", f"{hook}-newer.py")
            self.write(f"{hook}-newer.py", f"{text}token = '{self.secret()}'\n")
            self.stopped(self.commit())
            self.git("reset", "-q", "--hard")

    def test_binary(self):
        self.configure("outgate")
        noise = random.randbytes(2000).replace(b"ghp", b"...")
        self.write("picture.bin", b"\0\1\2" + noise)
        self.passed(self.commit())
        self.write("store.bin", b"\0\1\2\0" + noise[:300] + b"\0\0" + self.secret().encode() + b"\0\0\xff" + noise)
        self.stopped(self.commit())

    def test_deletion_alone(self):
        for hook in self.for_both():
            self.write(f"{hook}.py", f"token = '{self.secret()}'\n")
            self.commit_unchecked()
            self.git("rm", "-q", f"{hook}.py")
            self.passed(self.commit())

    def test_removed_line(self):
        self.configure("outgate-staged")
        self.write("settings.py", f"token = '{self.secret()}'\nanswer = 42\n")
        self.commit_unchecked()
        self.write("settings.py", "answer = 42\n")
        self.passed(self.commit())

    def test_old_secret_beside_new_line(self):
        """The whole file is judged by one hook, the added lines by the other."""
        self.write("settings.py", f"token = '{self.secret()}'\n")
        self.commit_unchecked()
        self.write("settings.py", f"token = '{self.secrets[0]}'\nanswer = 42\n")
        self.configure("outgate")
        self.stopped(self.commit())
        self.configure("outgate-staged")
        self.passed(self.commit())

    def test_empty_first_commit(self):
        for hook in self.for_both():
            self.git("checkout", "-q", "--orphan", f"branch-{hook}")
            self.passed(self.commit("--allow-empty"))

    def test_first_commit_with_a_secret(self):
        for hook in self.for_both():
            self.write("settings.py", f"token = '{self.secret()}'\n")
            self.stopped(self.commit())
            self.git("rm", "-q", "-f", "settings.py")

    def test_merge(self):
        for hook in self.for_both():
            self.git("checkout", "-q", "--orphan", f"main-{hook}")
            self.write(f"{hook}-base.py", "answer = 42\n")
            self.commit_unchecked()
            for side, text in (("clean", "answer = 43\n"), ("dirty", f"token = '{self.secret()}'\n")):
                self.git("checkout", "-q", "-b", f"{side}-{hook}", f"main-{hook}")
                self.write(f"{hook}-{side}.py", text)
                self.commit_unchecked()
            self.git("checkout", "-q", f"main-{hook}")
            self.write(f"{hook}-own.py", "answer = 44\n")
            self.commit_unchecked()
            self.passed(self.command("git", "merge", "--no-ff", "--no-edit", f"clean-{hook}"))
            self.stopped(self.command("git", "merge", "--no-ff", "--no-edit", f"dirty-{hook}"))
            self.git("merge", "--abort")

    def test_ignored_by_configuration(self):
        """A manager names each file, and what the configuration leaves out stays out."""
        self.configure("outgate")
        self.write("outgate.toml", 'exclude = ["samples/"]\n')
        self.write("samples/one.py", f"token = '{self.secret()}'\n")
        self.passed(self.commit())

    def test_nothing_to_scan_is_said(self):
        self.configure("outgate-staged")
        self.write("clean.py", "answer = 42\n")
        self.commit_unchecked()
        for arguments in (["--all-files"], ["--files", "clean.py"], []):
            with self.subTest(arguments):
                result = self.manage("outgate-staged", *arguments)
                self.assertNotEqual(result.returncode, 0, result.stdout)
                self.assertRegex(result.stdout, r"exit code: 3")
                self.assertRegex(result.stdout, r"(?i)nothing|0 files")

    def test_push(self):
        for hook in ("outgate-push", "outgate"):
            with self.subTest(hook):
                self.setUp()
                self.configure(hook)
                self.remote()
                self.write("clean.py", "answer = 42\n")
                self.commit_unchecked()
                self.passed(self.command("git", "push", "origin", "main"))
                self.write("settings.py", f"token = '{self.secret()}'\n")
                self.commit_unchecked()
                self.stopped(self.command("git", "push", "origin", "main"))

    def test_push_of_a_removed_secret(self):
        """The tip is clean, the history that would leave is not."""
        self.configure("outgate-push")
        self.remote()
        self.write("clean.py", "answer = 42\n")
        self.commit_unchecked()
        self.passed(self.command("git", "push", "origin", "main"))
        self.write("settings.py", f"token = '{self.secret()}'\n")
        self.commit_unchecked()
        self.git("rm", "-q", "settings.py")
        self.commit_unchecked("remove it again")
        self.stopped(self.command("git", "push", "origin", "main"))
        # What was pushed before is not judged again.
        self.git("push", "-q", "--no-verify", "origin", "main")
        self.write("clean.py", "answer = 43\n")
        self.commit_unchecked()
        self.passed(self.command("git", "push", "origin", "main"))

    def test_push_of_a_new_branch(self):
        self.configure("outgate-push")
        self.remote()
        self.write("clean.py", "answer = 42\n")
        self.commit_unchecked()
        self.git("push", "-q", "--no-verify", "origin", "main")
        self.git("checkout", "-q", "-b", "topic")
        self.write("more.py", "answer = 43\n")
        self.commit_unchecked()
        self.passed(self.command("git", "push", "origin", "topic"))
        self.git("checkout", "-q", "-b", "leak")
        self.write("settings.py", f"token = '{self.secret()}'\n")
        self.commit_unchecked()
        self.stopped(self.command("git", "push", "origin", "leak"))
        self.passed(self.command("git", "push", "origin", "--delete", "topic"))

    def test_first_push_of_all(self):
        self.configure("outgate-push")
        self.remote()
        self.write("settings.py", f"token = '{self.secret()}'\n")
        self.commit_unchecked()
        self.stopped(self.command("git", "push", "origin", "main"))


class PreCommitSystem(Managed, Repository):
    manager, style = "pre-commit", "system"


class PreCommitRepository(Managed, Repository):
    manager, style = "pre-commit", "repository"


class PrekSystem(Managed, Repository):
    manager, style = "prek", "system"


class PrekRepository(Managed, Repository):
    manager, style = "prek", "repository"


class Plain(Repository):
    """Without a manager, which would have put unstaged changes away before."""

    def hook(self, *arguments, **options) -> subprocess.CompletedProcess:
        return self.command("outgate", "hook", *arguments, **options)

    def exits(self, code: int, result: subprocess.CompletedProcess):
        self.assertEqual(result.returncode, code, result.stdout)

    def test_staged_file_is_judged_by_its_index_bytes(self):
        self.write("one.py", "answer = 42\n")
        self.write("one.py", f"token = '{self.secret()}'\n", add=False)
        self.exits(0, self.hook("run", "one.py"))
        self.write("two.py", f"token = '{self.secret()}'\n")
        self.write("two.py", "answer = 42\n", add=False)
        self.exits(1, self.hook("run", "two.py"))
        (self.path / "two.py").unlink()
        self.exits(1, self.hook("run", "two.py"))

    def test_other_file_is_judged_by_its_bytes_in_the_folder(self):
        self.write("one.py", "answer = 42\n")
        self.commit_unchecked()
        self.write("one.py", f"token = '{self.secret()}'\n", add=False)
        self.exits(1, self.hook("run", "one.py"))

    def test_from_a_folder_below(self):
        self.write("deep/one.py", f"token = '{self.secret()}'\n")
        self.path = self.path / "deep"
        self.exits(1, self.hook("run", "one.py"))

    def test_missing_file(self):
        self.assertIn(self.hook("run", "not-there.py").returncode, (2, 3))

    def test_staged(self):
        self.exits(3, self.hook("run", "--staged"))
        self.write("one.py", f"token = '{self.secret()}'\n")
        self.exits(1, self.hook("run", "--staged"))
        self.write("one.py", "answer = 42\n")
        self.exits(0, self.hook("run", "--staged"))

    def test_push_from_standard_input(self):
        self.write("one.py", "answer = 42\n")
        self.commit_unchecked()
        first = self.git("rev-parse", "HEAD").strip()
        self.write("two.py", f"token = '{self.secret()}'\n")
        self.commit_unchecked()
        second = self.git("rev-parse", "HEAD").strip()
        zeros = "0" * 40
        self.exits(1, self.hook("run", "--push", input=f"refs/heads/main {second} refs/heads/main {first}\n"))
        self.exits(1, self.hook("run", "--push", input=f"refs/heads/main {second} refs/heads/main {zeros}\n"))
        self.exits(0, self.hook("run", "--push", input=f"refs/heads/main {first} refs/heads/main {zeros}\n"))
        self.exits(0, self.hook("run", "--push", input=f"(delete) {zeros} refs/heads/main {first}\n"))
        named = self.hook(
            "run", "--push", "--remote", "origin", input=f"refs/heads/main {second} refs/heads/main {first}\n"
        )
        self.exits(1, named)

    def test_push_from_the_environment(self):
        self.write("one.py", "answer = 42\n")
        self.commit_unchecked()
        self.write("two.py", f"token = '{self.secret()}'\n")
        self.commit_unchecked()
        self.env = self.env | {"PRE_COMMIT_FROM_REF": "HEAD~1", "PRE_COMMIT_TO_REF": "HEAD"}
        self.exits(1, self.hook("run", "--push"))
        self.env = self.env | {"PRE_COMMIT_FROM_REF": "0" * 40, "PRE_COMMIT_TO_REF": "HEAD~1"}
        self.exits(0, self.hook("run", "--push"))
        self.env = self.env | {"PRE_COMMIT_FROM_REF": "nowhere", "PRE_COMMIT_TO_REF": "HEAD"}
        self.assertIn(self.hook("run", "--push").returncode, (2, 3))

    def test_install_and_uninstall(self):
        self.exits(0, self.hook("install"))
        self.write("one.py", "answer = 42\n")
        self.passed(self.command("git", "commit", "-m", "clean"))
        self.write("two.py", f"token = '{self.secret()}'\n")
        self.stopped(self.command("git", "commit", "-m", "dirty"))
        self.exits(0, self.hook("uninstall"))
        self.passed(self.command("git", "commit", "-m", "dirty"))

    def test_install_for_pushes(self):
        self.remote()
        self.exits(0, self.hook("install", "--stage", "pre-push"))
        self.write("one.py", "answer = 42\n")
        self.commit_unchecked()
        self.passed(self.command("git", "push", "origin", "main"))
        self.write("two.py", f"token = '{self.secret()}'\n")
        self.commit_unchecked()
        self.git("rm", "-q", "two.py")
        self.commit_unchecked("remove it again")
        self.stopped(self.command("git", "push", "origin", "main"))
        # The other branch shares what is there already.
        self.git("checkout", "-q", "-b", "topic", "HEAD~2")
        self.passed(self.command("git", "push", "origin", "topic"))

    def test_name_like_a_flag(self):
        """A file of a stranger's commit must not switch the hook off."""
        self.write("--exit-zero", f"token = '{self.secret()}'\n")
        self.exits(2, self.hook("run", "--exit-zero"))
        self.exits(1, self.hook("run", "--", "--exit-zero"))

    def test_install_where_hooks_are(self):
        self.git("config", "core.hooksPath", "hooks of ours")
        self.exits(0, self.hook("install"))
        installed = self.path / "hooks of ours/pre-commit"
        self.assertTrue(installed.stat().st_mode & stat.S_IXUSR)
        self.write("two.py", f"token = '{self.secret()}'\n")
        self.stopped(self.command("git", "commit", "-m", "dirty"))


REQUIREMENTS = Path(__file__).with_name("requirements.txt")
WORLD: World


def tools() -> None:
    """Goes on in a virtual environment that has the managers."""
    home = HOME / "venv"
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = home / "requirements.txt"
    wanted = REQUIREMENTS.read_text()
    if not stamp.exists() or stamp.read_text() != wanted:
        venv.create(home, clear=True, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", REQUIREMENTS], check=True)
        stamp.write_text(wanted)
    if Path(sys.prefix) != home:
        sys.exit(subprocess.run([python, __file__, *sys.argv[1:]], check=False).returncode)


def main() -> int:
    arguments = sys.argv[1:]
    split = arguments.index("--") if "--" in arguments else len(arguments)
    ours, theirs = arguments[:split], arguments[split + 1 :]
    if not 1 <= len(ours) <= 2:
        print(__doc__, file=sys.stderr)
        return 2
    tools()
    global WORLD
    WORLD = World(Path(ours[0]).resolve(), Path(ours[1]).resolve() if len(ours) == 2 else None)
    try:
        return not unittest.main(argv=[sys.argv[0], *theirs], exit=False).result.wasSuccessful()
    finally:
        shutil.rmtree(WORLD.folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
