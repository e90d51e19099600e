"""Copying published versions to another directory, as from an image to the volume that its instances share."""

from pathlib import Path

from predictor.ml import artifacts, champions, files
from predictor.ml.artifacts import SIDECAR, WEIGHTS
from predictor.ml.kinds import KINDS

Version = tuple[str, int]  # kind and number


def copy_versions(source: Path, root: Path) -> list[Version]:
    """Copy each kind's versions above the highest in `root`, one after another and each atomically; returns which.

    Versions in `root` stay as they are, but get their weights if they lack them and are the same as in `source`. The
    champions of `source` become those of `root` if it has none; otherwise they do not change.

    Raises:
        ArtifactError: the champions cannot be read or do not work.
        OSError: something could not be read or written; the versions before it are copied.
    """
    copied = []
    root.mkdir(parents=True, exist_ok=True)
    with artifacts.locked(root):
        for kind in KINDS:
            highest = max(artifacts.published_versions(root, kind), default=0)
            for version in artifacts.published_versions(source, kind):
                given, there = (artifacts.version_directory(place, kind, version) for place in (source, root))
                if version > highest:
                    artifacts.write(there, {path.name: path.read_bytes() for path in given.iterdir()})
                    copied.append((kind, version))
                elif there.exists():
                    _add_weights(given, there)
    if not champions.read_champions(root):
        champions.promote(root, champions.read_champions(source))
    return copied


def _add_weights(version: Path, there: Path) -> None:
    if not (version / WEIGHTS).exists() or (there / WEIGHTS).exists():
        return
    if (version / SIDECAR).read_bytes() == (there / SIDECAR).read_bytes():
        with files.replacing([there / WEIGHTS]) as (file,):
            file.write((version / WEIGHTS).read_bytes())
