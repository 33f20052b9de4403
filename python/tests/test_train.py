"""svpg.train: the bits of the command line; callbacks, stops and errors."""

import json
import signal
import subprocess
import sys
import threading
import time

import pytest
import svpg

EPISODES = 40
RUN = {"preset": "tpami2025", "seed": 3, "episodes": EPISODES}


@pytest.fixture(scope="module")
def expected(svpg_program, tmp_path_factory):
    """The folder of the same run by the command line."""
    folder = tmp_path_factory.mktemp("runs") / "pendulum"
    options = [part for name, value in RUN.items() for part in (f"--{name}", value)]
    done = svpg_program("train", "pendulum", *options, "--out", folder)
    assert done.returncode == 0, done.stderr
    return folder


def assert_same(run: svpg.Run, expected) -> None:
    assert run.ended and run.step == run.steps == EPISODES
    assert run.certificate == json.loads((expected / "certificate.json").read_text())
    assert (run.folder / "config.toml").read_bytes() == (expected / "config.toml").read_bytes()


def test_a_run_has_the_bits_of_the_command_line(expected, tmp_path):
    rows = []
    run = svpg.train("pendulum", **RUN, out=tmp_path / "run", callback=rows.append)
    assert_same(run, expected)
    assert rows == [{name: value for name, value in row.items() if name != "seconds"} for row in run.metrics]
    assert [row["episode"] for row in rows] == list(range(1, EPISODES + 1))
    policy = svpg.load(run)
    assert policy.preset == "tpami2025" and run.policy(last=True).step == EPISODES
    other = svpg.train("pendulum", **{**RUN, "seed": 4}, out=tmp_path / "other", threads=1)
    assert other.certificate["parameters_sha256"] != run.certificate["parameters_sha256"]


def test_a_run_of_images_has_the_bits_of_the_command_line(image_run, tmp_path):
    folder, data, *_ = image_run
    run = svpg.train("mnist", preset="bmvc2022", steps=20, data=data, out=tmp_path / "run")
    assert run.certificate == json.loads((folder / "certificate.json").read_text())
    with pytest.raises(svpg.Error, match="give their folder"):
        wrong = tmp_path / "wrong"
        wrong.mkdir()
        for file in data.iterdir():
            content = bytearray(file.read_bytes())
            content[-1] ^= 1
            (wrong / file.name).write_bytes(content)
        svpg.train(out=run, resume=True, data=wrong)


def test_a_callback_stops_and_the_run_goes_on_to_the_same_bits(expected, tmp_path):
    seen = []

    def until_ten(row):
        seen.append(row["episode"])
        return len(seen) < 10

    run = svpg.train("pendulum", **RUN, out=tmp_path / "run", callback=until_ten)
    assert (run.ended, run.step, run.steps, run.certificate) == (False, 10, EPISODES, None)
    assert seen == list(range(1, 11)) and len(run.metrics) == 10
    for changed in ({"preset": "best"}, {"seed": 4}, {"episodes": 41}, {"learning_rate": 0.5}):
        with pytest.raises(svpg.Error, match="the run was begun with another"):
            svpg.train("pendulum", **{**RUN, **changed}, out=run, resume=True)
    with pytest.raises(svpg.Error, match="another task"):
        svpg.train("mnist", out=run, resume=True)
    with pytest.raises(svpg.Error, match="--resume|another folder|resume"):
        svpg.train("pendulum", **RUN, out=run)
    seen.clear()
    again = svpg.train(out=run, resume=True, callback=lambda row: seen.append(row["episode"]) or len(seen) < 10)
    assert again.step == 20 and seen == list(range(11, 21))
    assert_same(svpg.train("pendulum", **RUN, out=run, resume=True), expected)
    assert svpg.train(out=run, resume=True).ended


def test_an_exception_of_the_callback_stops_with_a_checkpoint(expected, tmp_path):
    class Enough(Exception):
        pass

    def fails(row):
        if row["episode"] == 7:
            raise Enough("seven")

    with pytest.raises(Enough, match="seven"):
        svpg.train("pendulum", **RUN, out=tmp_path / "run", callback=fails)
    steps = []
    run = svpg.train(out=tmp_path / "run", resume=True, callback=lambda row: steps.append(row["episode"]))
    assert steps[0] == 8
    assert_same(run, expected)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
