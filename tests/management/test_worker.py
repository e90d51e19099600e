"""manage.py worker: it outlives its database."""

from tests import ending, workers
from tests.site import wait_for
from tests.workers import ask, has_ended, worker


def test_a_worker_waits_for_a_database_that_is_away(site):
    site.rows("ALTER TABLE predictor_trainingrun RENAME TO away")
    with worker(site) as process:
        wait_for(lambda: "The database is unavailable, to be asked again in" in workers.said(site))
        site.rows("ALTER TABLE away RENAME TO predictor_trainingrun")
        assert has_ended(site, ask(site, workers.QUICK))["state"] == "succeeded"
        process.terminate()
        assert process.wait(ending.PATIENCE) == 0, workers.said(site)
    assert "Traceback" not in workers.said(site)


def test_it_never_loads_tensorflow(site):
    program = (
        "import django, sys; django.setup(); import predictor.management.commands.worker as w; print(*sys.modules)"
    )
    with ending.running(program, **site.variables, DJANGO_SETTINGS_MODULE="mnistsite.settings") as process:
        loaded, said = process.communicate(timeout=ending.PATIENCE)
    assert "predictor.services.learning.background" in loaded.split(), said
    assert not {"tensorflow", "keras", "sklearn", "predictor.training"} & set(loaded.split())
