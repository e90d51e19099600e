"""What the web process does not import."""

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "mnistsite.settings"
from mnistsite.wsgi import application
from django.test import Client
from django.test.utils import setup_test_environment
setup_test_environment()
answer = Client().post("/api/predict/?store=false", open(sys.argv[1], "rb").read(), content_type="image/png")
assert answer.status_code == 200, answer.content
assert Client().get("/api/models/").status_code == 200
Client().get("/admin/login/")
print(*sorted({name.partition(".")[0] for name in sys.modules}))
print("predictor.training" in sys.modules)
"""


def test_it_answers_without_tensorflow_or_scikit_learn(tmp_path: Path):
    from tests import drawings

    picture = tmp_path / "three.png"
    picture.write_bytes(drawings.BLACK_ON_WHITE)
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(picture)],
        env=os.environ | {"DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}", "DEBUG": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    modules, training = run.stdout.splitlines()
    assert "onnxruntime" in modules.split()
    assert not {"tensorflow", "keras", "sklearn", "skl2onnx", "tf2onnx", "onnx", "scipy"} & set(modules.split())
    assert training == "False"
