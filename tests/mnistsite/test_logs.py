"""A record of the log as a line of JSON."""

import json
import logging
import sys

from mnistsite.logs import JSONFormatter


def line(**attributes: object) -> str:
    record = logging.LogRecord("some.logger", logging.WARNING, __file__, 1, "%s said %r", ("somebody", "a\nb"), None)
    record.created = 1_700_000_000.1234
    vars(record).update(attributes)
    return JSONFormatter().format(record)


def test_it_says_when_how_bad_who_and_what():
    assert json.loads(line()) == {
        "time": "2023-11-14T22:13:20.123+00:00",
        "level": "WARNING",
        "logger": "some.logger",
        "message": "somebody said 'a\\nb'",
    }


def test_it_has_the_requests_id_if_it_belongs_to_one():
    assert json.loads(line(request_id="abc"))["request_id"] == "abc"
    assert "request_id" not in json.loads(line(request_id="-"))


def test_a_traceback_stays_in_the_line():
    try:
        raise ArithmeticError("a digit\ntoo many")
    except ArithmeticError:
        said = line(exc_info=sys.exc_info())
    assert "\n" not in said
    assert "ArithmeticError: a digit\ntoo many" in json.loads(said)["traceback"]


def test_what_json_cannot_say_is_said_in_words():
    said = line(fields={"path": {1}, "surrogate": "\udcff", "separator": "\u2028"})
    assert said.isascii()
    assert json.loads(said)["path"] == "{1}"
