"""Twenty labelled drawings, two of them wrongly."""

from django.contrib.auth.models import Group, User
from django.utils import timezone

from predictor.ml import images, pictures
from predictor.models import Submission, Suspect
from predictor.services.reviewing import labels
from tests.mnist import digits

N, WRONG = 20, (3, 11)  # drawings, and those with a wrong label


def a_reviewer(name: str) -> User:
    user = User.objects.create_user(name, is_staff=True)
    user.groups.add(Group.objects.get(name="Reviewer"))
    return user


def label_of(i: int) -> int:
    return (digits(N)[i][1] + 3 * (i in WRONG)) % 10


def keep(content: bytes, label: int, by: User) -> Submission:
    pixels = images.normalise(pictures.decode(content))
    row = Submission.objects.create(
        source="api", request_id="r", image=content, pixels=pixels.tobytes(), digest=images.digest(pixels),
        preprocessing=images.PREPROCESSING,
    )  # fmt: skip
    labels.record(submission=row, value=str(label), by=by)
    return row


def twenty(by: User) -> list[Submission]:
    return [keep(content, label_of(i), by) for i, (content, _) in enumerate(digits(N))]


def a_suspect(rows: list[Submission]) -> Suspect:
    """A drawing with a wrong label."""
    return Suspect.objects.create(
        submission=rows[3], label=label_of(3), digit=digits(N)[3][1], confidence=0.98, created_at=timezone.now()
    )


def found() -> set[object]:
    return set(Suspect.objects.values_list("submission", flat=True))
