"""Archives that are larger than a plain ZIP may be."""

import io
import zipfile

from predictor.services.datasets import zips
from tests.datasets import entries


def test_an_archive_may_have_more_entries_than_without_zip64(tmp_path):
    with zips.ZipWriter() as archive:
        content = [archive.add_stored(f"{i}.png", b"x") for i in range(65_536)]
        (tmp_path / "many.zip").write_bytes(b"".join([*content, *archive.finish()]))
    with zipfile.ZipFile(tmp_path / "many.zip") as found:
        assert len(found.namelist()) == 65_536
        assert found.read("65535.png") == b"x"


def test_an_archive_may_be_larger_than_4_gigabytes(tmp_path, monkeypatch):
    monkeypatch.setattr(zips, "ZIP64_BYTES", 100)
    with zips.ZipWriter() as archive, io.BytesIO() as aside:
        text = zips.Deflated(aside)
        text.write(b"text" * 1000)
        content = [archive.add_stored(name, bytes(60)) for name in "abc"]
        content += [*archive.add_deflated("d", text), archive.add_stored("e", b"e"), *archive.finish()]
    (tmp_path / "large.zip").write_bytes(b"".join(content))
    assert entries(tmp_path / "large.zip") == {
        "a": bytes(60),
        "b": bytes(60),
        "c": bytes(60),
        "d": b"text" * 1000,
        "e": b"e",
    }
