"""Creates a virtual environment for a comparison: environment.py REQUIREMENTS FOLDER

Does nothing where FOLDER already holds what REQUIREMENTS lists. Prints the path of the environment's interpreter. If it cannot be
created, says why and how to fix it in one line on standard error, with exit code 1.
"""

import subprocess
import sys
from pathlib import Path


def create(requirements: Path, folder: Path) -> Path:
    """The interpreter of the environment in `folder`, created unless it is there with the same requirements."""
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    # Written last, so that an installation that was interrupted is begun again.
    stamp = folder / "installed.txt"
    wanted = f"# Python {sys.version}\n{requirements.read_text(encoding='utf-8')}"
    if not (python.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == wanted):
        call([sys.executable, "-m", "venv", "--clear", folder])
        quiet = ["--quiet", "--no-input", "--disable-pip-version-check"]
        call([python, "-m", "pip", "install", *quiet, "--no-deps", "--only-binary", ":all:", "-r", requirements])
        call([sys.executable, Path(__file__).with_name("stand_ins.py"), folder])
        stamp.write_text(wanted, encoding="utf-8")
    return python


def call(command: list) -> None:
    """Runs a command; if it fails, ends the program with the last thing that it said."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
    if done.returncode != 0:
        said = (done.stdout + done.stderr).split("\n")
        last = next((line.strip() for line in reversed(said) if line.strip()), f"exit code {done.returncode}")
        fail(f"`{' '.join(map(str, command))}` failed: {last}", "give this Python venv and pip, and pip access to PyPI")


def fail(what: str, remedy: str) -> None:
    sys.exit(f"{sys.argv[0]}: {what}; {remedy}")


if __name__ == "__main__":
    if sys.version_info < (3, 11):
        version = sys.version.split()[0]
        fail(f"{sys.executable} is Python {version}", "install Python 3.11 or later, or name it in SVPG_PYTHON")
    if len(sys.argv) != 3:
        fail(f"{len(sys.argv) - 1} arguments", "give a requirements file and the folder of the environment")
    requirements, folder = map(Path, sys.argv[1:])
    if not requirements.is_file():
        fail(f"{requirements} is not a file", "give a requirements file")
    print(create(requirements, folder))
