"""MNIST's own format (http://yann.lecun.com/exdb/mnist/): a directory with images and their labels, gzipped or not.

    train-images-idx3-ubyte.gz  train-labels-idx1-ubyte.gz  dataset.json

The third file is ours: it says how the images were normalised, so that an import does not normalise them again.
"""

import gzip
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, Final, cast

from predictor.ml import files
from predictor.ml.images import PREPROCESSING, SIDE
from predictor.services.datasets import arrays, pairs
from predictor.services.datasets.arrays import Array
from predictor.services.datasets.rows import Picture, Refusal, Row
from predictor.services.datasets.zips import UNREADABLE
from predictor.training.errors import DatasetError

IMAGES, LABELS, ABOUT = FILES = ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "dataset.json")
BYTES: Final = b"\0\0\x08"
MAX_ABOUT: Final = 16 * 1024 * 1024  # bytes; ours have 50


def write(opened: Sequence[IO[bytes]], count: int, rows: Iterable[Row]) -> None:
    """Write `count` rows into the three files, in the order of their names above."""
    with ExitStack() as stack:
        images, labels = (stack.enter_context(_gzip(file)) for file in opened[:2])
        images.write(_head(count, SIDE, SIDE))
        labels.write(_head(count))
        for row in rows:
            images.write(row.pixels.tobytes())
            labels.write(bytes([int(row.label)]))
    opened[2].write(json.dumps({"preprocessing": PREPROCESSING, "images": count}).encode() + b"\n")


def read(path: Path) -> Iterator[Picture | Refusal]:
    """Read all pairs of a directory, such as MNIST's train and t10k. Images without labels are refused.

    Raises:
        DatasetError: there is no pair, or a file has another format.
    """
    present = pairs.find(path)
    preprocessing = _preprocessing(path / ABOUT)
    with ExitStack() as stack:
        found, refusals = [], []
        for each in present.images:
            images = _array(stack, each)
            try:
                labels = present.labels_of(each)
            except DatasetError as error:
                refusals.append(Refusal(images.name, str(error), count=images.shape[0] if images.shape else 1))
            else:
                found.append((images, _array(stack, labels)))
        if not found:
            raise DatasetError(f"{path}: {refusals[0].name}: {refusals[0].reason}")
        for pair in found:
            arrays.check(path, *pair)
        yield from refusals
        for pair in found:
            yield from arrays.pictures(*pair, preprocessing)


def _gzip(file: IO[bytes]) -> gzip.GzipFile:
    """Without a name and a time, so that the same drawings give the same file."""
    return gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=file, mtime=0)


def _head(*shape: int) -> bytes:
    return BYTES + bytes([len(shape)]) + b"".join(side.to_bytes(4) for side in shape)


def _preprocessing(about: Path) -> Any:
    try:
        return json.loads(files.read(about, MAX_ABOUT)).get("preprocessing")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        raise DatasetError(f"{about} is damaged: {error}") from error


def _array(stack: ExitStack, path: Path) -> Array:
    try:
        file: IO[bytes] = stack.enter_context(path.open("rb"))
        if file.peek(2)[:2] == b"\x1f\x8b":  # type: ignore[attr-defined]
            file = cast(IO[bytes], stack.enter_context(gzip.GzipFile(fileobj=file)))
        head = file.read(4)
        shape = tuple(int.from_bytes(file.read(4)) for _ in range(head[3])) if len(head) == 4 else ()
    except FileNotFoundError as error:
        raise DatasetError(f"{path} is missing.") from error
    except UNREADABLE as error:
        raise DatasetError(f"{path} is damaged: {error}") from error
    if head[:3] != BYTES:
        raise DatasetError(f"{path} is not an IDX file of bytes.")
    return Array(path.name, shape, file)
