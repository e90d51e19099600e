"""Files as other programs write them, made by chance from a seed, with what has to become of each of their rows."""

import csv
import gzip
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

import numpy as np

from predictor.ml import images
from tests.services.datasets.files import unpacked, zipped

Row = tuple[np.ndarray, int]  # levels, uint8 (28, 28), and the label
BAD_LABELS = ["7.5", "", "nan", "NaN", "10", "-1", "seven", "7;1", "٣", "True"]
BAD_LEVELS = ["256", "-1", "nan", "", "white", "1e5", "٣"]
LEFT_BEHIND = ["Thumbs.db", "desktop.ini", ".DS_Store", "._a.png", "Icon\r", "~$a.png", "a.png:Zone.Identifier"]
LEFT_BEHIND_AROUND = ["__MACOSX", "@eaDir", ".git", "$RECYCLE.BIN", ".ipynb_checkpoints"]


@dataclass
class Made:
    """A file; the rows that must come in; what each refusal must begin with; and whether nothing may come in at all."""

    path: Path
    layout: str
    kept: list[Row]
    refused: list[str] = field(default_factory=list)
    is_refused: bool = False


def make(seed: int, directory: Path, rows: Sequence[Row]) -> Made:
    """One of four formats, by the seed."""
    random = Random(seed)  # noqa: S311  the same files for ever
    chosen = random.sample(list(rows), random.randint(4, 9))
    if len({label for _, label in chosen}) < 3:  # of one class, nothing might tell its labels from its paper
        return make(seed + 1_000_000, directory, rows)
    return (_table, _folder, _archive, _idx)[seed % 4](random, directory, chosen)


# Tables.


def _pixel_names(random: Random) -> tuple[list[str], bool]:
    """Names row by row; and whether they can stand in any order, as they say which number is the row."""
    prefix, first = random.choice(["pixel", "Pixel_", "px", "p", "x", "V", "attr ", "", "pixel "]), random.randint(0, 1)
    grid = [(i, j) for i in range(first, first + 28) for j in range(first, first + 28)]
    return random.choice([
        ([f"{prefix}{i}" for i in range(first, first + 784)], True),
        ([f"{prefix}{i:03}" for i in range(first, first + 784)], True),
        ([f"{i}x{j}" for i, j in grid], False),
        ([f"pixel_{i}_{j}" for i, j in grid], False),
        ([f"r{i}c{j}" for i, j in grid], True),
        ([f"x{j}y{i}" for i, j in grid], True),
    ])  # fmt: skip


def _number(random: Random) -> tuple[Callable[[int], str], Callable[[int], str]]:
    """How a label is written, and how a level is."""
    plain, float_ = str, lambda n: f"{n}.0"
    return random.choice([
        (plain, plain), (plain, plain), (float_, float_), (float_, plain), (plain, lambda n: repr(n / 255)),
        (lambda n: f"{n:.18e}", lambda n: f"{n:.18e}"), (lambda n: f" {n} ", plain), (plain, lambda n: f"{n:4d}"),
    ])  # fmt: skip


def _table(random: Random, directory: Path, rows: list[Row]) -> Made:
    path = directory / "data.csv"
    delimiter = random.choice(",,,,;;\t|")
    of_label, of_level = _number(random)
    columns = [[of_label(label), *map(of_level, levels.ravel().tolist())] for levels, label in rows]
    made = Made(path, "csv", [])
    bad = {random.randrange(len(rows)): random.choice(["label", "level"]) for _ in range(random.randint(0, 1))}
    for place, kind in bad.items():
        columns[place][0 if kind == "label" else 400] = random.choice(BAD_LABELS if kind == "label" else BAD_LEVELS)
    names: list[str] | None
    match random.randrange(10):
        case 0:  # no names, and as everybody expects it
            names = None
        case 1:  # no names, and the label last
            names, made.is_refused = None, True
            columns = [[*row[1:], row[0]] for row in columns]
        case 2:  # pandas' and R's own names
            names = random.choice([[str(i) for i in range(785)], [f"V{i}" for i in range(1, 786)]])
        case _:
            names, columns, made.is_refused = _named(random, columns)
    content = _text(random, names, columns, delimiter)
    path.write_bytes(content)
    if not made.is_refused:
        first = 1 + (names is not None)
        made.kept = [row for i, row in enumerate(rows) if i not in bad]
        made.refused = [f"line {first + i}:" for i in bad]
    return made


