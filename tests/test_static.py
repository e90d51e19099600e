"""The modules of the page under their hashed names."""

import re
from pathlib import Path

from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command


def test_the_imports_between_modules_are_hashed_too(settings, tmp_path: Path):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "mnistsite.storage.StaticStorage"}}
    call_command("collectstatic", "--noinput", verbosity=0)
    main = tmp_path / staticfiles_storage.stored_name("js/main.js")
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


def test_a_browser_that_asks_for_an_icon_without_being_told_finds_one(client):
    response = client.get("/favicon.ico")
    assert response.status_code == 302
    assert response["Location"] == "/static/img/favicon.svg"
