import datetime as dt

import pytest

from predictor.services.learning.drift.weeks import Week


@pytest.mark.parametrize(
    ("moment", "monday", "name"),
    [
        ("2026-11-23T00:00:00+00:00", "2026-11-23", "2026-W48"),
        ("2026-11-29T23:59:59+00:00", "2026-11-23", "2026-W48"),
        ("2026-11-30T00:30:00+01:00", "2026-11-23", "2026-W48"),
        ("2027-01-03T12:00:00+00:00", "2026-12-28", "2026-W53"),
    ],
)
def test_a_week_is_from_monday_to_sunday_in_utc_and_is_counted_by_iso(moment, monday, name):
    week = Week.of(dt.datetime.fromisoformat(moment))
    assert (str(week.monday), str(week)) == (monday, name)
    assert week.start <= dt.datetime.fromisoformat(moment) < week.end


@pytest.mark.parametrize(
    ("monday", "dates"),
    [
        ("2026-11-23", "23 to 29 November 2026"),
        ("2026-11-30", "30 November to 6 December 2026"),
        ("2026-12-28", "28 December 2026 to 3 January 2027"),
    ],
)
def test_its_dates_say_month_and_year_once_where_they_are_the_same(monday, dates):
    assert Week(dt.date.fromisoformat(monday)).dates == dates


def test_the_week_before_ends_where_it_starts():
    week = Week(dt.date(2027, 1, 4))
    assert str(week.before()) == "2026-W53"
    assert week.before().end == week.start
    assert week.before(-1).before() == week
