#!/usr/bin/env python3
"""Times the same training steps in svpg and in PyTorch, in turn on the same cores, and prints the ratios.

    python3 benches/peers/compare.py                    every step at every size, on one core and on two
    python3 benches/peers/compare.py --steps rate --hidden 50x10 100x10
    python3 benches/peers/compare.py --isa avx2         both sides without AVX-512
    python3 benches/peers/compare.py --steps spike-dense   the dense spiking program (a second a step)
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
# Step -> task of the peer, hidden circuits x units, timed steps a turn (svpg, peer).
STEPS = {
    "rate": ("rate", ("20x10", "50x10", "100x10"), 100, 100),
    "spike": ("spike", ("20x10", "50x10"), 30, 30),
    "ppo": ("ppo", ("50x10",), 20, 20),
    "critic": ("critic", ("none",), 20, 20),
    "spike-dense": ("spike-dense", ("20x10",), 30, 2),
}
USUAL = ("rate", "spike", "ppo", "critic")
# What keeps both sides to an instruction set.
LIMITS = {
    "avx2": {
        "SVPG_ISA": "avx2",
        "ATEN_CPU_CAPABILITY": "avx2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",
        "TORCHINDUCTOR_CACHE_DIR": str(ROOT / "target" / "peers-kernels" / "avx2"),
    },
}


class Missing(Exception):
    """Something that the comparison needs is missing; the text says what, and how to mend it."""


def run(command: list, cores: list[int], limits: dict[str, str]) -> dict:
    """Runs one program on the given cores and returns its line of JSON."""
    pinned = ["taskset", "-c", ",".join(map(str, cores))] if shutil.which("taskset") else []
    done = subprocess.run([*pinned, *map(str, command)], capture_output=True, text=True, cwd=ROOT, env=os.environ | limits)
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
        "processor": min(turn["processor_ms_median"] for turn in turns),
        "iterations": sum(turn["iterations"] for turn in turns) / len(turns),
        "version": turns[-1]["version"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", nargs="+", choices=STEPS, default=USUAL, help="kinds of steps")
    parser.add_argument("--hidden", nargs="+", help="hidden circuits x units of each, in place of the usual sizes")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=5, help="turns of each program")
    parser.add_argument("--isa", choices=LIMITS, help="keep both sides to an instruction set")
    parser.add_argument("--data", type=lambda p: Path(p).resolve(), default=ROOT / "data" / "mnist")
    parser.add_argument("--python", type=Path, help="a Python with torch, in place of target/peers-venv")
    parser.add_argument("--svpg", type=lambda p: Path(p).resolve(), help="a built svpg, in place of target/release/svpg")
    given = parser.parse_args()
    python, binary = ready(given)
    limits = LIMITS.get(given.isa, {})
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else list(range(os.cpu_count() or 1))
    rows, versions = [], set()
    for threads in given.threads:
        if threads > len(cores):
            print(f"{threads} threads: only {len(cores)} cores here, left out", file=sys.stderr)
            continue
        for name in given.steps:
            peer, sizes, steps, peer_steps = STEPS[name]
            for size in given.hidden or sizes:
                common = ["--threads", threads, "--data", given.data, *([] if size == "none" else ["--hidden", size])]
                ours, theirs = [], []
                for _ in range(given.rounds):
                    task = "spike" if name == "spike-dense" else name
                    ours.append(run([binary, "bench-step", "--task", task, "--steps", steps, *common], cores[:threads], limits))
                    command = [python, HERE / "step.py", "--task", peer, "--steps", peer_steps, *common]
                    theirs.append(run(command, cores[:threads], limits))
                a, b = summary(ours), summary(theirs)
                versions.update((f"svpg {a['version']}, {ours[0]['isa']}", f"torch {b['version']}"))
                per_iteration = b["best"] / b["iterations"] / (a["best"] / a["iterations"])
                rows.append(
                    f"| {name} | {size} | {threads} | {a['best']:.2f} / {a['median']:.2f} | {b['best']:.2f} / {b['median']:.2f} "
                    f"| {b['best'] / a['best']:.2f} / {b['median'] / a['median']:.2f} | {a['iterations']:.1f} / {b['iterations']:.1f} "
                    f"| {per_iteration:.2f} | {a['processor']:.1f} / {b['processor']:.1f} |"
                )
                print(rows[-1], file=sys.stderr)
    print(f"{', '.join(sorted(versions))}; load {os.getloadavg()[0]:.1f}; {given.rounds} turns each")
    print(
        "| step | hidden | threads | svpg ms, best / median | PyTorch ms, best / median | ratio, best / median "
        "| iterations | best ratio an iteration | processor ms |"
    )
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
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
