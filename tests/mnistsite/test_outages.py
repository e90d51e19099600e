"""What counts as an outage of the database, and how it is logged."""

import logging

import pytest
from django.db import (
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)
from django.db.transaction import TransactionManagementError

from mnistsite.database.outages import Reporter, is_outage
from mnistsite.logs import WithoutOutages


@pytest.mark.parametrize("kind", [DatabaseError, InterfaceError, InternalError, OperationalError, ProgrammingError])
def test_it_is_the_database(kind):
    assert is_outage(kind("could not"))


@pytest.mark.parametrize("kind", [DataError, IntegrityError, NotSupportedError, TransactionManagementError, ValueError])
def test_it_is_this_program(kind):
    assert not is_outage(kind("wrong"))
    assert not is_outage(None)


def test_a_hundred_failures_are_one_line(caplog):
    reporter = Reporter()
    for _ in range(100):
        reporter.report(OperationalError("server closed the connection\nunexpectedly"))
    (record,) = caplog.records
    assert record.getMessage() == (
        "The database is unavailable: OperationalError: server closed the connection unexpectedly"
    )
    assert record.exc_info is None


def test_the_next_line_counts_what_was_left_out(caplog):
    reporter = Reporter(pause=0)
    reporter._suppressed = 99
    reporter.report(OperationalError("full"))
    assert caplog.records[-1].getMessage().endswith("full (99 more since the last line)")


def test_djangos_traceback_of_an_outage_is_left_out_and_others_stay():
    def record(error):
        return logging.LogRecord("django.request", logging.ERROR, "", 0, "oh", (), (type(error), error, None))

    assert not WithoutOutages().filter(record(OperationalError("gone")))
    assert WithoutOutages().filter(record(ValueError("a bug")))
    assert WithoutOutages().filter(logging.LogRecord("django.request", logging.ERROR, "", 0, "oh", (), None))
