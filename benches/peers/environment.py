"""Makes the virtual environment of the PyTorch peers: `python3 benches/peers/environment.py [FOLDER]`.

Most of CUDA's libraries, which torch's wheel for Linux names, are replaced: tests/python/stand_ins.py.
"""

import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
SCRIPTS = HERE.parents[1] / "tests" / "python"


def prepare(folder: Path) -> Path:
    """The Python of the environment in `folder`, made if it is missing or its requirements have changed."""
    python = folder / "bin" / "python"
    requirements = HERE / "requirements.txt"
    stamp = folder / "requirements.txt"
    if stamp.exists() and stamp.read_text() == requirements.read_text():
        return python
    venv.create(folder, with_pip=True, clear=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", "-r", requirements], check=True)
    subprocess.run([sys.executable, SCRIPTS / "stand_ins.py", folder], check=True)
    subprocess.run([python, "-c", "import torch; torch.rand(2, 2) @ torch.rand(2, 2)"], check=True)
    stamp.write_text(requirements.read_text())
    return python


if __name__ == "__main__":
    print(prepare(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent.parent / "target" / "peers-venv"))
