"""Training runs in the admin: listed, started, watched, cancelled."""

import datetime as dt
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from predictor.admin.run_figures import chart, curve, differences
from predictor.ml.kinds import KINDS
from predictor.models import Promotion, TrainingRun, Worker
from predictor.services.learning import runs, workers
from predictor.services.learning.wording import NO_WORKER
from tests.mnist import digits
from tests.retraining import keep

pytestmark = pytest.mark.django_db
LIST = reverse("admin:predictor_trainingrun_changelist")
GIVEN = {"quick": "on", "base": "", "kinds": ["cnn", "mlp", "svm"], "promote": "auto"}
START = reverse("admin:predictor_trainingrun_start")
SCORE = {"n": 600, "misses": 12, "accuracy": 0.98, "interval95": [0.965, 0.989], "ece": 0.0123, "log_loss": 0.1}
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
)
REPORT = {
    "kinds": {
        "svm": {
            "challenger": {"misses": 12, "metrics": {"held_out": SCORE, "mnist_test": SCORE}},
            "champion": {
                "version": 1, "error": None, "misses": 20, "n": 600, "accuracy": 0.967, "interval95": [0.95, 0.978],
            },
            "version": 2,
            "promoted": True,
            "reason": "It missed 12 of 600 held-out images, champion v1 20.",
            "gate": {"conditions": [{"words": "held-out MNIST: -0.10 points, at most +0.30, n = 600: met"}]},
            "curves": [],
            "differences": {
                "wins": 31, "losses": 23, "both_wrong": 1,
                "drawings": [
                    {"picture": PIXEL, "label": 7, "champion": [1, 0.61], "challenger": [7, 0.934], "ours": True},
                    {"picture": PIXEL, "label": 2, "champion": [2, 0.88], "challenger": [3, 0.7], "ours": False},
                ],
            },
            "pictures": {},
        },
        "cnn": {
            "challenger": {"misses": 12, "metrics": {"held_out": SCORE}},
            "champion": None,
            "version": None,
            "promoted": False,
            "reason": "There was no champion.",
            "curves": [
                {"name": "cnn 1/2", "accuracy": [0.5, 0.9, 0.96], "loss": [1.5, 0.4, 0.2]},
                {"name": "cnn 2/2", "accuracy": [0.6, 0.92], "loss": [1.2, 0.3]},
            ],
            "differences": None,
            "pictures": {"confusion.png": PIXEL.partition(",")[2]},
        },
        "mlp": {"error": "No module named 'keras'"},
    },
    "suspects": 3,
    "exit": {"code": 0, "signal": None},
}  # fmt: skip


@pytest.fixture
def mary(django_user_model):
    user = django_user_model.objects.create_user("mary", is_staff=True)
    user.groups.add(Group.objects.get(name="Maintainer"))
    return user


@pytest.fixture
def maintainer(mary) -> Client:
    client = Client()
    client.force_login(mary)
    return client


