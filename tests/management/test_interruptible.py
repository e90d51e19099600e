"""Commands that take long, ended by a signal: a sentence, an exit code, and nothing half done."""

import os
import signal

import pytest
from django.core.management import load_command_class

from predictor.management.interruptible import InterruptibleCommand
from predictor.ml import artifacts
from tests import ending

COMMANDS = ["crossvalidate", "evaluate", "export_dataset", "fetch_strokes", "import_dataset", "prune", "retrain"]
SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]

SLOW = """
import django, hashlib, os, sys, threading, time
os.environ["DJANGO_SETTINGS_MODULE"] = "mnistsite.settings"
django.setup()
from predictor.management.interruptible import InterruptibleCommand

def sleep(): time.sleep(1000)
def compute(): hashlib.pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)
def never_give_up():
    while True:
        try: time.sleep(1000)
        except BaseException: pass
def tidy_up():
    try:
        print("ready", flush=True)
        time.sleep(1000)
    finally: print("tidied up", flush=True)

class Command(InterruptibleCommand):
    requires_system_checks = []
    def handle(self, **options):
        print("ready", flush=True)
        globals()[sys.argv[1]]()

Command().run_from_argv(["manage.py", "slow"])
"""


@pytest.mark.parametrize("name", COMMANDS)
def test_all_commands_that_take_long_can_be_ended(name):
    assert isinstance(load_command_class("predictor", name), InterruptibleCommand)


@pytest.mark.parametrize(("number", "code"), SIGNALS)
@pytest.mark.parametrize("work", ["sleep", "compute", "never_give_up"])
def test_a_signal_ends_a_command_with_a_sentence_and_its_code_whatever_it_does(work, number, code):
    with ending.running(SLOW, work) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        _, said = process.communicate(timeout=ending.PATIENCE)
    assert process.returncode == code
    assert said == f"CommandError: Stopped by {number.name}.\n"


def test_a_command_tidies_up_even_if_the_signal_comes_twice():
    with ending.running(SLOW, "tidy_up") as process:
        for _ in range(2):
            assert process.stdout.readline() == "ready\n"
        for _ in range(2):
            process.send_signal(signal.SIGTERM)
        done, said = process.communicate(timeout=ending.PATIENCE)
    assert process.returncode == 143
    assert done == "tidied up\n"
    assert said == "CommandError: Stopped by SIGTERM.\n"


def test_afterwards_signals_do_what_they_did_before():
    before = [signal.getsignal(number) for number, _ in SIGNALS]

    class Quick(InterruptibleCommand):
        requires_system_checks = ()

        def handle(self, **options):
            assert [signal.getsignal(number) for number, _ in SIGNALS] != before

    Quick().run_from_argv(["manage.py", "quick"])
    assert [signal.getsignal(number) for number, _ in SIGNALS] == before


# A training whose two kinds never end.

TRAINING = """
import os, sys
from types import SimpleNamespace
os.environ["DJANGO_SETTINGS_MODULE"] = "mnistsite.settings"
import django
django.setup()
from django.core.management import execute_from_command_line
from predictor.services.learning import retrain
from predictor.training.evaluation import parallel
from tests import ending

retrain._data = lambda *_: ending.NoData()
retrain.promotions.synchronise = lambda: None  # no champion, about which it would complain
parallel._attempt = ending.endless_attempt
os.cpu_count = lambda: 2
execute_from_command_line(["manage.py", "retrain", "--kinds", "svm", "mlp", "--skip-checks"])
"""


def started(process) -> list[int]:
    """The processes of both kinds, once they compute."""
    found = []
    while len(found) < 2:
        line = process.stdout.readline()
        assert line, process.stderr.read()
        if "in process" in line:
            found.append(int(line.split("in process ")[1].split(":")[0]))
    return found


def is_free(root) -> bool:
    with artifacts.one_run(root):
        return True


@pytest.mark.parametrize("whom", [os.kill, os.killpg], ids=["the command", "its process group"])
@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_signal_ends_a_training_with_all_its_processes_and_nothing_is_published(number, code, whom, site):
    with ending.running(TRAINING, **site.variables) as process:
        children = started(process)
        whom(process.pid, number)
        _, said = process.communicate(timeout=ending.PATIENCE)
    assert process.returncode == code
    assert said == f"CommandError: Stopped by {number.name}.\n"
    ending.wait_until_gone(children)
    assert sorted(path.name for path in site.models_dir.iterdir()) == [".lock", ".run.lock"]
    assert is_free(site.models_dir)


def test_a_training_that_is_killed_takes_its_processes_with_it_and_leaves_no_traceback(site):
    with ending.running(TRAINING, **site.variables) as process:
        children = started(process)
        process.kill()
        ending.wait_until_gone(children)
        assert process.communicate()[1] == ""
    assert is_free(site.models_dir)


def test_the_next_training_sweeps_what_was_left(site):
    root = site.models_dir
    (root / "svm/.new-abc").mkdir(parents=True)
    (root / "svm/.new-abc/model.onnx").write_text("half")
    (root / ".champions.json.new").write_text("half")
    with ending.running(TRAINING, **site.variables) as process:
        started(process)
        assert sorted(path.name for path in root.iterdir()) == [".lock", ".run.lock", "svm"]
        assert list((root / "svm").iterdir()) == []


def test_ctrl_c_while_a_command_is_still_starting_is_a_sentence_too():
    program = "import os, runpy, signal, sys\n"
    program += "class Finder:\n"
    program += "    def find_spec(self, name, *_):\n"
    program += "        if name == 'mnistsite.settings': os.kill(os.getpid(), signal.SIGINT)\n"
    program += "sys.meta_path.insert(0, Finder())\n"
    program += "sys.argv = ['manage.py', 'check']\n"
    program += "runpy.run_path('manage.py', run_name='__main__')"
    with ending.running(program) as process:
        _, said = process.communicate(timeout=ending.PATIENCE)
    assert process.returncode == 130
    assert said == "Stopped by SIGINT.\n"
