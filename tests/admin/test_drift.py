"""The page on drift: who sees it, and what it says."""

import re

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from predictor.admin.drift import charts
from predictor.services.learning.drift.report import report
from predictor.services.learning.drift.weeks import Week
from tests.drift import NOW, WEEK, draw, past, said, strokes, tiny_this_week

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("models_dir")]  # without any champion
PAGE = reverse("admin:predictor_submission_drift")


@pytest.fixture
def changed():
    """A site on which this week's drawings are tiny, and claimed to be something else."""
    tiny_this_week({"claim": "3", "prediction": 3}, claim="5", prediction=3)


def test_it_says_in_its_heading_what_has_changed_and_what_to_do(admin_client, changed):
    page = admin_client.get(PAGE).content.decode()
    heading = re.search(r'<h2 id="heading">(.*?)</h2>', page)[1]
    assert heading.startswith("Something has changed this week (")
    assert "size" in heading
    assert "claims" in heading
    assert "label some hundreds of these drawings and retrain" in page
    assert '<section class="verdict raised"' in page


def test_each_figure_has_its_title_its_words_and_its_numbers_as_tables(admin_client, changed):
    page = admin_client.get(PAGE).content.decode()
    size = page[page.index('<section class="figure strong" aria-labelledby="size"') :]
    size = size[: size.index("</section>")]
    assert "different from the eight weeks before." in size
    assert "Training drawings have no size" in size
    assert size.count("<rect ") == 9
    assert '<th scope="row">below 20 %</th><td>100.0%</td><td>0.0%</td>' in size
    assert size.count("<table>") == 2
    assert len(re.findall(r'<th scope="row">\d{4}-W\d\d</th>', size)) == 12


def test_it_has_no_inline_style_or_script(admin_client, changed):
    page = admin_client.get(PAGE).content.decode()
    page = page[page.index('<div id="drift">') :]
    assert "style=" not in page
    assert "<script>" not in page
    assert "nan" not in page.lower()


def test_its_link_lists_the_drawings_of_that_week(admin_client, changed):
    page = admin_client.get(PAGE).content.decode()
    address = re.search(r'href="([^"]*created_at__gte[^"]*)"', page)[1].replace("&amp;", "&")
    assert "60 submissions" in admin_client.get(address).content.decode()


@pytest.mark.parametrize("weeks", ["12", "26"])
def test_more_weeks_can_be_shown(admin_client, weeks):
    page = admin_client.get(PAGE, {"weeks": weeks}).content.decode()
    rows = page[page.index('id="claims-title"') : page.index('id="accuracy-title"')]
    assert rows.count('<th scope="row">') == int(weeks)


@pytest.mark.parametrize("weeks", ["0", "13", "-1", "1e9", "<b>", "\0", ""])
def test_another_number_of_weeks_is_named_and_the_usual_one_shown(admin_client, weeks):
    page = admin_client.get(PAGE, {"weeks": weeks})
    assert page.status_code == 200
    assert "is not one of the choices; showing 12 weeks." in page.content.decode()
    assert "<b>”" not in page.content.decode()


def test_an_empty_site_has_a_page_too(admin_client):
    page = admin_client.get(PAGE).content.decode()
    assert "Too few drawings this week (0)" in page
    assert '<section class="verdict unknown"' in page


def test_it_is_for_staff_who_may_see_submissions(client, django_user_model):
    nobody = django_user_model.objects.create_user("nobody", is_staff=True)
    client.force_login(nobody)
    assert client.get(PAGE).status_code == 403
    assert "Drift" not in client.get(reverse("admin:index")).content.decode()
    nobody.groups.add(Group.objects.get(name="Reviewer"))
    assert client.get(PAGE).status_code == 200
    assert PAGE in client.get(reverse("admin:index")).content.decode()
    client.logout()
    assert client.get(PAGE).status_code == 302


def test_it_only_reads(admin_client):
    assert admin_client.post(PAGE).status_code == 405


# The charts.


def size_of(found):
    (figure,) = [each for each in found.figures if each.subject.name == "size"]
    return figure


def test_the_bars_of_a_week_stand_on_the_line_and_are_as_high_as_their_shares():
    past(60)
    draw(WEEK, 60, strokes=lambda i: strokes(0.25 if i % 3 else 0.55))
    found = charts.histogram(size_of(report(weeks=1, now=NOW)))
    assert [bar["height"] for bar in found["bars"]] == [0, 100, 0, 0, 50, 0, 0, 0, 0]
    assert all(bar["y"] + bar["height"] == charts.BASE for bar in found["bars"])
    assert found["training"] == ""
    assert found["earlier"].count(",") == 18
    assert [tick["words"] for tick in found["ticks"]] == ["20", "30", "40", "50", "60", "70", "80", "90"]


def test_a_trend_is_cut_where_there_were_too_few_drawings_and_ends_at_the_top():
    past(60)
    draw(WEEK, 60, strokes=strokes(0.05))
    found = charts.trend(size_of(report(weeks=9, now=NOW)))
    assert len(found["dots"]) == 8, "the first week has nothing before it"
    assert found["dots"][-1]["level"] == "strong"
    assert found["dots"][-1]["y"] == min(dot["y"] for dot in found["dots"]) < found["limits"][1]["y"]
    assert len(found["lines"]) == 1
    assert found["rows"][0]["index"] == "too few drawings"


def test_intervals_are_placed_within_the_chart():
    rows = [
        {"share": 0.9, "interval": (0.8, 0.95), "expected": 0.99},
        {"share": None, "interval": None, "expected": None},
    ]
    first, second = charts.intervals(rows)
    assert 0 < first["low"] < first["middle"] < first["high"] < first["mark"] < 100
    assert (second["low"], second["middle"], second["mark"]) == (None, None, None)
    assert charts.intervals([]) == []


def test_a_confidence_is_compared_for_each_champion_by_its_name(admin_client, models_dir):
    from predictor.ml.champions import promote
    from tests.ml import tiny

    tiny.publish(models_dir, "svm")
    promote(models_dir, {"svm": 1})
    draw(Week.of(timezone.now()), 60, answers=said(3, 0.9))
    page = admin_client.get(PAGE).content.decode()
    assert "Confidence of SVM, version 1" in page
    assert "No reference is recorded with SVM v1: only earlier weeks can be compared with." in page