@pytest.fixture
def looker(django_user_model) -> Client:
    """May see runs, and nothing else."""
    user = django_user_model.objects.create_user("looker", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_trainingrun"))
    client = Client()
    client.force_login(user)
    return client


def made(**fields) -> TrainingRun:
    return TrainingRun.objects.create(**{"parameters": {"kinds": ["svm"], "base": "mnist"}, "origin": "admin"} | fields)


def running(**fields) -> TrainingRun:
    now = timezone.now()
    return made(state="running", started_at=now, beat_at=now, **fields)


def address(run: TrainingRun, what: str = "change") -> str:
    return reverse(f"admin:predictor_trainingrun_{what}", args=[run.pk])


def html(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


# -- who may --


def test_visitors_are_sent_to_the_login(client):
    run = made()
    for url in (LIST, START, address(run), address(run, "cancel"), address(run, "state")):
        assert client.get(url).status_code == client.post(url).status_code == 302
    assert TrainingRun.objects.get().state == "queued"


def test_who_may_only_look_can_neither_start_nor_cancel(looker):
    run = made()
    assert "Start a run" not in html(looker.get(LIST))
    assert "Cancel…" not in html(looker.get(address(run)))
    assert looker.get(address(run, "state")).status_code == 200
    for url in (START, address(run, "cancel")):
        assert looker.get(url).status_code == looker.post(url).status_code == 403
    assert TrainingRun.objects.get().state == "queued"


def test_who_may_not_look_sees_nothing(client, django_user_model):
    client.force_login(django_user_model.objects.create_user("nobody", is_staff=True))
    run = made()
    for url in (LIST, address(run), address(run, "state"), START, address(run, "cancel")):
        assert client.get(url).status_code == 403


def test_starting_needs_the_csrf_token(mary):
    client = Client(enforce_csrf_checks=True)
    client.force_login(mary)
    assert client.post(START, {"base": "mnist", "kinds": "svm"}).status_code == 403
    assert not TrainingRun.objects.exists()


# -- the list --


def test_runs_are_listed_with_their_state_and_sentence(maintainer):
    made(state="failed", sentence="No labels.")
    page = html(maintainer.get(LIST))
    assert '<span class="state" data-state="failed">failed</span>' in page
    assert "No labels." in page
    assert f'href="{START}"' in page


def test_opening_the_list_finds_lost_runs(maintainer):
    run = running()
    TrainingRun.objects.update(beat_at=timezone.now() - dt.timedelta(minutes=1))
    assert "It gave no sign of life" in html(maintainer.get(LIST))
    run.refresh_from_db()
    assert run.state == "lost"


def test_the_review_desk_leads_to_it(maintainer):
    assert f'href="{START}"' in html(maintainer.get(reverse("admin:predictor_submission_queue")))


# -- start --


def test_the_page_says_what_a_run_will_do(maintainer):
    for content, label in digits(3):
        keep(content, label)
    start = timezone.now()
    parameters = {"base": "mnist", "kinds": ["cnn", "mlp", "svm"]}
    assert "No run of all kinds has succeeded here yet." in html(maintainer.get(START))
    for seconds, changed in ((754, {}), (181, {"quick": True, "base": None}), (60, {"kinds": ["svm"]})):
        times = {"started_at": start, "finished_at": start + dt.timedelta(seconds=seconds)}
        made(state="succeeded", parameters=parameters | changed, **times)
    page = html(maintainer.get(START))
    assert "<b>3</b> labelled drawings" in page
    assert "That is hardly enough" in page
    assert "The last run of all kinds took 12 min (full, mnist)." in page
    assert "The last run of all kinds took 3 min 1 s (quick, what the champions learned from)." in page
    assert '<option value="" selected>what the champions learned from</option>' in page
    assert page.count("checked") == len(KINDS) + 1
    assert re.search(r'value="on"[^>]* checked', page), "a quick run is suggested"


def test_kinds_have_their_titles(maintainer):
    report = {"kinds": {"svm": {"error": "No."}, "pen": {"error": "No."}}}
    page = html(maintainer.get(address(made(state="failed", report=report))))
    assert re.findall("<h3>(.+): failed</h3>", page) == ["Pen", "SVM"]
    boxes = re.findall(r'<label class="box"><input[^>]*> (\w+)</label>', html(maintainer.get(START)))
    assert boxes[:3] == ["CNN", "MLP", "SVM"]


def test_confirming_queues_a_run_and_its_page_says_so(maintainer, mary):
    given = {"quick": "off", "base": "mnist500", "kinds": ["svm", "cnn"], "promote": "never"}
    response = maintainer.post(START, given)
    run = TrainingRun.objects.get()
    assert response["Location"] == address(run)
    assert (run.state, run.by, run.origin) == ("queued", mary, "admin")
    assert run.parameters["kinds"] == ["svm", "cnn"]
    assert [run.parameters[name] for name in ("quick", "base", "promote")] == [False, "mnist500", "never"]
    assert NO_WORKER in html(maintainer.get(address(run)))
    workers.beat("one")
    assert "Waiting for the worker." in html(maintainer.get(address(run)))
    assert LogEntry.objects.get().change_message == "Started: svm, cnn on mnist500, full; never."


def test_the_button_starts_a_quick_run_of_all_kinds_that_the_gate_judges(maintainer):
    maintainer.post(START, GIVEN)
    parameters = TrainingRun.objects.get().parameters
    assert (parameters["quick"], parameters["base"], parameters["promote"]) == (True, None, "auto")
    assert parameters["kinds"] == ["cnn", "mlp", "svm"]


@pytest.mark.parametrize(
    "given",
    [{name: value} for name in ("quick", "base", "kinds", "promote") for value in ("x",)]
    + [{"kinds": []}, {"quick": ""}, {"promote": ""}],
)
def test_what_the_form_does_not_offer_starts_nothing(maintainer, given):
    assert "errorlist" in html(maintainer.post(START, GIVEN | given))
    assert not TrainingRun.objects.exists()


def test_while_a_run_is_under_way_none_can_be_started(maintainer):
    run = running()
    page = html(maintainer.get(START))
    assert f'<a href="{address(run)}">Run {run.pk}</a> is running.' in page
    assert '<button class="main" disabled>' in page
    response = maintainer.post(START, GIVEN, follow=True)
    assert response.redirect_chain == [(address(run), 302)]
    assert f"Run {run.pk} is running" in str(next(iter(response.context["messages"])))


@pytest.mark.parametrize("where", [LIST, START])
def test_it_is_said_beforehand_whether_a_worker_runs(maintainer, where):
    assert NO_WORKER in html(maintainer.get(where))
    workers.beat("one")
    assert "A worker is waiting for runs." in html(maintainer.get(where))
    running()
    assert "A worker is running." in html(maintainer.get(where))
    Worker.objects.update(beat_at=timezone.now() - dt.timedelta(seconds=workers.SILENCE + 1))
    assert NO_WORKER in html(maintainer.get(where))


# -- watch --


def test_the_state_is_told_as_json_for_the_script(maintainer):
    tasks = {
        "svm": {"done": 1, "total": 4, "seconds_left": 90},
        "cnn": {"done": 4, "total": 4, "seconds_left": 0, "accuracy": 0.98765},
    }
    progress = {"stage": "training", "tasks": tasks, "seconds_left": 90, "accuracy": {"cnn": 0.991}}
    run = running(progress=progress, log="a <line>")
    response = maintainer.get(address(run, "state"))
    found = response.json()
    assert "no-store" in response["Cache-Control"]
    assert (found["state"], found["ended"]) == ("running", False)
    assert found["sentence"] == "Training (svm): about 1 min 30 s left."
    assert found["tasks"] == [
        {"name": "cnn", "done": 4, "total": 4, "checked": "98.77% in validation", "left": "done"},
        {"name": "svm", "done": 1, "total": 4, "checked": "", "left": "about 1 min 30 s left"},
    ]
    assert found["accuracy"] == ["cnn: 99.10%"]
    assert found["log"] == "a <line>"


def test_without_scripts_the_page_of_a_running_run_shows_the_same_and_reloads_itself(maintainer):
    tasks = {"svm": {"done": 1, "total": 4, "seconds_left": 90}}
    run = running(progress={"stage": "training", "tasks": tasks, "seconds_left": 90}, log="a <line>")
    page = html(maintainer.get(address(run)))
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page
    assert '<progress max="4" value="1" aria-label="svm">' in page
    assert "a &lt;line&gt;" in page


def test_a_run_that_has_ended_shows_its_report_and_asks_no_more(maintainer, shipped):
    dataset = {
        "base": "mnist", "training": {"n": 57000, "digest": "a" * 64}, "held_out": {"n": 6000, "digest": "b" * 64},
        "submissions": ["x"], "labels": [1],
    }  # fmt: skip
    environment = {"revision": "c0ffee", "python": "3.11.2", "cores": 2, "libraries": {"numpy": "2.0"}}
    report = REPORT | {"kinds": {"svm": REPORT["kinds"]["svm"] | {"version": 1}, "mlp": REPORT["kinds"]["mlp"]}}
    run = made(state="failed", sentence="Promoted svm v1.", report=report, dataset=dataset, environment=environment)
    Promotion.objects.create(kind="svm", version=1, run=run)
    page = html(maintainer.get(address(run)))
    assert "runs/page.js" not in page
    assert "http-equiv" not in page
    for words in (
        "It missed 12 of 600 held-out images", "20 of 600", "98.00% (96.50–98.90%)",
        "No module named &#x27;keras&#x27;",
        "3 labels to check", "57,000 images, digest aaaaaaaaaaaa", "c0ffee", "numpy 2.0", "ended with code 0",
        "Confusion matrix of svm v1", "data:image/png;base64,iVBOR",
    ):  # fmt: skip
        assert words in page, words


def test_a_report_shows_learning_curves_and_the_drawings_on_which_the_two_differ(maintainer):
    page = " ".join(html(maintainer.get(address(made(state="succeeded", report=REPORT)))).split())
    for words in (
        "the mean of 2 members, and each of them. After the last of 3 checks: 96.00% right, log loss 0.2000",
        '<tr><th scope="row">2</th><td>91.00%</td><td>90.00% to 92.00%</td><td>0.3500</td></tr>',
        "They say different digits for 55 of 600 held-out images.",
        "Challenger right, champion wrong: <b>31</b>; the other way round: <b>23</b>; both wrong: <b>1</b>.",
        "Here are 2 of them, first those that were drawn on this site, then those on which the two differ most.",
        f'<img src="{PIXEL}" width="56" height="56" alt="">', "(this site)",
        "Confusion matrix of the cnn challenger",
    ):  # fmt: skip
        assert words in page, words
    assert page.count("<polyline") == 6, "two panels, each with two members and their mean"
    assert page.count(", right</span>") == 2
    assert "style=" not in page


def test_a_report_of_an_older_run_is_shown_without_what_it_does_not_know(maintainer):
    new = {"curves", "differences", "pictures"}
    old = {kind: {name: each[name] for name in each if name not in new} for kind, each in REPORT["kinds"].items()}
    page = html(maintainer.get(address(made(state="succeeded", report=REPORT | {"kinds": old}))))
    assert "It missed 12 of 600 held-out images" in page
    for words in ("Learning curve", "Where champion and challenger differ", "of the cnn challenger"):
        assert words not in page, words


def test_a_run_of_a_version_whose_files_are_gone_is_shown_without_pictures(maintainer, models_dir):
    page = html(maintainer.get(address(made(state="succeeded", report=REPORT))))
    assert "promoted, v2" in page
    assert "Confusion matrix of svm" not in page


@pytest.mark.parametrize("number", ["0", "x", "9" * 30, "9" * 5000, "٣"])
def test_a_run_that_is_not_there(maintainer, number):
    assert maintainer.get(f"{LIST}{number}/change/").status_code == 404


def test_a_chart_places_intervals_on_one_scale():
    challenger, champion = chart({"svm": REPORT["kinds"]["svm"]})["bars"]
    assert (challenger["label"], champion["label"]) == ("svm, challenger", "svm, champion")
    assert champion["low"] == 15
    assert challenger["high"] == 85
    assert champion["low"] < champion["middle"] < champion["high"] < challenger["high"]
    assert chart({}) is None


def test_a_curve_lies_in_its_box_and_its_mean_is_that_of_those_that_went_on():
    accuracy, loss = curve(REPORT["kinds"]["cnn"]["curves"])["panels"]
    assert (accuracy["low"], accuracy["high"]) == ("50.00%", "96.00%")
    assert accuracy["members"] == ["0.0,100.0 50.0,13.0 100.0,0.0", "0.0,78.3 50.0,8.7"]
    assert accuracy["mean"].endswith(" 100.0,0.0")
    assert (loss["low"], loss["high"]) == ("0.200", "1.500")
    assert curve([]) is None


def test_a_curve_of_one_network_has_one_line_even_if_nothing_changes():
    panels = curve([{"name": "mlp", "accuracy": [0.9], "loss": [0.3]}])["panels"]
    assert [(panel["mean"], panel["members"]) for panel in panels] == [("0.0,0.0", [])] * 2


def test_what_is_left_out_is_said():
    found, champion = REPORT["kinds"]["svm"]["differences"], REPORT["kinds"]["svm"]["champion"]
    assert not differences(found, champion)["all_shown"]
    assert differences(found | {"wins": 1, "losses": 1, "both_wrong": 0}, champion)["all_shown"]
    assert differences(None, champion) is None


# -- cancel --


def test_cancelling_asks_first(maintainer):
    run = running()
    assert "The champions stay" in html(maintainer.get(address(run, "cancel")))
    run.refresh_from_db()
    assert run.cancel_at is None


def test_a_queued_run_is_cancelled(maintainer):
    run = made()
    response = maintainer.post(address(run, "cancel"))
    assert response["Location"] == address(run)
    run.refresh_from_db()
    assert (run.state, run.sentence) == ("cancelled", "Cancelled by mary before it started.")
    assert LogEntry.objects.get().change_message == "Cancelled."


def test_a_running_run_is_asked_to_stop(maintainer, mary):
    run = running()
    page = maintainer.post(address(run, "cancel"), follow=True)
    assert "It is asked to stop." in [str(each) for each in page.context["messages"]]
    run.refresh_from_db()
    assert run.cancelled_by == mary


def test_a_run_that_has_ended_meanwhile_is_not_cancelled(maintainer):
    run = made(state="succeeded", sentence="Done.")
    assert "has ended: Done." in html(maintainer.get(address(run, "cancel")))
    page = maintainer.post(address(run, "cancel"), follow=True)
    assert f"Run {run.pk} is succeeded: Done." in [str(each) for each in page.context["messages"]]
    assert not LogEntry.objects.exists()


def test_nobody_adds_changes_or_deletes_a_run(admin_client):
    run = made(state="failed")
    assert admin_client.get(f"{LIST}add/").status_code == 403
    assert admin_client.post(f"{LIST}{run.pk}/delete/", {"post": "yes"}).status_code == 403
    admin_client.post(address(run), {"state": "succeeded"})
    run.refresh_from_db()
    assert run.state == "failed"


def test_tokens_are_made_in_the_admin(admin_client, mary):
    admin_client.post(reverse("admin:authtoken_tokenproxy_add"), {"user": mary.pk})
    assert runs.PERMISSION in mary.get_all_permissions()
    assert mary.auth_token.key
