"""The queue, the grid and the progress of the review desk."""

import datetime as dt
import json
import re
import uuid

import pytest
from django.contrib.auth.models import Group, User
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from predictor.models import Label, Submission
from predictor.services.reviewing import desk as service
from predictor.services.reviewing import labels, progress, queue
from tests import drawings
from tests.drawings import ONE, SEVEN, THREE, base64_of, draw, encode

pytestmark = pytest.mark.django_db
QUEUE = reverse("admin:predictor_submission_queue")
SAVE = reverse("admin:predictor_submission_save")
GRID = reverse("admin:predictor_submission_grid")
LIST = reverse("admin:predictor_submission_changelist")
NOBODY = str(uuid.UUID(int=0))


@pytest.fixture
def rows(api) -> list[Submission]:
    for content in (drawings.BLACK_ON_WHITE, drawings.A_SEVEN, drawings.A_ONE):
        api.post("/api/predict/", {"image": base64_of(content)})
    return list(Submission.objects.order_by("created_at"))


@pytest.fixture
def sevens(api) -> list[Submission]:
    for pen in (14, 18, 22, 26):
        api.post("/api/predict/", {"image": base64_of(encode(draw(SEVEN, pen=pen)))})
    return list(Submission.objects.filter(prediction=7))


@pytest.fixture
def reviewer(django_user_model):
    """One who may label, and nothing else."""
    user = django_user_model.objects.create_user("labeller", is_staff=True)
    user.groups.add(Group.objects.get(name="Reviewer"))
    return user


@pytest.fixture
def desk(reviewer) -> Client:
    client = Client()
    client.force_login(reviewer)
    return client


@pytest.fixture
def colleague(django_user_model):
    return django_user_model.objects.create_superuser("colleague")


