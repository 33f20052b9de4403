"""Makes the virtual environment of the PyTorch peers: `python3 benches/peers/environment.py [FOLDER]`.

PyPI's torch for Linux is built with CUDA, and its shared objects name CUDA's libraries as needed: three gigabytes for a
program that runs on the CPU. Only CUDA's runtime (2 MB) is called on import; the others are replaced by stand-ins: shared
objects of the right name and version that define the symbols and nothing behind them. Torch's CPU code is untouched. The linker's
ordinary checks stay in force, so a stand-in that lacks a symbol stops the import and does not give wrong figures.
"""

import platform
import re
import subprocess
import sys
import venv
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Library -> prefix of the symbols that torch takes from it without a version.
UNVERSIONED = {"libcusparseLt": "cusparseLt", "libnccl": "nccl", "libcufile": "cuFile"}
# Library -> name of its symbol version where that is not the library's own name.
VERSION = {"libnvshmem_host": "NVSHMEM"}


def _output(*command) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def stand_ins(lib: Path) -> None:
    """Writes a stand-in for every CUDA library that torch's objects in `lib` need and that is not installed."""
    needed: set[str] = set()
    versioned: dict[str, set[str]] = defaultdict(set)
    bare: set[str] = set()
    for shared in lib.glob("lib*.so"):
        needed.update(re.findall(r"\(NEEDED\).*\[(lib(?:cu|nccl|nv)\S*)\]", _output("readelf", "-d", shared)))
        symbols = _output("nm", "-D", "--undefined-only", shared)
        for symbol, version in re.findall(r" [Uw] (\w+)@(\S+)$", symbols, re.M):
            versioned[version].add(symbol)
        bare.update(re.findall(r" U (\w+)$", symbols, re.M))
    installed = {path.name for path in lib.parent.parent.glob("nvidia/**/lib*.so*")}
    for name in sorted(needed - installed):
        stem = name.split(".so")[0]
        version = VERSION.get(stem, name)
        symbols = set(versioned[version])
        if prefix := UNVERSIONED.get(stem):
            symbols.update(s for s in bare if s.startswith(prefix))
        script = lib / "stand-in.map"
        script.write_text(f"{version} {{ global: *; }};\n")
        subprocess.run(
            ["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", lib / name, f"-Wl,-soname,{name}", f"-Wl,--version-script={script}"],
            input="".join(f"char {s}[64];\n" for s in sorted(symbols)),
            text=True,
            check=True,
        )
        script.unlink()


def prepare(folder: Path) -> Path:
    """The Python of the environment in `folder`, made if it is missing or its requirements have changed."""
    python = folder / "bin" / "python"
    requirements = HERE / "requirements.txt"
    stamp = folder / "requirements.txt"
    if stamp.exists() and stamp.read_text() == requirements.read_text():
        return python
    venv.create(folder, with_pip=True, clear=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", "-r", requirements], check=True)
    if platform.system() == "Linux":
        for lib in folder.glob("lib/python*/site-packages/torch/lib"):
            stand_ins(lib)
    subprocess.run([python, "-c", "import torch; torch.rand(2, 2) @ torch.rand(2, 2)"], check=True)
    stamp.write_text(requirements.read_text())
    return python


if __name__ == "__main__":
    print(prepare(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent.parent / "target" / "peers-venv"))
