"""`collectstatic` collects when something has changed, and only then."""

import os
import shutil
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest
from django.core.management import call_command

from mnistsite.management.commands import collectstatic


class Site:
    """Two files to collect, one of which names the other."""

    def __init__(self, settings, directory: Path) -> None:
        self.source, self.root = directory / "source", directory / "root"
        self.source.mkdir()
        self.page, self.parts = self.source / "page.js", self.source / "elements.js"
        self.page.write_text('import "./elements.js";\n')
        self.parts.write_text("export const ONE = 1;\n")
        settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
        settings.STATICFILES_DIRS = [self.source]
        settings.STATIC_ROOT = self.root
        settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "mnistsite.storage.StaticStorage"}}

    @property
    def manifest(self) -> Path:
        return self.root / "staticfiles.json"

    def collect(self, **options: object) -> bool:
        """Whether it collected: then the manifest is written anew."""
        before = self.manifest.stat().st_mtime_ns if self.manifest.exists() else None
        call_command("collectstatic", "--noinput", verbosity=0, **options)
        return self.manifest.stat().st_mtime_ns != before

    def collected(self) -> dict[str, bytes]:
        return {str(path.relative_to(self.root)): path.read_bytes() for path in self.root.rglob("*") if path.is_file()}


@pytest.fixture
def site(settings, tmp_path: Path) -> Site:
    site = Site(settings, tmp_path)
    assert site.collect()
    return site


def change(site: Site) -> None:
    """To another text of the same length and time."""
    status = site.parts.stat()
    site.parts.write_text("export const ONE = 2;\n")
    os.utime(site.parts, ns=(status.st_atime_ns, status.st_mtime_ns))


def add(site: Site) -> None:
    (site.source / "new.js").write_text("")


def delete(site: Site) -> None:
    site.page.unlink()


def rename(site: Site) -> None:
    site.page.rename(site.source / "other.js")


def lose_all(site: Site) -> None:
    shutil.rmtree(site.root)


def lose_the_manifest(site: Site) -> None:
    site.manifest.unlink()


def lose_one_of_the_collected(site: Site) -> None:
    next(site.root.glob("elements.*.js")).unlink()


def damage_one_of_the_collected(site: Site) -> None:
    next(site.root.glob("elements.*.js")).write_text("")


CHANGES = [change, add, delete, rename, lose_all, lose_the_manifest, lose_one_of_the_collected]


def test_it_does_nothing_when_nothing_has_changed(site):
    collected = site.collected()
    assert not site.collect()
    assert site.collected() == collected


@pytest.mark.parametrize("happens", [*CHANGES, damage_one_of_the_collected])
def test_it_notices_every_change_once(site, happens: Callable[[Site], None]):
    happens(site)
    assert site.collect()
    assert not site.collect()


@pytest.mark.parametrize("happens", CHANGES)
def test_it_leaves_what_it_would_in_an_empty_directory(site, happens: Callable[[Site], None]):
    happens(site)
    site.collect()
    collected = site.collected()
    shutil.rmtree(site.root)
    site.collect()
    afresh = site.collected()
    del afresh[collectstatic.STAMP]  # a file that was deleted since leaves what was collected for it
    assert afresh.items() <= collected.items()


def test_it_notices_another_place(settings, site):
    settings.STATIC_ROOT = site.root = site.root.with_name("elsewhere")
    assert site.collect()
    assert not site.collect()


def test_it_notices_another_version_of_what_compresses(monkeypatch, site):
    monkeypatch.setattr(collectstatic, "version", lambda name: metadata.version(name) + ".1")
    assert site.collect()
    assert not site.collect()


def test_it_notices_other_code(monkeypatch, site):
    monkeypatch.setattr(collectstatic, "storage", os)
    assert site.collect()
    assert not site.collect()


def test_it_notices_other_options(site):
    assert site.collect(ignore_patterns=["none"])
    assert site.collect()


def test_it_clears_when_told_to_though_nothing_has_changed(site):
    (site.root / "left.js").write_text("")
    assert site.collect(clear=True)
    assert "left.js" not in site.collected()
    assert not site.collect()


def test_it_collects_after_a_failure(site):
    site.page.write_text('import "./missing.js";\n')
    with pytest.raises(ValueError, match=r"missing\.js"):
        site.collect()
    site.page.write_text('import "./elements.js";\n')
    site.collect()
    assert not site.collect()
    assert site.collected()["page.js"] == site.page.read_bytes()
    assert site.collected().keys() > {"page.js", "elements.js", "staticfiles.json"}


def test_a_dry_run_writes_nothing(site):
    add(site)
    collected = site.collected()
    assert not site.collect(dry_run=True)
    assert site.collected() == collected
    assert site.collect()
