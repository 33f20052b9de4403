"""Milliseconds a training step in PyTorch, as one line of JSON. See README.md."""

import argparse
import json
import os
import statistics
import sys
import time
from pathlib import Path

TASKS = {
    # steps before the clock starts, steps in one timed block
    "rate": (300, 20),
    "spike": (20, 5),
    "spike-dense": (1, 1),
    "ppo": (20, 5),
    "critic": (20, 5),
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--task", choices=TASKS, default="rate")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=200, help="timed training steps (at least one block)")
    parser.add_argument("--warmup", type=int, help="training steps before the clock starts")
    parser.add_argument("--data", type=Path, default=Path("data/mnist"), help="folder of MNIST's IDX files")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--check", action="store_true", help="compare the updates with float64 formulas, and stop")
    parser.add_argument("--hidden", type=hidden, help="hidden circuits x units of each, such as 50x10 [default: 20x10, of ppo 50x10]")
    given = parser.parse_args()
    if given.threads < 1 or given.steps < 1:
        parser.error("--threads and --steps count from 1")
    return given


def hidden(text: str) -> tuple[int, int]:
    """Circuits and units of each."""
    circuits, units = text.split("x")
    return int(circuits), int(units)


def trainer(task: str, size: tuple[int, int] | None):
    from network import Shape

    circuits, width = size or ((50, 10) if task == "ppo" else (20, 10))
    shape = Shape(hidden=circuits, width=width)
    if task == "rate":
        from rate import RateStep

        return RateStep(shape)
    if task == "spike":
        from spike import SpikeStep

        return SpikeStep(shape)
    if task == "ppo":
        from ppo import PpoStep

        return PpoStep(shape)
    if task == "critic":
        from ppo import CriticStep

        return CriticStep(shape)
    from dense import DenseStep

    return DenseStep(shape)


def main() -> None:
    given = arguments()
    # Before torch is imported: its OpenMP reads them once.
    os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(given.threads)
    # Compiled kernels are kept apart for each number of threads, which is built into them.
    kernels = Path(__file__).resolve().parents[2] / "target" / "peers-kernels" / f"threads-{given.threads}"
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(kernels))
    import random

    import torch

    import mnist
    from network import BATCH

    torch.set_num_threads(given.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(given.seed)
    random.seed(given.seed)
    with torch.inference_mode():
        if given.check:
            import check

            sys.exit(check.main())
        try:
            stream = mnist.batches(*mnist.training(given.data), BATCH)
        except mnist.Unusable as error:
            print(f"error: {error}", file=sys.stderr)
            sys.exit(2)
        trained = trainer(given.task, given.hidden)
        step = trained.step
        warmup, block = TASKS[given.task]
        for _ in range(warmup if given.warmup is None else given.warmup):
            step(*next(stream))
        times, processor, iterations = [], [], 0
        blocks = max(1, given.steps // block)
        for _ in range(blocks):
            # Fetching a batch is not part of the step, here as on the other side.
            held = [next(stream) for _ in range(block)]
            start, used = time.perf_counter(), time.process_time()
            for states, labels in held:
                iterations += step(states, labels)[1]
            times.append((time.perf_counter() - start) / block * 1e3)
            processor.append((time.process_time() - used) / block * 1e3)
        accuracy = []
        for _ in range({"spike-dense": 1, "critic": 0}.get(given.task, 20)):
            states, labels = next(stream)
            answers = trained.shape.answers(trained.infer(states)[0])
            accuracy.append((answers == labels).float().mean().item())
    steps = blocks * block
    print(
        json.dumps(
            {
                "implementation": "pytorch",
                "version": torch.__version__,
                "task": given.task,
                "threads": given.threads,
                "steps": steps,
                "ms_median": round(statistics.median(times), 4),
                "ms_best": round(min(times), 4),
                # Processor time of all threads: what the step costs when others use the cores too.
                "processor_ms_median": round(statistics.median(processor), 4),
                "iterations": round(iterations / steps, 3),
                "accuracy": round(statistics.mean(accuracy), 4) if accuracy else None,
                "load": round(os.getloadavg()[0], 2),
            }
        )
    )


if __name__ == "__main__":
    main()
