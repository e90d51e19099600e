"""retrain and crossvalidate on a Dask cluster: who is asked, what is refused, and what is the same as here."""

import io
import socket
import sys

import pytest
from django.core.management import CommandError, call_command

from predictor.models import TrainingRun
from predictor.training.jobs import cluster as module
from tests import clusters, ending
from tests.retraining import files, sidecar_of


@pytest.fixture
def nobody(monkeypatch) -> str:
    """An address at which nobody answers, for long."""
    monkeypatch.setattr(module, "ANSWER", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"tcp://127.0.0.1:{server.getsockname()[1]}"


def command(name: str, *arguments: object) -> str:
    out = io.StringIO()
    call_command(name, *map(str, arguments), stdout=out)
    return out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_a_run_on_a_cluster_publishes_what_it_would_here(models_dir, quick, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "ANSWER", ending.PATIENCE)  # a busy machine is no cluster that does not answer
    given = ["--base", "mnist500", "--kinds", "svm", "--robustness", 10, "--epochs", 1]
    command("retrain", *given)
    with clusters.scheduler(tmp_path) as (address, _), clusters.workers(tmp_path, address, 1):
        said = command("retrain", *given, "--promote", "always", "--dask", address)
    assert f"Training on the Dask cluster at {address}; workers: 1." in said
    here, there = sidecar_of(models_dir, 1), sidecar_of(models_dir, 2)
    assert there.sha256 == here.sha256
    assert there.metrics == here.metrics
    assert [run.state for run in TrainingRun.objects.all()] == ["succeeded"] * 2
    assert f"Training on the Dask cluster at {address}" in TrainingRun.objects.latest("pk").log


def test_folds_on_a_cluster_are_announced_before_the_first_one(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "ANSWER", ending.PATIENCE)
    said = ending.Ending(lines=2)
    with (
        clusters.scheduler(tmp_path) as (address, _),
        clusters.workers(tmp_path, address, 1),
        pytest.raises(ending.Told),
    ):
        call_command("crossvalidate", "--dask", address, stdout=said)
    assert said.getvalue().splitlines() == [
        f"Training on the Dask cluster at {address}; workers: 1.",
        "svm: 10 folds, 1 at a time.",
    ]


@pytest.mark.django_db(transaction=True)
def test_a_run_without_its_scheduler_fails_before_anything_is_trained(models_dir, nobody):
    with pytest.raises(CommandError, match=f"^No Dask scheduler answers at {nobody} "):
        command("retrain", "--dask", nobody)
    run = TrainingRun.objects.get()
    assert run.state == "failed"
    assert run.sentence.startswith(f"No Dask scheduler answers at {nobody} ")
    assert files(models_dir) == {}


def test_folds_without_their_scheduler_are_refused(nobody):
    with pytest.raises(CommandError, match=f"^No Dask scheduler answers at {nobody} "):
        command("crossvalidate", "--dask", nobody)


def test_the_setting_names_the_cluster_unless_processes_here_are_asked_for(nobody, settings):
    settings.DASK = nobody
    with pytest.raises(CommandError, match=r"^No Dask scheduler answers at"):
        command("crossvalidate", "--folds", 2, "--epochs", 1)
    assert "over 2 folds" in command("crossvalidate", "--folds", 2, "--epochs", 1, "--processes", 1)


@pytest.mark.django_db(transaction=True)
def test_the_setting_is_for_runs_too_such_as_those_that_a_worker_starts(models_dir, nobody, settings):
    settings.DASK = nobody
    with pytest.raises(CommandError, match=r"^No Dask scheduler answers at"):
        command("retrain")


@pytest.mark.parametrize("name", ["retrain", "crossvalidate"])
@pytest.mark.parametrize("address", ["10.0.0.7:8786", "http://10.0.0.7:8786", "tcp://10.0.0.7"])
def test_what_is_no_address_is_refused(name, address):
    with pytest.raises(
        CommandError, match=r"argument --dask: .* must be the address of a Dask scheduler, such as tcp://"
    ):
        command(name, "--dask", address)


def test_it_is_either_a_cluster_or_processes_here():
    with pytest.raises(CommandError, match="argument --processes: not allowed with argument --dask"):
        command("crossvalidate", "--dask", "tcp://10.0.0.7:8786", "--processes", 2)


def test_without_dask_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(CommandError, match=r"^distributed is not installed: run `make setup-dask` first\.$"):
        command("crossvalidate", "--dask", "tcp://10.0.0.7:8786")