def _named(random: Random, columns: list[list[str]]) -> tuple[list[str], list[list[str]], bool]:
    """With names, in some order, among others; and whether they cannot be understood."""
    label = random.choice(["label", "Label", " LABEL ", "class", "Class", "digit", "target", "y"])
    pixels, in_any_order = _pixel_names(random)
    table = dict(zip([label, *pixels], zip(*columns, strict=True), strict=True))
    n = len(columns)
    flaw = random.choice([None] * 8 + ["no label", "what is it", "lacking", "twice"])
    names = list(table)
    match flaw:
        case "no label":
            names.remove(label)
        case "what is it":
            table["what is it"] = table[label]
            names[0] = "what is it"
        case "lacking":
            names.pop(random.randint(1, 784))
    match random.randrange(4):
        case 0:
            names.sort()
        case 1:
            names = [*names[1:], names[0]]
        case 2 if in_any_order:
            random.shuffle(names)
    if flaw == "twice":
        names.insert(random.randrange(len(names)), names[400])
    for extra in random.sample(["id", "split", "prediction", "Unnamed: 0", "note"], random.randint(0, 2)):
        table[extra] = tuple(random.choice(["0", "7", "test", "a, b", 'say "7"']) for _ in range(n))
        names.insert(random.choice([0, len(names)]), extra)
    if random.random() < 0.3:
        table[""] = tuple(map(str, range(n)))
        names.insert(0, "")
    return names, [list(row) for row in zip(*(table[name] for name in names), strict=True)], flaw is not None


def _text(random: Random, names: list[str] | None, rows: list[list[str]], delimiter: str) -> bytes:
    out = io.StringIO()
    ends = random.choice(["\n", "\r\n", "\r"])
    quoting = random.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    if delimiter == ";" and random.random() < 0.5:
        rows = [[cell.replace(".", ",") if cell[:1].isdecimal() else cell for cell in row] for row in rows]
    csv.writer(out, delimiter=delimiter, lineterminator=ends, quoting=quoting).writerows(
        [names, *rows] if names else rows
    )
    text = out.getvalue() + random.choice(["", ends, ends * 3, delimiter * 3 + ends])
    return text.encode(random.choice(["utf-8", "utf-8-sig", "utf-16"]))


# Pictures.


def _folder(random: Random, directory: Path, rows: list[Row]) -> Made:
    packed = random.random() < 0.5
    made = Made(directory / ("data.zip" if packed else "data"), "imagefolder", [])
    within = random.choice(["", "", "train/", "a/b/"])
    in_directories, in_metadata = random.choice([(True, True), (True, False), (False, True)])
    files: dict[str, bytes] = {}
    lines: list[dict[str, Any]] = []
    for number, (levels, label) in enumerate(rows):
        name = f"{label if in_directories else 'all'}/{number:03}.png"
        fate = random.choice(["kept"] * 12 + ["deleted"] * 2 + ["mislabelled", "damaged"])
        content, facts = _picture(random, levels)
        facts["label"] = random.choice([label, str(label), float(label), f"{label}.0", f" {label} "])
        if fate == "mislabelled":
            facts["label"] = random.choice([f"{label}.5", "", float("nan"), "ten", True])
        if fate != "deleted":
            files[within + name] = content[:60] if fate == "damaged" else content
        lines.append({"file_name": name.replace("/", random.choice("///\\")), **facts})
        if fate == "kept" or (fate == "mislabelled" and not in_metadata):
            made.kept.append((levels, label))
        elif fate != "deleted" or in_metadata:
            made.refused.append(f"{within}{name}: ")
    if in_metadata:
        ends = random.choice(["\n", "\r\n", "\n\n"])
        text = ends.join([*map(json.dumps, lines), random.choice(["", ends])])
        files[f"{within}metadata.jsonl"] = text.encode(random.choice(["utf-8", "utf-8-sig", "utf-16"]))
    for name in random.sample(LEFT_BEHIND, random.randint(0, 3)):
        files[f"{within}{rows[0][1]}/{name}"] = b"\0\0\0\1Bud1"
    for name in random.sample(LEFT_BEHIND_AROUND, random.randint(0, 2)):
        files[f"{name}/3/a.png"] = random.choice([b"", images.to_png(rows[0][0])])
    (zipped if packed else unpacked)(made.path, files)
    return made


