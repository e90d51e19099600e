"""What is collected, and under which names."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("collected")


@pytest.fixture
def root(settings, collected: Path) -> Path:
    """All that the site serves; it is collected once."""
    settings.STATIC_ROOT = collected
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "mnistsite.storage.StaticStorage"}}
    call_command("collectstatic", "--noinput", verbosity=0)
    return collected


def test_the_imports_between_modules_are_hashed_too(root):
    main = root / staticfiles_storage.stored_name("js/main.js")
    seen, waiting = set(), [main]
    while waiting:
        module = waiting.pop()
        seen.add(module)
        for name in re.findall(r"from ['\"](\./[^'\"]+)['\"]", module.read_text()):
            assert re.search(r"\.[0-9a-f]{12}\.js$", name), f"{module.name} imports {name}"
            target = module.parent / name
            assert target.exists()
            if target not in seen:
                waiting.append(target)
    assert len(seen) > 3


def test_nothing_is_collected_that_nobody_is_served(root):
    assert finders.find("drf_spectacular_sidecar/redoc/bundles/redoc.standalone.js")
    assert finders.find("rest_framework/css/default.css")
    assert finders.find("drf_spectacular_sidecar/swagger-ui-dist/swagger-ui.css.map")
    names = [str(path.relative_to(root)) for path in root.rglob("*")]
    assert not [name for name in names if re.search(r"redoc|rest_framework|\.map\b", name)]


def test_a_file_may_name_a_source_map_that_is_not_collected(root):
    style = root / staticfiles_storage.stored_name("drf_spectacular_sidecar/swagger-ui-dist/swagger-ui.css")
    assert "sourceMappingURL=" in style.read_text()


def test_the_hashed_names_are_compressed_and_only_they(root):
    assert (root / f"{staticfiles_storage.stored_name('css/base.css')}.br").exists()
    assert (root / f"{staticfiles_storage.stored_name('css/base.css')}.gz").exists()
    assert (root / "css" / "base.css").exists()  # the page that says 500 names it so
    assert not list(root.glob("css/base.css.*"))


def test_no_compressed_form_of_an_older_file_stays_beside_a_plain_one(root):
    for suffix in ("br", "gz"):
        (root / "css" / f"base.css.{suffix}").write_bytes(b"old")
    call_command("collectstatic", "--noinput", verbosity=0)
    assert not list(root.glob("css/base.css.*"))


def test_a_browser_that_asks_for_an_icon_without_being_told_finds_one(client):
    response = client.get("/favicon.ico")
    assert response.status_code == 302
    assert response["Location"] == "/static/img/favicon.svg"
