"""Runs of `manage.py retrain`, what teaches them and what they leave."""

import io
import shutil
from pathlib import Path

from django.core.management import call_command
from django.utils import timezone

from predictor.ml import artifacts, images, pictures
from predictor.ml.artifacts import Sidecar
from predictor.ml.champions import promote
from predictor.models import Submission
from predictor.services.learning import asked
from tests.conftest import SHIPPED


def retrain(*arguments: object, out: io.StringIO | None = None) -> str:
    out = out or io.StringIO()
    usual = ["--kinds", "svm", "svm", "--robustness", 50, "--epochs", 3]
    call_command("retrain", *map(str, [*usual, *arguments]), stdout=out)
    return out.getvalue()


def keep(content: bytes, label: int | None, **fields: object) -> Submission:
    pixels = images.normalise(pictures.decode(content))
    if label is not None:
        fields |= {"label": label, "review": "digit", "labelled_at": timezone.now()}
    return Submission.objects.create(
        source="api", request_id="r", image=content, pixels=pixels.tobytes(), digest=images.digest(pixels),
        preprocessing=images.PREPROCESSING, **fields,
    )  # fmt: skip


def sidecar_of(root: Path, version: int) -> Sidecar:
    return artifacts.read_sidecar(artifacts.version_directory(root, "svm", version))


def ship(root: Path, **versions: int) -> None:
    """Copy these shipped versions, by kind, and make them champions."""
    for kind, version in versions.items():
        shutil.copytree(SHIPPED / f"{kind}/v{version}", root / f"{kind}/v{version}")
    promote(root, versions)


def files(root: Path) -> dict[str, bytes]:
    """All that stands in a directory of models, but for locks and the count of runs."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and not path.name.endswith(".lock") and path.name != asked.NAME
    }