def _picture(random: Random, levels: np.ndarray) -> tuple[bytes, dict[str, Any]]:
    """As we export it, or as others have it: larger, or black on white."""
    if random.random() < 0.4:
        pixels = images.normalise(levels)
        return images.to_png(pixels), {"preprocessing": images.PREPROCESSING, "digest": images.digest(pixels)}
    return images.to_png(255 - levels if random.random() < 0.3 else levels), {}


# Arrays.


NPZ_NAMES: Final = [("pixels", "labels"), ("x_train", "y_train"), ("images", "labels"), ("X", "y"), ("data", "target")]


def _archive(random: Random, directory: Path, rows: list[Row]) -> Made:
    made = Made(directory / "data.npz", "npz", rows)
    pixels, labels = np.stack([levels for levels, _ in rows]), np.array([label for _, label in rows])
    n, names = (
        len(rows),
        random.choice([("pixels", "labels")] * 3 + [("x_train", "y_train"), ("images", "labels"), ("X", "y")]),
    )
    kind = random.choice(["u1", "u1", "i4", ">i2", "i8", "f4", "f8", "unit"])
    pixels = (pixels / 255).astype("f4") if kind == "unit" else pixels.astype(kind)
    labels = labels.astype(random.choice(["u1", "i4", "i8", "f4", "f8"]))
    if random.random() < 0.3:
        which = random.randrange(n)
        labels[which] = 7.5 if labels.dtype.kind == "f" else 12
        made.kept, made.refused = [*rows[:which], *rows[which + 1 :]], [f"{names[0]}.npy, image {which}: its label"]
    if kind not in {"u1", "unit"} and random.random() < 0.3:
        which = random.randrange(n)
        pixels[which, 14, 14] = 300
        made.kept = [row for row in made.kept if row is not rows[which]]
        made.refused = [
            *(each for each in made.refused if f" {which}:" not in each),
            f"{names[0]}.npy, image {which}: its",
        ]
    pixels = pixels.reshape(random.choice([(n, 28, 28), (n, 784), (n, 28, 28, 1), (n, 1, 28, 28)]))
    labels = labels.reshape(random.choice([(n,), (n,), (n, 1)]))
    arrays = dict(zip(names, (pixels, labels), strict=True)) | (
        {"index": np.arange(n)} if random.random() < 0.3 else {}
    )
    match random.randrange(8):
        case 0:
            del arrays[names[1]]
            made.is_refused = True
        case 1:
            arrays[names[1]] = labels[:-1]
            made.is_refused = True
        case 2:
            arrays[names[1]] = labels.astype("U3")
            made.is_refused = True
    (np.savez_compressed if random.random() < 0.5 else np.savez)(made.path, **arrays)
    return made


IDX_NAMES: Final = [
    ("{}-images-idx3-ubyte", "{}-labels-idx1-ubyte"),
    ("{}-images.idx3-ubyte", "{}-labels.idx1-ubyte"),
    ("{}_images", "{}_labels"),
    ("{}-Images-IDX3-ubyte.bin", "{}-Labels-IDX1-ubyte.bin"),
    ("x_{}.idx", "y_{}.idx"),
    ("{}-images-idx3-ubyte", "{}-labels.idx1-ubyte"),
]


def _idx(random: Random, directory: Path, rows: list[Row]) -> Made:
    made = Made(directory / "data", "idx", rows)
    cut = random.choice([len(rows), len(rows) // 2])
    parts = {"train": rows[:cut], "t10k": rows[cut:]} if cut < len(rows) else {"train": rows}
    unlabelled = random.choice(list(parts)) if random.random() < 0.2 else None
    files: dict[str, bytes] = {}
    for name, part in parts.items():
        spelt = [each.format(name) + random.choice(["", ".gz"]) for each in random.choice(IDX_NAMES)]
        for file, array in zip(spelt, zip(*part, strict=True), strict=True):
            content = _as_idx(np.array(array, np.uint8))
            files[file] = gzip.compress(content) if file.endswith(".gz") else content
        if name == unlabelled:
            del files[spelt[1]]
            made.is_refused = len(parts) == 1
            made.kept = [row for row in rows if not any(row is each for each in part)]
            made.refused = [f"{spelt[0]}: its labels"]
    for name in random.sample([*LEFT_BEHIND, "._train-images-idx3-ubyte", "README.txt"], random.randint(0, 3)):
        files[name] = b"\0\5\x16\7"
    unpacked(made.path, files)
    return made


def _as_idx(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + b"".join(side.to_bytes(4) for side in array.shape) + array.tobytes()
