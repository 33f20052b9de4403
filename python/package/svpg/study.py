"""Studies on many machines: the jobs of `svpg study` on a Ray cluster, with the same result files and bits.

    python -m svpg.study bmvc2022 --quick --out studies/quick --ray auto

Each job runs in a temporary folder of its node. The driver sends the plan, the data and the trained network that
the job needs, and writes what comes back, so the nodes share no file system. A node needs this package, in the same
version, and nothing else. If a node is lost, its jobs run again elsewhere. The driver can be stopped at any moment;
the same command continues the study, and `svpg study DIR` continues it without Ray.
"""

import argparse
import hashlib
import logging
import os
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from . import _core
from ._core import Error

__all__ = ["main", "run"]

# The files of a data set of images; each may be gzipped.
_IMAGES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
# Seconds between two lines about the progress.
_LINES = 30.0

Files = dict[str, bytes]


def _files(folder: Path, below: Path) -> Files:
    """The files in `below`, by their path relative to `folder`. Locks and unfinished files are left out."""
    found = sorted(path for path in below.rglob("*") if path.is_file())
    kept = (path for path in found if path.name != ".lock" and path.suffix not in (".part", ".tmp"))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in kept}


def _write(folder: Path, files: Files) -> None:
    """Writes files, each completely or not at all."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)


def _images(data: Path) -> Files:
    """The files of a data set."""
    found: Files = {}
    for name in _IMAGES:
        paths = [path for path in (data / name, data / f"{name}.gz") if path.is_file()]
        if not paths:
            raise Error(f"{data}: {name} is missing; fetch the images with: svpg data fetch mnist --data {data}")
        found[paths[0].name] = paths[0].read_bytes()
    return found


def _of_node(images: Files) -> Path:
    """A folder of this node with the images. The jobs of a node share it."""
    digest = hashlib.sha256()
    for name, content in sorted(images.items()):
        digest.update(name.encode() + hashlib.sha256(content).digest())
    folder = Path(tempfile.gettempdir()) / f"svpg-images-{digest.hexdigest()[:32]}"
    if not folder.is_dir():
        with tempfile.TemporaryDirectory(dir=tempfile.gettempdir()) as part:
            _write(Path(part) / "images", images)
            try:
                (Path(part) / "images").rename(folder)
            except OSError:
                # Another job of the node was faster.
                if not folder.is_dir():
                    raise
    return folder


def _job(job: str, is_training: bool, run: str, version: str, plan: bytes, images: Files, needed: Files) -> Files:
    """Runs one job on a node. Returns its files: the run folder of a training, and the result."""
    if version != _core.version:
        raise Error(f"this node has svpg {_core.version}, the driver has {version}; install the same version")
    with tempfile.TemporaryDirectory(prefix="svpg-job-") as name:
        folder = Path(name)
        _write(folder, {"plan.toml": plan, **needed})
        _core.study_run_job(folder, job, _of_node(images) if images else None)
        result = f"jobs/{job}.json"
        trained = _files(folder, folder / run) if is_training else {}
        # The result comes last: a training without a result is not finished.
        return {**trained, result: (folder / result).read_bytes()}


def _reach(address: str) -> None:
    """Raises ConnectionError if nothing listens at HOST:PORT. Ray itself would try for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdigit():
        try:
            socket.create_connection((host, int(port)), timeout=10).close()
        except OSError as error:
            raise ConnectionError(f"nothing answers at {address}: {error}") from None


def _connected(address: str) -> Any:
    """The module `ray`, connected to a cluster."""
    try:
        import ray
    except ImportError:
        raise Error("the package ray is not installed; install it with: pip install './python[ray]'") from None
    if not ray.is_initialized():
        try:
            _reach(address)
            ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
        except (OSError, ValueError, RuntimeError) as error:
            text = " ".join(str(error).split())
            raise Error(
                f"Ray at {address}: {text}; start a cluster with `ray start --head`, and give its address"
            ) from None
    return ray


def _processors(ray: Any, head: str) -> int:
    """The number of processors of the cluster. Raises ConnectionError if its head is gone.

    Without its head, Ray would wait a minute for the answer and then end this process. So a thread asks.
    """
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(int(ray.cluster_resources().get("CPU", 1))), daemon=True)
    thread.start()
    thread.join(1.0)
    while thread.is_alive():
        _reach(head)
        thread.join(1.0)
    if not found:
        raise ConnectionError(f"the head of the cluster at {head} does not say how many processors there are")
    return max(1, found[0])


