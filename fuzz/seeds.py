"""Makes the files that fuzzing begins with, and the words that it tries: nothing of it is kept here.

usage: seeds.py OUTGATE FOLDER   (fills FOLDER/TARGET/ and FOLDER/TARGET.dict)

The files are those of the tests, what git and outgate itself write, and this repository's own detectors;
only the standard library, git and the built binary are used.
"""

import base64
import gzip
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
UNPACK = ROOT / "tests/it/unpack"
LARGEST = 1 << 17
ARCHIVES = re.compile(r"\.(zip|jar|war|apk|whl|nupkg|vsix|xpi|tar|tgz|gz|bz2|xz|lzma|lz|lz4|zst|7z|deb|rpm|cpio|sh)$")

# How the targets of several values read them: a choice, a length or a flag, and the bytes.
FIRST = bytes(4)


def main():
    outgate, folder = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        files(folder, scratch / "files")
        repository(folder, scratch / "repository")
        texts(folder)
        reports(folder, outgate, scratch)
    words(folder)


def write(folder, target, name, data):
    if len(data) <= LARGEST:
        path = folder / target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())


def run(*command, **how):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, **how).stdout.decode()


def files(folder, scratch):
    """Archives and documents as the tests build them."""
    for script, count in [("build.py", "--count"), ("hostile.py", "--names")]:
        said = run(sys.executable, UNPACK / script, count).split()
        count = int(said[0]) if said[0].isdigit() else len(said)
        place = scratch / script
        place.mkdir(parents=True)
        run(sys.executable, UNPACK / script, place, *(f"word-{number}-of-the-seeds" for number in range(count)))
        for path in sorted(place.rglob("*")):
            if path.is_file():
                target = "archive" if ARCHIVES.search(path.name) else "document"
                write(folder, target, f"{script[:-3]}-{path.name}", path.read_bytes())


def repository(folder, scratch):
    """What git keeps: packs, their indexes, the index, loose objects, a bundle, reftables."""
    scratch.mkdir()
    quiet = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "PATH": "/usr/local/bin:/usr/bin:/bin"}
    for name in ["AUTHOR", "COMMITTER"]:
        quiet |= {f"GIT_{name}_NAME": "a", f"GIT_{name}_EMAIL": "a@b", f"GIT_{name}_DATE": "1700000000 +0100"}

    def git(*arguments):
        return run("git", *arguments, cwd=scratch, env=quiet)

    git("init", "--quiet", "--initial-branch=main")
    for version in range(1, 7):
        for place in ["a.txt", "sub/b.txt", "sub/deep/c.txt"]:
            path = scratch / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(f"line {line} of {version}\n" for line in range(version * 3, 90)))
        git("add", "--all")
        git("commit", "--quiet", "--message", f"version {version}")
    git("tag", "--annotate", "--message", "a tag", "v1")
    for loose in sorted((scratch / ".git/objects").glob("??/*"))[:6]:
        write(folder, "stray", loose.name, b"\0" + loose.read_bytes())
    git("repack", "-adq", "--depth=20", "--window=20")
    for version in ["2", "4"]:
        git("update-index", "--index-version", version)
        write(folder, "git_index", f"version-{version}", b"\0" + (scratch / ".git/index").read_bytes())
    git("bundle", "create", "--quiet", "a.bundle", "--all")
    write(folder, "pack", "bundle", FIRST + (scratch / "a.bundle").read_bytes())
    for pack in (scratch / ".git/objects/pack").glob("*.pack"):
        write(folder, "pack", "pack", FIRST + pack.read_bytes())
        head = b"\0" + min(pack.stat().st_size, 0xFFFF).to_bytes(2, "little") + b"\0"
        write(folder, "pack_index", "index", head + pack.with_suffix(".idx").read_bytes())


