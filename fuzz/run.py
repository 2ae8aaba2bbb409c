"""Builds the fuzz targets and runs each for a while: `./x fuzz [TARGET...] [SECONDS]` (600 by default).

usage: run.py OUTGATE TARGET_FOLDER [TARGET...] [SECONDS]

Seeds, what fuzzing finds and cargo-fuzz itself stay below TARGET_FOLDER. A line a target says how often it
ran, how many edges of the code it reached, and the result. Exits with 1 when an input fell: its file is
named. `FUZZ_SANITIZER` picks another sanitizer than `address`, or `none`.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
CARGO_FUZZ = "0.13.2"
# Longest inputs in bytes, where 4 KiB are too few.
LONGEST = {"archive": 1 << 16, "document": 1 << 17, "git_index": 1 << 14, "pack": 1 << 14, "stray": 1 << 14}
# Their input is a list of choices, of which a few bytes make little.
LISTS = {"checks", "engine", "pack", "repository", "versions"}
LIMITS = ["-rss_limit_mb=2048", "-timeout=10", "-print_final_stats=1"]
# Texts of detectors stay for as long as the program runs, by design: that is no leak. And libgit2 asks for as much
# memory as a file says, which it may be refused.
ASAN = "detect_odr_violation=0:detect_leaks=0:allocator_may_return_null=1"


def main():
    outgate, target, *rest = sys.argv[1:]
    target = pathlib.Path(target).resolve()
    seconds = rest.pop() if rest and rest[-1].isdigit() else "600"
    known = re.findall(r'^name = "(\w+)"$', (HERE / "Cargo.toml").read_text(), flags=re.MULTILINE)
    unknown = [name for name in rest if name not in known]
    if unknown:
        sys.exit(f"fuzz: no target `{unknown[0]}`; there are {', '.join(known)}")
    build(target, rest)
    folder = target / "fuzz"
    seeds = folder / "seeds"
    shutil.rmtree(seeds, ignore_errors=True)
    subprocess.run([sys.executable, HERE / "seeds.py", outgate, seeds], check=True)
    fell = [name for name in rest or known if not fuzz(folder, name, seconds)]
    sys.exit(1 if fell else 0)


def toolchain():
    """Sanitizers and coverage need nightly; a stable compiler has them too when it is told to be one."""
    if "nightly" in version([]):
        return {}
    nightly = version(["+nightly"])
    return {"RUSTUP_TOOLCHAIN": "nightly"} if nightly else {"RUSTC_BOOTSTRAP": "1"}


def version(arguments):
    said = subprocess.run(
        ["rustc", *arguments, "--version"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False
    )
    return said.stdout.decode()


def build(target, names):
    tools = target / "fuzz-tools"
    if not list((tools / "bin").glob("cargo-fuzz*")):
        command = ["cargo", "install", "cargo-fuzz", "--locked", "--version", CARGO_FUZZ, "--root", tools]
        subprocess.run(command, check=True, stdout=sys.stderr)
    environment = os.environ | toolchain()
    environment["PATH"] = os.pathsep.join([str(tools / "bin"), environment["PATH"]])
    options = ["--fuzz-dir", HERE, "--target-dir", target / "fuzz"]
    options += ["--sanitizer", os.environ.get("FUZZ_SANITIZER", "address")]
    for name in names or [None]:
        command = ["cargo", "fuzz", "build", *options, *([name] if name else [])]
        subprocess.run(command, check=True, env=environment, cwd=HERE, stdout=sys.stderr)


def fuzz(folder, name, seconds):
    """Runs a target and says how that went; false when an input fell."""
    binary = next(folder.glob(f"*/release/{name}"))
    corpus, seeds, artifacts = (folder / part / name for part in ["corpus", "seeds", "artifacts"])
    for place in (corpus, seeds, artifacts):
        place.mkdir(parents=True, exist_ok=True)
    options = [f"-max_total_time={seconds}", f"-max_len={LONGEST.get(name, 4096)}", f"-artifact_prefix={artifacts}/"]
    options += ["-len_control=0"] if name in LISTS else []
    words = seeds.with_suffix(".dict")
    options += [f"-dict={words}"] if words.exists() else []
    log = folder / f"{name}.log"
    with log.open("wb") as out:
        environment = os.environ | {"ASAN_OPTIONS": ASAN}
        command = [binary, corpus, seeds, *LIMITS, *options]
        status = subprocess.run(command, check=False, stdout=out, stderr=out, env=environment).returncode
    said = log.read_text(errors="replace")
    runs = re.findall(r"^stat::number_of_executed_units:\s*(\d+)", said, flags=re.MULTILINE)
    edges = re.findall(r"\bcov: (\d+)", said)
    artifact = re.findall(r"Test unit written to (\S+)", said)
    result = "ok" if status == 0 else f"FELL: {artifact[-1] if artifact else log}"
    print(
        f"{name:13} {int(runs[-1] if runs else 0):>11,} runs {edges[-1] if edges else 0:>6} edges  {result}", flush=True
    )
    return status == 0


main()