class _Study:
    """The driver's view of a study."""

    def __init__(self, folder: Path, data: Path | None) -> None:
        self.folder = folder
        has_images = _core.study_has_images(folder)
        self.data = (data or Path("data/mnist")) if has_images else data
        self.images = _images(self.data) if has_images and self.data else {}
        self.jobs = _core.study_jobs(folder, self.data)
        self.runs = {job: run for job, _, run, _ in self.jobs}
        self.done = {job for job, _, _, is_finished in self.jobs if is_finished}
        self.said = time.monotonic()

    def waiting(self) -> list[tuple[str, str | None]]:
        return [(job, needs) for job, needs, _, _ in self.jobs if job not in self.done]

    def needed(self, needs: str | None) -> Files:
        """The files of a finished training, for its evaluations."""
        if needs is None:
            return {}
        result = f"jobs/{needs}.json"
        # An evaluation reads the kept network; the state of the learner is not sent.
        run = _files(self.folder, self.folder / self.runs[needs])
        kept = any(name.endswith("/best.safetensors") for name in run)
        left_out = ("/checkpoint.safetensors",) if kept else ()
        sent = {name: content for name, content in run.items() if not name.endswith(left_out)} if left_out else run
        return {**sent, result: (self.folder / result).read_bytes()}

    def finished(self, job: str, files: Files) -> None:
        _write(self.folder, files)
        self.done.add(job)
        if time.monotonic() - self.said > _LINES:
            self.said = time.monotonic()
            print(f"{len(self.done)} of {len(self.jobs)} jobs  {job}", file=sys.stderr)


def _on_ray(ray: Any, study: _Study) -> Iterator[tuple[str, Files]]:
    """Runs the jobs that are not finished. Yields each with its files when it comes back."""
    remote = ray.remote(num_cpus=1, max_retries=-1)(_job)
    plan = ray.put((study.folder / "plan.toml").read_bytes())
    images = ray.put(study.images)
    trained: dict[str | None, Any] = {None: ray.put({})}
    waiting = study.waiting()
    running: dict[Any, str] = {}
    head = ray.get_runtime_context().gcs_address
    while waiting or running:
        # Twice as many tasks as processors keep every node busy, and the driver's memory small.
        room = 2 * _processors(ray, head) - len(running)
        ready = [(job, needs) for job, needs in waiting if needs is None or needs in study.done]
        for job, needs in ready[: max(0, room)]:
            if needs not in trained:
                trained[needs] = ray.put(study.needed(needs))
            arguments = (job, needs is None, study.runs[job], _core.version, plan, images, trained[needs])
            running[remote.remote(*arguments)] = job
            waiting.remove((job, needs))
        # What no waiting job needs is freed.
        trained = {needs: sent for needs, sent in trained.items() if any(needs == of for _, of in waiting)}
        done, _ = ray.wait(list(running), num_returns=1, timeout=5.0)
        # If a result was on a lost node, Ray runs its job again, and waits a minute for the head.
        _reach(head)
        for reference in done:
            yield running.pop(reference), ray.get(reference)


def run(
    plan: str,
    out: str | os.PathLike[str],
    *,
    quick: bool = False,
    ray: str,
    data: str | os.PathLike[str] | None = None,
) -> list[str]:
    """Runs a study on a Ray cluster, or continues it. Returns a line for each criterion.

    plan: the name of a built-in plan, or the file of a plan.
    out: the folder of the study, new, empty, or with the same study.
    quick: the smaller study of the plan.
    ray: the address of the cluster, such as "auto" or "host:6379". The driver runs on a machine of the cluster.
    data: the folder of the images, `data/mnist` if it is not given.

    Raises Error if the plan, the data or the cluster cannot be used, or if a job fails. Finished jobs are kept.
    """
    text = Path(plan).read_text(encoding="utf-8") if Path(plan).is_file() else plan
    folder = Path(out)
    _core.study_begin(text, quick, folder)
    study = _Study(folder, Path(data) if data is not None else None)
    module = _connected(ray)
    try:
        for job, files in _on_ray(module, study):
            study.finished(job, files)
    except module.exceptions.RayTaskError as error:
        cause = error.cause if isinstance(error.cause, Error) else error
        text = " ".join(str(cause).split())
        raise Error(f"{text}; {len(study.done)} finished jobs are kept") from None
    except (module.exceptions.RayError, ConnectionError) as error:
        text = " ".join(str(error).split())
        raise Error(
            f"Ray: {text}; {len(study.done)} of {len(study.jobs)} jobs are finished and kept; "
            "start the cluster again, and repeat the command"
        ) from None
    except OSError as error:
        raise Error(f"{folder}: {error}; finished jobs are kept; make room, and repeat the command") from None
    return _core.study_finish(folder, study.data)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Returns its exit code: 0, or 1 if it was interrupted, or 2 for bad input."""
    parser = argparse.ArgumentParser(prog="python -m svpg.study", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("plan", help="bmvc2022, tpami2025, or the file of a plan")
    parser.add_argument("--out", required=True, help="folder for the study")
    parser.add_argument("--ray", required=True, metavar="ADDRESS", help="address of the Ray cluster, such as auto")
    parser.add_argument("--quick", action="store_true", help="the smaller study of the plan")
    parser.add_argument("--data", help="folder of the images [default: data/mnist]")
    given = parser.parse_args(arguments)
    try:
        verdicts = run(given.plan, given.out, quick=given.quick, ray=given.ray, data=given.data)
    except Error as error:
        print(f"svpg.study: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"svpg.study: stopped; the same command continues the study in {given.out}", file=sys.stderr)
        return 1
    print("\n".join(verdicts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