def texts(folder):
    """Encoded text, detectors, configurations and lists of other scanners."""
    text = b"the quick brown fox jumps over the lazy dog, and 12 other words follow it here\n" * 2
    encoded = base64.b64encode(text).decode()
    twice = base64.b64encode(encoded.encode()).decode()
    wrapped = "\n    ".join(encoded[at : at + 40] for at in range(0, len(encoded), 40))
    packed = base64.b64encode(gzip.compress(text, mtime=0)).decode()
    escapes = ["%%%02X", "\\x%02x", "\\u%04x", "&#%d;", "\\%03o"]
    decoders = [encoded, twice, wrapped, packed, text.hex(), '"abc" + "def" +\n  "ghi"', "'a' 'b'\n'c'"]
    decoders += ["a = '" + "".join(escape % byte for byte in text[:40]) + "'" for escape in escapes]
    decoders.append(f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\ndata:\n  a: {encoded}\n  b: {twice}\n")
    for number, one in enumerate(decoders):
        write(folder, "decoders", str(number), one)
    for path in sorted((ROOT / "detectors").glob("*.toml")):
        head, *detectors = re.split(r"(?=^\[\[)", path.read_text(), flags=re.MULTILINE)
        for number, one in enumerate(detectors[:4]):
            write(folder, "detector_toml", f"{path.stem}-{number}", head + one)
    configs = [*ROOT.glob("*.toml"), *(ROOT / "profiles").glob("*.toml")]
    for path in configs:
        write(folder, "config", path.name, b"\x05" + path.read_bytes())
    rule = "[[rules]]\nid = 'a'\ndescription = 'A'\nregex = '''a_([a-z]{8})'''\nsecretGroup = 1\nkeywords = ['a_']\n"
    listed = "[[rules.allowlists]]\nregexes = ['''^x''']\npaths = ['''(^|/)vendor/.*\\.js$''']\nstopwords = ['y']\n"
    write(folder, "config", "rules", b"\0[extend]\nuseDefault = true\n" + (rule + listed).encode())
    found = {"RuleID": "a", "File": "b/c.txt", "StartLine": 3, "Commit": "0" * 40, "Fingerprint": "b/c.txt:a:3"}
    write(folder, "config", "findings", b"\1" + json.dumps([found]).encode())
    known = {"a.py": [{"type": "A", "hashed_secret": "0" * 40, "line_number": 3, "is_secret": False}]}
    known = {"version": "1.5.0", "plugins_used": [], "filters_used": [], "results": known}
    write(folder, "config", "known", b"\2" + json.dumps(known).encode())
    write(folder, "config", "ignored", b"\3" + b"0" * 40 + b":a/b.txt:rule:3\n# comment\na/b.txt:rule:4\n")
    write(folder, "config", "excluded", b"\4^vendor/\n.*\\.lock$\n(a|b)/c\n")
    # A reftable: its head, one block of refs and the foot are as long as git's documentation says.
    block = b"r\0\0\x30" + b"\0\x0f\x79refs/heads/main" + b"\1" * 22
    head = b"REFT\1\0\x10\0" + bytes(16)
    write(folder, "stray", "reftable", b"\0" + head + block + head + bytes(44))
    write(folder, "stray", "log", b"\0" + head + b"g\0\0\x40" + zlib.compress(text) + head + bytes(44))


def reports(folder, outgate, scratch):
    """Reports and a baseline, as they are written of the seeds themselves."""
    place = scratch / "scanned"
    place.mkdir()
    words = base64.b64encode(hashlib.sha256(b"seed").digest()).decode()[:24]
    (place / "a.py").write_text(f'password = "{words}"\nsecond_password = "{words[::-1]}"\n')
    for form in ["json", "jsonl"]:
        command = [outgate, "scan", "--isolated", "--show=unlikely", f"--format={form}", place]
        said = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        write(folder, "report", form, said.stdout)
    entry = {"digest": "0" * 32, "path": "a/b.py", "detector": "a", "added": "2026-01-02", "decision": "accepted"}
    write(folder, "baseline", "shape", json.dumps({"version": 1, "salt": "0" * 32, "known": [entry]}))
    made = place / "outgate-baseline.json"
    command = [outgate, "baseline", "create", place]
    subprocess.run(command, check=False, cwd=place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if made.exists():
        write(folder, "baseline", "made", made.read_bytes())


def words(folder):
    """Dictionaries: the keys and values that the schemas know."""
    targets = {"detector_toml": ["detectors", "keyworded"], "config": ["config", "profile"], "report": ["report"]}
    for target, schemas in targets.items():
        text = "".join((ROOT / f"schemas/{schema}.schema.json").read_text() for schema in schemas)
        found = sorted(set(re.findall(r'"([A-Za-z][\w-]{1,30})"', text)))
        (folder / f"{target}.dict").write_text("".join(f'"{word}"\n' for word in found))


main()
