"""Stand-ins for the CUDA libraries of PyTorch: `stand_ins.py FOLDER`, the folder of an environment with torch.

PyPI's torch for Linux is built with CUDA, and its shared objects name CUDA's libraries as needed: three gigabytes for a
program that runs on the CPU. Only CUDA's runtime (2 MB) is called on import; the others are replaced by stand-ins: shared
objects of the right name and version that define the symbols and nothing behind them. Torch's CPU code is untouched. The linker's
ordinary checks stay in force, so a stand-in that lacks a symbol stops the import and does not give wrong figures.
"""

import platform
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

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


def prepare(folder: Path) -> None:
    """Writes the stand-ins of the environment in `folder`, where torch needs them."""
    if platform.system() == "Linux":
        for lib in folder.glob("lib/python*/site-packages/torch/lib"):
            stand_ins(lib)


if __name__ == "__main__":
    prepare(Path(sys.argv[1]))
