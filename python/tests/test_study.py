"""Studies on a Ray cluster of two nodes, one of which is killed half way."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import svpg.study
from svpg import Error

# The pendulum alone: it needs no images.
PLAN = """\
schema = "svpg-plan/1"
name = "small"
seeds = [0, 1]

[tasks.pendulum]
baseline = "bp"
evaluations = 2
[[tasks.pendulum.methods]]
name = "svpg"
label = "SVPG"
role = "svpg"
preset = "tpami2025"
overrides = { hidden = [3, 4], episodes = 12, eval_interval = 6 }
[[tasks.pendulum.methods]]
name = "bp"
label = "BP"
role = "conventional"
preset = "tpami2025"
method = "bp"
overrides = { hidden = [3, 4], episodes = 12, eval_interval = 6 }
[[tasks.pendulum.protocols]]
kinds = ["gaussian", "weight-uniform", "pole-length"]
levels = "published"
every = 16
"""


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.toml"
    path.write_text(PLAN, encoding="utf-8")
    return path


def written(folder: Path) -> dict[str, bytes]:
    """What a study gives: tables and document."""
    tables = {path.name: path.read_bytes() for path in sorted((folder / "tables").iterdir())}
    return {**tables, "study.json": (folder / "study.json").read_bytes()}


def results(folder: Path) -> dict[str, str]:
    """The hash of every result file."""
    found = sorted((folder / "jobs").glob("*.json"))
    return {path.name: json.loads(path.read_bytes())["sha256"] for path in found}


@pytest.fixture
def cluster() -> Iterator[Any]:
    from ray.cluster_utils import Cluster

    memory = 100 * 2**20
    head = {"num_cpus": 1, "object_store_memory": memory, "include_dashboard": False}
    found = Cluster(initialize_head=True, head_node_args=head)
    found.second = found.add_node(num_cpus=1, object_store_memory=memory)
    found.wait_for_nodes()
    yield found
    import ray

    ray.shutdown()
    found.shutdown()


def test_a_lost_node_changes_no_byte(plan: Path, tmp_path: Path, cluster: Any, svpg_program: Any) -> None:
    alone = tmp_path / "alone"
    assert svpg_program("study", plan, "--out", alone).returncode == 0
    together = tmp_path / "together"
    finished = svpg.study._Study.finished
    seen: list[str] = []

    def finish(study: Any, job: str, files: Any) -> None:
        finished(study, job, files)
        seen.append(job)
        if len(seen) == 5:
            cluster.remove_node(cluster.second, allow_graceful=False)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(svpg.study._Study, "finished", finish)
        verdicts = svpg.study.run(str(plan), together, ray=cluster.address)
    assert len(seen) == 20 and verdicts
    assert results(together) == results(alone)
    assert written(together) == written(alone)
    # Nothing is left to do.
    assert svpg.study.run(str(plan), together, ray=cluster.address) == verdicts
    assert len(seen) == 20
    # The command line goes on with it.
    assert svpg_program("study", together).returncode == 0
    assert written(together) == written(alone)


# The command line with one more argument, the process of the head of the cluster. It is killed after the third job,
# when the driver is about to ask the cluster for more.
LOSES_ITS_HEAD = """
import os, signal, sys
import svpg.study

head = int(sys.argv.pop(1))
finished = svpg.study._Study.finished

def finish(study, job, files):
    finished(study, job, files)
    if len(study.done) == 3:
        os.kill(head, signal.SIGKILL)

svpg.study._Study.finished = finish
sys.exit(svpg.study.main())
"""


def test_a_lost_cluster_is_one_line_and_finished_jobs_are_kept(
    plan: Path, tmp_path: Path, cluster: Any, svpg_program: Any
) -> None:
    out = tmp_path / "out"
    [head] = cluster.head_node.all_processes["gcs_server"]
    command = [sys.executable, "-c", LOSES_ITS_HEAD, str(head.process.pid)]
    command += [str(plan), "--out", str(out), "--ray", cluster.address]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    # Ray itself may write lines of its log.
    [line] = [line for line in done.stderr.splitlines() if line.startswith("svpg.study: ")]
    assert done.returncode == 2, done
    assert "3 of 20 jobs are finished and kept; start the cluster again" in line
    kept = results(out)
    assert len(kept) == 3
    assert svpg_program("study", out).returncode == 0
    assert kept.items() < results(out).items() and len(results(out)) == 20


def test_what_cannot_be_used_is_one_line(plan: Path, tmp_path: Path) -> None:
    def said(*arguments: str) -> str:
        command = [sys.executable, "-m", "svpg.study", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == 2 and done.stdout == "", done
        [line] = done.stderr.splitlines()
        return line

    out = ("--out", str(tmp_path / "out"))
    line = said(str(plan), *out, "--ray", "127.0.0.1:1")
    assert "Ray at 127.0.0.1:1" in line and "ray start --head" in line
    assert "did you mean" in said("bmvc2023", *out, "--ray", "auto")
    line = said("bmvc2022", "--out", str(tmp_path / "images"), "--ray", "auto")
    assert "data" in line and "svpg data fetch mnist" in line


def test_without_ray_the_remedy_is_named(plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(Error, match=r"pip install './python\[ray\]'"):
        svpg.study.run(str(plan), tmp_path / "out", ray="auto")
