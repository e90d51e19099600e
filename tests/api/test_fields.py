"""A stroke's points are checked by a quick function, which must agree with a plain one."""

from hypothesis import given, settings
from hypothesis import strategies as st

from predictor.api import fields

edges = [fields.MAX_COORDINATE, -fields.MAX_COORDINATE, fields.MAX_MILLISECONDS, fields.MAX_MILLISECONDS + 1, 10**400]
values = st.one_of(
    st.sampled_from(edges), st.integers(), st.floats(), st.floats(-10_000, 10_000), st.booleans(), st.none(), st.text()
)
repeatable = settings(deadline=None, derandomize=True, database=None, max_examples=500)


def is_number(value, limit):
    return type(value) in {int, float} and abs(value) <= limit


def is_point(value):
    return (
        isinstance(value, list)
        and len(value) in {2, 3}
        and all(is_number(coordinate, fields.MAX_COORDINATE) for coordinate in value[:2])
        and all(is_number(moment, fields.MAX_MILLISECONDS) for moment in value[2:])
    )


@repeatable
@given(st.one_of(values, st.lists(values, max_size=4), st.lists(st.floats(-100, 100), min_size=2, max_size=3)))
def test_a_point_is_two_coordinates_and_perhaps_a_moment(value):
    assert fields._is_point(value) is is_point(value)