def many_in_doubt() -> None:
    """Unlike each other, as a queue with many looks to who opens it."""
    for number in range(8):
        pixels = bytes(784 // 8 * number) + b"\xff" * (784 // 8) + bytes(784 // 8 * (7 - number))
        Submission.objects.create(
            pixels=pixels, digest=str(number), image=b"", preprocessing=1, source="api", prediction=number, priority=1.5
        )


def save(client, *said, have=(), skip=()):
    body = {
        "labels": [{"id": str(pk), "value": value} for pk, value in said],
        "have": list(map(str, have)),
        "skip": list(map(str, skip)),
    }
    return client.post(SAVE, json.dumps(body), content_type="application/json")


def cards(response) -> list[str]:
    return [card["id"] for card in response.context["cards"]]


def fresh(row: Submission) -> Submission:
    return Submission.objects.get(pk=row.pk)


def words(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


# -- who may --


@pytest.mark.parametrize("url", [QUEUE, SAVE, GRID])
def test_visitors_are_sent_to_the_login(client, url):
    assert client.get(url).status_code == client.post(url).status_code == 302


@pytest.mark.parametrize("url", [QUEUE, SAVE, GRID])
def test_staff_who_may_not_label_are_refused(client, django_user_model, url):
    client.force_login(django_user_model.objects.create_user("looker", is_staff=True))
    assert client.get(url).status_code == client.post(url).status_code == 403


def test_a_request_without_the_csrf_token_is_refused(reviewer, rows):
    client = Client(enforce_csrf_checks=True)
    client.force_login(reviewer)
    assert save(client, (rows[0].pk, "7")).status_code == 403
    assert not Label.objects.filter(by=reviewer).exists()


def test_the_index_and_the_list_lead_to_the_desk(desk, rows):
    for page in (reverse("admin:index"), LIST):
        html = desk.get(page).content.decode()
        assert f'href="{QUEUE}"' in html
        assert f'href="{GRID}"' in html


def test_they_do_not_lead_there_who_may_not_label(client, django_user_model, rows):
    client.force_login(django_user_model.objects.create_user("looker", is_staff=True))
    assert QUEUE not in client.get(reverse("admin:index")).content.decode()


# -- the queue --


def test_the_queue_shows_a_drawing_with_all_that_is_known(desk, api):
    api.post("/api/predict/", {"image": base64_of(drawings.A_SEVEN), "prompt": 4})
    Submission.objects.update(claim="x", review="disputed")
    html = desk.get(QUEUE).content.decode()
    assert "All three say 7." in html
    assert '<dd data-fact="claim">not a digit</dd>' in html
    assert '<dd data-fact="prompt">a 4</dd>' in html
    assert '<span class="mark disputed" data-mark="disputed">' in html
    assert html.count('data-state="agrees"') == 3


def test_the_queue_hands_out_one_drawing_and_those_behind_it(desk, reviewer, rows):
    response = desk.get(QUEUE)
    assert set(cards(response)) == {str(row.pk) for row in rows}
    assert Submission.objects.filter(reserved_by=reviewer).count() == 3
    assert response.context["remaining"] == 3


def test_the_same_reviewer_gets_the_same_drawings_again(desk, rows):
    assert set(cards(desk.get(QUEUE))) == set(cards(desk.get(QUEUE)))


def test_two_reviewers_never_get_the_same(desk, admin_client, sevens, rows):
    first, second = cards(desk.get(QUEUE)), cards(admin_client.get(QUEUE))
    assert len(first) == service.LOOKAHEAD + 1
    assert len(second) == 3
    assert not set(first) & set(second)


@pytest.mark.parametrize("query", ["back=nonsense", f"back={NOBODY}", "back="])
def test_a_query_that_names_no_drawing_does_no_harm(desk, rows, query):
    assert len(cards(desk.get(f"{QUEUE}?{query}"))) == 3


def test_an_empty_queue_says_so_and_leads_on(desk):
    html = desk.get(QUEUE).content.decode()
    assert "Nothing left to label" in html
    assert LIST in html


def test_what_the_pen_said_is_shown_where_it_was_asked(desk, rows):
    rows[0].answers["pen"] = {"version": 1, "probabilities": [0.0] * 4 + [0.7] + [0.06] * 5}
    rows[0].save()
    response = desk.get(QUEUE)
    answers = {card["id"]: [answer["kind"] for answer in card["answers"]] for card in response.context["cards"]}
    assert answers.pop(str(rows[0].pk)) == ["cnn", "mlp", "svm", "pen"]
    assert list(answers.values()) == [["cnn", "mlp", "svm"]] * 2
    row = re.search(r'<tr data-kind="pen".*?</tr>', response.content.decode())[0]
    is_first = response.context["card"]["id"] == str(rows[0].pk)
    assert (" hidden>" in row) != is_first
    Submission.objects.exclude(pk=rows[0].pk).delete()
    row = re.search(r'<tr data-kind="pen".*?</tr>', desk.get(QUEUE).content.decode())[0]
    assert row == (
        '<tr data-kind="pen" data-state="differs"><th scope="row">Pen</th>'
        '<td class="digit">4</td><td class="sure">70 %</td></tr>'
    )


def test_a_drawing_that_no_model_answered_is_shown(desk, api, models_dir):
    api.post("/api/predict/", {"image": base64_of(drawings.A_ONE)})
    html = desk.get(QUEUE).content.decode()
    assert html.count("no answer") >= 3
    assert "No model could answer." in html


def test_of_an_imported_drawing_no_model_was_asked(desk, rows):
    Submission.objects.update(source="import", answers={}, prediction=None, verdict=None, agreement=None)
    assert "Imported: no model was asked." in desk.get(QUEUE).content.decode()


def test_opinions_are_hidden_from_the_start_where_that_was_chosen(desk, rows):
    assert "data-hides>" not in desk.get(QUEUE).content.decode()
    desk.cookies["review_hide"] = "1"
    assert "data-hides>" in desk.get(QUEUE).content.decode()


@pytest.mark.parametrize("counted_before", [False, True])
def test_the_page_costs_at_most_twelve_queries(desk, counted_before):
    many_in_doubt()
    if counted_before:
        desk.get(QUEUE)
        Submission.objects.update(reserved_by=None, reserved_until=None)
    with CaptureQueriesContext(connection) as captured:
        assert len(cards(desk.get(QUEUE))) == 4
    asked = [one["sql"] for one in captured if not one["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(asked) <= (10 if counted_before else 12), asked


# -- the form, without scripts --


@pytest.mark.parametrize(
    ("value", "outcome"), [("7", ("digit", 7)), ("0", ("digit", 0)), ("x", ("none", None)), ("u", ("unsure", None))]
)
def test_the_form_labels_and_goes_on(desk, reviewer, rows, value, outcome):
    response = desk.post(QUEUE, {"id": rows[0].pk, "value": value}, follow=True)
    row = fresh(rows[0])
    assert (row.review, row.label) == outcome
    assert row.labelled_by == reviewer
    assert str(row.pk) not in cards(response)


def test_the_form_skips(desk, rows):
    response = desk.post(QUEUE, {"id": rows[0].pk, "do": "skip"}, follow=True)
    assert cards(response)[-1] == str(rows[0].pk)
    response = desk.post(QUEUE, {"id": rows[1].pk, "do": "skip"}, follow=True)
    assert cards(response) == [str(rows[each].pk) for each in (2, 0, 1)]
    assert [card["marks"] for card in response.context["cards"]] == [[], ["skipped"], ["skipped"]]
    assert not Label.objects.exists()


def test_the_form_undoes_and_goes_back(desk, rows):
    desk.post(QUEUE, {"id": rows[1].pk, "value": "7"})
    response = desk.post(QUEUE, {"do": "undo"}, follow=True)
    assert cards(response)[0] == str(rows[1].pk)
    assert fresh(rows[1]).review == "waiting"
    assert words(response)[-1] == "Your last label was withdrawn."


def test_there_is_nothing_to_undo(desk, rows):
    assert words(desk.post(QUEUE, {"do": "undo"}, follow=True)) == ["There is nothing to undo."]


@pytest.mark.parametrize("fields", [{"value": "10"}, {"value": "seven"}, {"do": "delete"}, {"id": "7", "value": "7"}])
def test_the_form_refuses_what_is_no_label(desk, rows, fields):
    response = desk.post(QUEUE, {"id": rows[0].pk} | fields, follow=True)
    assert words(response) == ["A drawing cannot be labelled with that."]
    assert not Submission.objects.exclude(review="waiting").exists()


def test_the_form_says_that_a_drawing_is_gone(desk, rows):
    assert words(desk.post(QUEUE, {"id": NOBODY, "value": "7"}, follow=True)) == [f"Not saved: {service.GONE}"]


# -- what the script saves --


def test_a_label_is_saved_and_the_line_filled_up(desk, reviewer, rows, sevens):
    shown = cards(desk.get(QUEUE))
    answer = save(desk, (shown[0], "7"), have=shown[1:]).json()
    assert Submission.objects.get(pk=shown[0]).labelled_by == reviewer
    assert len(answer["items"]) == 1
    assert answer["items"][0]["id"] not in shown
    assert (answer["refused"], answer["lost"]) == ([], [])


def test_the_same_sent_twice_is_said_once(desk, rows):
    for _ in range(2):
        assert save(desk, (rows[0].pk, "7")).json()["refused"] == []
    assert Label.objects.count() == 1


def test_what_contradicts_and_is_sent_twice_is_said_once_and_may_be_said_again_on_the_desk(
    desk, reviewer, colleague, rows
):
    labels.record(submission=rows[0], value="7", by=colleague)
    for _ in range(2):
        save(desk, (rows[0].pk, "1"))
    assert (fresh(rows[0]).review, Label.objects.count()) == ("disputed", 2)
    labels.record(submission=rows[0], value="7", by=colleague)
    assert rows[0] in queue.reserve_next(by=reviewer, count=3)
    save(desk, (rows[0].pk, "1"))
    assert Label.objects.count() == 4


def test_what_somebody_labelled_meanwhile_is_lost_from_the_line(desk, colleague, rows):
    shown = cards(desk.get(QUEUE))
    labels.record(submission=Submission.objects.get(pk=shown[0]), value="7", by=colleague)
    assert save(desk, have=shown).json()["lost"] == shown[:1]
    assert Submission.objects.get(pk=shown[0]).reserved_by is None


def test_nothing_is_taken_back_that_was_never_said(desk, colleague, rows):
    (row,) = queue.reserve_next(by=colleague)
    assert save(desk, (row.pk, None)).json()["refused"] == []
    assert not Label.objects.exists()
    assert fresh(row).reserved_by == colleague


def test_the_line_is_dry_where_nothing_more_can_be_had(desk, rows, sevens):
    assert save(desk, have=[]).json()["dry"] is False
    shown = cards(desk.get(QUEUE))
    assert save(desk, have=shown).json()["dry"] is False
    others = [row.pk for row in (*rows, *sevens) if str(row.pk) not in shown]
    assert save(desk, have=shown[1:], skip=[shown[0], *others]).json()["dry"] is True


def test_near_copies_are_held_back_from_a_line_that_holds_the_like(desk, sevens, rows, monkeypatch):
    monkeypatch.setattr(queue, "RANDOM_SHARE", 0)
    shown = cards(desk.get(QUEUE))
    nearly = Submission.objects.get(pk=shown[0])
    pixels = bytearray(nearly.pixels)
    pixels[pixels.index(max(pixels))] -= 1
    copy = Submission.objects.create(
        pixels=bytes(pixels), digest="copy", image=b"", preprocessing=1, source="api", priority=nearly.priority + 1
    )
    answer = save(desk, (shown[-1], "7"), have=shown[:-1]).json()
    assert answer["items"]
    assert str(copy.pk) not in [one["id"] for one in answer["items"]]


def test_several_are_saved_at_once_and_the_last_word_counts(desk, rows):
    save(desk, (rows[0].pk, "7"), (rows[1].pk, "x"), (rows[0].pk, "3"))
    assert (fresh(rows[0]).label, fresh(rows[1]).review) == (3, "none")


def test_a_label_is_taken_back_and_the_drawing_is_the_reviewers_again(desk, reviewer, rows):
    save(desk, (rows[0].pk, "7"))
    answer = save(desk, (rows[0].pk, None), have=[rows[0].pk]).json()
    row = fresh(rows[0])
    assert (row.review, row.label, row.reserved_by) == ("waiting", None, reviewer)
    assert answer["lost"] == []


def test_what_is_skipped_or_at_hand_is_not_sent_again(desk, rows):
    answer = save(desk, have=[rows[0].pk], skip=[rows[1].pk]).json()
    assert [item["id"] for item in answer["items"]] == [str(rows[2].pk)]


def test_a_heartbeat_keeps_what_is_at_hand(desk, reviewer, rows):
    desk.get(QUEUE)
    soon = timezone.now() + dt.timedelta(seconds=5)
    Submission.objects.update(reserved_until=soon)
    save(desk, have=[row.pk for row in rows])
    assert Submission.objects.filter(reserved_by=reviewer, reserved_until__gt=soon).count() == 3


def test_what_somebody_else_has_by_now_is_lost(desk, colleague, rows):
    taken = queue.reserve_next(by=colleague, count=1)[0]
    answer = save(desk, have=[row.pk for row in rows]).json()
    assert answer["lost"] == [str(taken.pk)]


def test_an_unknown_drawing_is_refused_and_the_others_are_saved(desk, rows):
    answer = save(desk, (NOBODY, "7"), (rows[0].pk, "3")).json()
    assert answer["refused"] == [{"id": NOBODY, "detail": service.GONE}]
    assert fresh(rows[0]).label == 3


def test_what_is_on_somebody_elses_desk_is_refused(desk, colleague, rows):
    taken = queue.reserve_next(by=colleague, count=1)[0]
    answer = save(desk, (taken.pk, "7")).json()
    assert answer["refused"] == [{"id": str(taken.pk), "detail": service.TAKEN}]
    assert fresh(taken).review == "waiting"


def test_a_reservation_that_has_run_out_hinders_nobody(desk, colleague, rows):
    taken = queue.reserve_next(by=colleague, count=1)[0]
    Submission.objects.update(reserved_until=timezone.now() - dt.timedelta(seconds=1))
    assert save(desk, (taken.pk, "7")).json()["refused"] == []


@pytest.mark.parametrize(
    "body",
    [
        "",
        "nonsense",
        "7",
        "[]",
        "{}",
        '{"labels": [], "have": []}',
        '{"labels": [{"id": "7", "value": "7"}], "have": [], "skip": []}',
        f'{{"labels": [{{"id": "{NOBODY}", "value": "10"}}], "have": [], "skip": []}}',
        f'{{"labels": [{{"id": "{NOBODY}"}}], "have": [], "skip": []}}',
        json.dumps({"labels": [{"id": NOBODY, "value": "7"}] * 101, "have": [], "skip": []}),
        "[" * 200_000,
    ],
    ids=lambda body: body[:60],
)
def test_a_body_of_another_shape_is_refused(desk, body):
    response = desk.post(SAVE, body, content_type="application/json")
    assert response.status_code == 400
    assert response.json() == {"detail": "The request is not one that the queue sends."}


def test_nothing_is_saved_by_a_get(desk):
    assert desk.get(SAVE).status_code == 405


# -- the grid --


def test_the_grid_holds_what_is_read_alike_and_unlabelled(desk, rows, sevens):
    save(desk, (sevens[0].pk, "7"))
    response = desk.get(GRID, {"digit": 7})
    shown = {pk for pk, _ in response.context["tiles"]}
    assert shown == set(Submission.objects.filter(prediction=7, review="waiting").values_list("pk", flat=True))
    assert len(shown) == 4
    assert response.content.decode().count(" checked ") == 4


def test_the_surest_come_first(desk, sevens):
    Submission.objects.filter(pk=sevens[2].pk).update(priority=0.0)
    assert desk.get(GRID, {"digit": 7}).context["tiles"][0][0] == sevens[2].pk


def test_the_rest_is_labelled_in_one_go_and_what_was_taken_out_waits(desk, reviewer, sevens):
    *rest, wrong = sevens
    data = {"digit": 7, "ids": [row.pk for row in rest], "after": wrong.pk}
    response = desk.post(GRID, data, follow=True)
    assert words(response) == ["3 labelled 7."]
    assert Submission.objects.filter(label=7, labelled_by=reviewer).count() == 3
    assert fresh(wrong).review == "waiting"
    assert response.context["tiles"] == []
    assert "stays in the queue" in response.content.decode()


def test_behind_the_last_comes_the_next(desk, sevens, monkeypatch):
    monkeypatch.setattr(service, "GRID_SIZE", 2)
    first = desk.get(GRID, {"digit": 7})
    second = desk.get(GRID, {"digit": 7, "after": first.context["last"]})
    both = [pk for response in (first, second) for pk, _ in response.context["tiles"]]
    assert len(set(both)) == 4


def test_a_drawing_that_is_gone_ends_no_grid(desk, sevens):
    assert len(desk.get(GRID, {"digit": 7, "after": NOBODY}).context["tiles"]) == 4


def test_what_is_on_somebody_elses_desk_is_not_in_the_grid(desk, colleague, sevens):
    taken = queue.reserve_next(by=colleague, count=1)[0]
    assert taken.pk not in {pk for pk, _ in desk.get(GRID, {"digit": 7}).context["tiles"]}
    desk.post(GRID, {"digit": 7, "ids": [taken.pk]})
    assert fresh(taken).review == "waiting"


def test_only_what_is_read_so_is_labelled_so(desk, rows):
    desk.post(GRID, {"digit": 7, "ids": [row.pk for row in rows]})
    assert Submission.objects.filter(label=7).count() == 1


@pytest.mark.parametrize("data", [{"digit": 10}, {"digit": -1}, {"digit": "x"}, {"after": "x"}])
def test_there_is_no_such_grid(desk, data):
    assert desk.get(GRID, data).status_code == 404


def test_a_grid_does_not_mind_what_it_does_not_know(desk, sevens):
    assert desk.get(GRID, {"digit": 7, f"ids[{'1' * 5000}]": "x"}).status_code == 200


def test_more_than_a_grid_holds_are_not_taken(desk):
    ids = [str(uuid.uuid4()) for _ in range(service.GRID_SIZE + 1)]
    assert desk.post(GRID, {"digit": 7, "ids": ids}).status_code == 404


def test_a_grid_without_a_choice_labels_nothing(desk, sevens):
    desk.post(GRID, {"digit": 7})
    assert not Label.objects.exists()


def test_the_tabs_count_and_a_grid_that_was_labelled_is_counted_anew(desk, sevens):
    assert dict(desk.get(GRID).context["tabs"])[7] == 4
    response = desk.post(GRID, {"digit": 7, "ids": [sevens[0].pk]}, follow=True)
    assert dict(response.context["tabs"])[7] == 3
    labels.record(submission=sevens[1], value="7", by=User.objects.get())
    assert dict(desk.get(GRID).context["tabs"])[7] == 3
    assert dict(desk.get(GRID, {"digit": 7}).context["tabs"])[7] == 2


def test_a_full_grid_is_counted_as_what_it_shows_at_least(desk, sevens, monkeypatch):
    monkeypatch.setattr(service, "GRID_SIZE", 3)
    desk.get(GRID)
    Submission.objects.update(prediction=1)
    assert dict(desk.get(GRID, {"digit": 1}).context["tabs"])[1] == 3


# -- progress --


def counted() -> progress.Progress:
    caches["process"].clear()
    return progress.progress()


def test_progress_counts_by_class_and_outcome(rows, colleague, reviewer):
    labels.record(submission=rows[0], value="3", by=colleague)
    labels.record(submission=rows[1], value="x", by=colleague)
    labels.record(submission=rows[2], value="u", by=colleague)
    now = counted()
    assert (now.digits[3], sum(now.digits)) == (1, 1)
    assert now.others == {"disputed": 0, "unsure": 1, "none": 1}
    assert now.new == 1
    labels.record(submission=rows[0], value="8", by=reviewer)
    assert counted().others["disputed"] == 1


def test_labels_that_the_champions_learned_from_are_not_new(rows, colleague):
    Submission.objects.update(review="digit", label=3)
    long_ago = timezone.now() - dt.timedelta(days=3650)
    for row, when in ((rows[0], long_ago), (rows[1], timezone.now())):
        Label.objects.create(submission=row, value="3", source="reviewer", by=colleague, created_at=when)
    assert counted().new == 1


def test_what_was_labelled_before_and_is_only_said_again_is_not_new(rows, colleague):
    Submission.objects.update(review="digit", label=3)
    long_ago = timezone.now() - dt.timedelta(days=3650)
    for when in (long_ago, timezone.now()):
        Label.objects.create(submission=rows[0], value="3", source="reviewer", by=colleague, created_at=when)
    assert counted().new == 0


def test_claims_are_not_counted(api, rows):
    Label.objects.create(submission=rows[0], value="3", source="claim")
    assert counted().new == 0


def test_without_champions_every_label_is_new(rows, colleague, models_dir):
    labels.record(submission=rows[0], value="3", by=colleague)
    assert counted().new == 1


def given(new: int, digits: list[int]) -> progress.Progress:
    return progress.Progress(digits, {}, new)


def test_enough_are_fifty_new_ones_and_twenty_of_each():
    assert given(50, [20] * 10).is_enough
    assert not given(49, [20] * 10).is_enough
    assert not given(50, [20] * 9 + [19]).is_enough
    assert given(50, [20, 3, *[20] * 8]).missing == {1: 17}


def test_the_queue_says_what_is_missing(desk, rows, colleague):
    for row in rows:
        labels.record(submission=row, value="3", by=colleague)
    caches["process"].clear()
    html = desk.get(QUEUE).content.decode()
    assert "47 more to come to 50" in html
    assert "17 × 3" in html
    assert "Not yet." in html


def test_the_counts_are_looked_up_once_a_minute(rows, django_assert_num_queries):
    counted()
    with django_assert_num_queries(0):
        progress.progress()


@pytest.mark.parametrize("line", [ONE, THREE])
def test_the_picture_is_shown_as_it_was_sent(desk, api, line):
    content = encode(draw(line, pen=17))
    api.post("/api/predict/", {"image": base64_of(content)})
    assert f"data:image/png;base64,{base64_of(content)}" in desk.get(QUEUE).content.decode()