def test_ctrl_c_stops_with_a_checkpoint(expected, tmp_path):
    # A process in the background ignores the signal unless it says otherwise.
    program = (
        "import signal, svpg\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"svpg.train('pendulum', **{RUN!r}, out={str(tmp_path / 'run')!r}, save_every=1000.0,\n"
        "  callback=lambda row: print(row['episode'], flush=True))"
    )
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "1\n"
    child.send_signal(signal.SIGINT)
    printed, errors = child.communicate(timeout=60)
    assert "KeyboardInterrupt" in errors and child.returncode != 0
    last = int(("1\n" + printed).split()[-1])
    assert last < EPISODES
    steps = []
    run = svpg.train(out=tmp_path / "run", resume=True, callback=lambda row: steps.append(row["episode"]))
    # The step in which the signal came is ended and saved; its row is given to nobody.
    assert steps[0] in (last + 1, last + 2)
    assert_same(run, expected)


def test_the_lock_is_released(tmp_path):
    counted, done = 0, threading.Event()

    def count():
        nonlocal counted
        while not done.wait(0.001):
            counted += 1

    thread = threading.Thread(target=count)
    thread.start()
    try:
        began = time.monotonic()
        svpg.train("pendulum", **RUN, out=tmp_path / "run")
        took = time.monotonic() - began
    finally:
        done.set()
        thread.join()
    assert counted > 100 * min(took, 1), f"{counted} counts in {took} s"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"task": "chess"}, "^task: `chess` is unknown; give mnist or pendulum"),
        ({"task": 3}, "^task: found int"),
        ({"task": None}, "^task, preset: a new run needs both"),
        ({"preset": None}, "^task, preset: a new run needs both"),
        ({"preset": "tpami"}, "^preset: `tpami` is unknown; give bmvc2022 or "),
        ({"seed": -1}, "^seed: found -1"),
        ({"seed": 2**32}, "^seed: found "),
        ({"threads": 0}, "^threads: found 0"),
        ({"callback": 3}, "^callback: found int"),
        ({"save_every": -1.0}, "^save_every: "),
        ({"save_every": "often"}, "^save_every: found 'often'"),
        ({"data": "images"}, "^data: the task pendulum has no data"),
        ({"data": 3}, "^data: found int"),
        ({"out": 3}, "^out: found int"),
        ({"episods": 3}, "unknown field `episods`, expected one of"),
        ({"steps": 3}, "^steps: it is not for the task pendulum; give episodes"),
        ({"episodes": -3}, "^train: "),
        ({"learning_rate": float("nan")}, "^train.learning_rate: found NaN"),
        ({"learning_rate": -1.0}, "learning_rate: -1 is out of range"),
        ({"dropped": 3}, "give a family and a probability"),
        ({"rule": "svgp"}, "svpg"),
    ],
)
def test_bad_arguments(tmp_path, changed, said):
    arguments = {"task": "pendulum", **RUN, "out": tmp_path / "run", **changed}
    with pytest.raises(svpg.Error, match=said):
        svpg.train(**arguments)
    assert not (tmp_path / "run").exists()
    with pytest.raises(svpg.Error, match="no such folder"):
        svpg.train(out=tmp_path / "run", resume=True)


def test_a_preset_can_be_changed_in_every_way(tmp_path):
    run = svpg.train(
        "pendulum",
        preset="tpami2025",
        out=tmp_path / "run",
        episodes=2,
        hidden=(3, 4),
        dropped=("hidden-hidden", 0.5),
        rule="two-phase",
        optimiser="sgd",
        sigma=0.01,
    )
    text = (run.folder / "config.toml").read_text()
    for line in ("hidden = [3, 4]", 'rule = "two-phase"', 'dropped = ["hidden-hidden", 0.5]', "sigma = 0.01"):
        assert line in text, text
    again = svpg.train("pendulum", preset="best", out=tmp_path / "none", episodes=1, dropped="none")
    assert "dropped" not in (again.folder / "config.toml").read_text()
