"""MNIST's training images and labels from the four IDX files that `svpg data fetch mnist` writes."""

from pathlib import Path

import numpy as np
import torch


class Unusable(Exception):
    """A file that cannot be used; the text says why, and how to mend it."""


def _idx(path: Path, dimensions: int) -> np.ndarray:
    """The bytes of an IDX file of unsigned bytes, in its own shape."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror}; fetch it with `cargo run --release -- data fetch mnist`")
    if len(raw) < 4 + 4 * dimensions or raw[:4] != bytes((0, 0, 8, dimensions)):
        raise Unusable(f"{path}: not an IDX file of bytes with {dimensions} dimensions; fetch it again")
    shape = np.frombuffer(raw, ">i4", dimensions, offset=4)
    body = np.frombuffer(raw, np.uint8, offset=4 + 4 * dimensions)
    if body.size != int(np.prod(shape)):
        raise Unusable(f"{path}: {body.size} bytes of data where its header promises {int(np.prod(shape))}; fetch it again")
    return body.reshape(shape)


def training(folder: Path) -> tuple[torch.Tensor, torch.Tensor]:
    """Images as float32 in [0, 1], (60000, 784), and labels as int64, (60000,)."""
    images = _idx(folder / "train-images-idx3-ubyte", 3)
    labels = _idx(folder / "train-labels-idx1-ubyte", 1)
    flat = torch.from_numpy(images.reshape(len(images), -1).astype(np.float32) / 255)
    return flat, torch.from_numpy(labels.astype(np.int64))


def batches(images: torch.Tensor, labels: torch.Tensor, size: int):
    """Batches in random order, for ever; each image once in every pass."""
    while True:
        order = torch.randperm(len(images))
        for start in range(0, len(images) - size + 1, size):
            chosen = order[start : start + size]
            yield images[chosen], labels[chosen]
