#!/usr/bin/env python3
"""Times the same training steps in svpg and in PyTorch, in turn on the same cores, and prints the ratios.

    python3 benches/peers/compare.py                    rate and spiking steps, on one core and on two
    python3 benches/peers/compare.py --dense            the dense spiking program too (a second a step)
    python3 benches/peers/compare.py --python PYTHON    with a torch of your own

Makes the virtual environment in target/peers-venv and builds svpg where needed. Exit codes: 0, compared; 2, something that the
comparison needs is missing.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
# Task of svpg, task of the peer, timed steps a turn (svpg, peer).
PAIRS = {"rate": ("rate", "rate", 200, 200), "spike": ("spike", "spike", 50, 50)}
DENSE = {"spike, dense": ("spike", "spike-dense", 50, 2)}


class Missing(Exception):
    """Something that the comparison needs is missing; the text says what, and how to mend it."""


def run(command: list, cores: list[int]) -> dict:
    """Runs one program on the given cores and returns its line of JSON."""
    pinned = ["taskset", "-c", ",".join(map(str, cores))] if shutil.which("taskset") else []
    done = subprocess.run([*pinned, *map(str, command)], capture_output=True, text=True, cwd=ROOT)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 or not lines:
        said = (done.stderr.strip() or done.stdout.strip() or "no output").splitlines()[-1]
        raise Missing(f"{' '.join(map(str, command))}: exit code {done.returncode}: {said}")
    return json.loads(lines[-1])


def ready(given: argparse.Namespace) -> tuple[Path, Path]:
    """The Python with torch and svpg's binary, made if need be."""
    if not (given.data / "train-images-idx3-ubyte").exists():
        raise Missing(f"no MNIST in {given.data}; fetch it with `cargo run --release -- data fetch mnist`")
    if given.python:
        python = given.python
    else:
        import environment

        python = environment.prepare(ROOT / "target" / "peers-venv")
    binary = given.svpg
    if binary is None:
        subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=ROOT, check=True)
        binary = ROOT / "target" / "release" / "svpg"
    return python, binary


def summary(turns: list[dict]) -> dict:
    """Best and median over all turns of one program."""
    medians = sorted(turn["ms_median"] for turn in turns)
    return {
        "best": min(turn["ms_best"] for turn in turns),
        "median": medians[len(medians) // 2],
        "iterations": sum(turn["iterations"] for turn in turns) / len(turns),
        "accuracy": turns[-1]["accuracy"],
        "version": turns[-1]["version"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=5, help="turns of each program")
    parser.add_argument("--dense", action="store_true", help="time the dense spiking program too")
    parser.add_argument("--data", type=lambda p: Path(p).resolve(), default=ROOT / "data" / "mnist")
    parser.add_argument("--python", type=Path, help="a Python with torch, in place of target/peers-venv")
    parser.add_argument("--svpg", type=Path, help="a built svpg, in place of target/release/svpg")
    given = parser.parse_args()
    python, binary = ready(given)
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else list(range(os.cpu_count() or 1))
    rows, versions = [], set()
    for threads in given.threads:
        if threads > len(cores):
            print(f"{threads} threads: only {len(cores)} cores here, left out", file=sys.stderr)
            continue
        for name, (task, peer, steps, peer_steps) in (PAIRS | (DENSE if given.dense else {})).items():
            common = ["--threads", threads, "--data", given.data]
            ours, theirs = [], []
            for _ in range(given.rounds):
                ours.append(run([binary, "bench-step", "--task", task, "--steps", steps, *common], cores[:threads]))
                theirs.append(run([python, HERE / "step.py", "--task", peer, "--steps", peer_steps, *common], cores[:threads]))
            a, b = summary(ours), summary(theirs)
            versions.update((f"svpg {a['version']}", f"torch {b['version']}"))
            rows.append(
                f"| {name} | {threads} | {a['best']:.2f} / {a['median']:.2f} | {b['best']:.2f} / {b['median']:.2f} "
                f"| {b['best'] / a['best']:.2f} / {b['median'] / a['median']:.2f} "
                f"| {a['iterations']:.1f} / {b['iterations']:.1f} | {a['accuracy']:.3f} / {b['accuracy']:.3f} |"
            )
    print(f"{', '.join(sorted(versions))}; load {os.getloadavg()[0]:.1f}; {given.rounds} turns each")
    print("| step | threads | svpg ms, best / median | PyTorch ms, best / median | ratio, best / median | iterations | accuracy |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    print("\n".join(rows))


if __name__ == "__main__":
    try:
        main()
    except Missing as missing:
        print(f"error: {missing}", file=sys.stderr)
        sys.exit(2)
    except subprocess.CalledProcessError as failed:
        print(f"error: {' '.join(map(str, failed.cmd))}: exit code {failed.returncode}", file=sys.stderr)
        sys.exit(2)
