"""Where a request ends, however its bytes arrive."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnistsite.server import incoming
from mnistsite.server.incoming import Incoming, TooLong

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST /api/predict/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nthree"


def taken(arriving: Incoming) -> tuple[bytes, bytes]:
    request_, rest = arriving.take()
    with request_:
        return request_.read(), rest


@pytest.mark.parametrize("request_", [GET, POST], ids=["GET", "POST"])
@given(cuts=st.lists(st.integers(0, len(POST)), max_size=6))
def test_a_request_in_pieces_is_complete_with_its_last_byte(request_, cuts):
    places = sorted({*(min(cut, len(request_) - 1) for cut in cuts), 0, len(request_) - 1})
    arriving = Incoming()
    for start, end in pairwise(places):
        arriving.feed(request_[start:end])
        assert not arriving.is_complete
    arriving.feed(request_[len(request_) - 1 :])
    assert arriving.is_complete
    assert taken(arriving) == (request_, b"")


def test_what_follows_a_request_is_kept_for_the_next():
    assert taken(Incoming(POST + GET)) == (POST, GET)
    assert taken(Incoming(GET + POST[:9])) == (GET, POST[:9])


@given(cuts=st.lists(st.integers(0, len(POST + GET)), max_size=6))
def test_a_long_body_lies_in_a_file_and_not_in_memory(cuts):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(incoming, "MAX_IN_MEMORY", 4)
        arriving = Incoming()
        for start, end in pairwise(sorted({*cuts, 0, len(POST + GET)})):
            arriving.feed((POST + GET)[start:end])
            assert arriving.is_complete == (end >= len(POST))
    assert arriving.spooled == len(POST)
    assert arriving.size == len(GET)
    assert not arriving.is_empty
    assert taken(arriving) == (POST, GET)


@pytest.mark.parametrize("name", [b"Content-Length", b"content-length", b"CONTENT-LENGTH"])
def test_the_length_is_found_in_any_spelling(name):
    head = b"POST / HTTP/1.1\r\n" + name + b":\t 3 \r\n\r\n"
    assert not Incoming(head + b"ab").is_complete
    assert Incoming(head + b"abc").is_complete


@pytest.mark.parametrize(
    "line", [b"Content-Length: -3", b"Content-Length: 3x", b"Content-Length:", b"X-Content-Length: 3"]
)
def test_a_length_that_is_none_is_left_to_the_parser(line):
    assert Incoming(b"POST / HTTP/1.1\r\n" + line + b"\r\n\r\n").is_complete


def test_of_two_lengths_the_longer_is_waited_for():
    head = b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 3\r\n\r\n"
    assert not Incoming(head + b"ab").is_complete
    assert Incoming(head + b"abc").is_complete


def test_a_chunked_body_is_not_waited_for_and_ends_the_connection():
    arriving = Incoming(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nthr")
    assert arriving.is_complete
    assert arriving.closes
    assert arriving.take()[1] == b""


def test_a_long_body_is_discarded_and_its_end_waited_for(monkeypatch):
    monkeypatch.setattr(incoming, "MAX_BODY", 10)
    head = b"POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\n"
    arriving = Incoming(head + b"x" * 60)
    assert not arriving.is_complete
    arriving.feed(b"x" * 30)
    assert arriving.size == len(head) + 60
    assert not arriving.is_complete
    arriving.feed(b"x" * 10)
    assert arriving.is_complete
    assert arriving.closes
    assert taken(arriving) == (head, b"")


def test_a_body_without_measure_is_answered_at_once(monkeypatch):
    monkeypatch.setattr(incoming, "MAX_DISCARDED", 10)
    monkeypatch.setattr(incoming, "MAX_BODY", 5)
    arriving = Incoming(b"POST / HTTP/1.1\r\nContent-Length: 999999999999999999\r\n\r\nx")
    assert arriving.is_complete
    assert arriving.closes


def test_who_expects_to_be_told_to_continue_has_sent_no_body():
    head = b"POST / HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
    assert Incoming(head).expects
    assert not Incoming(head + b"a").expects
    assert not Incoming(POST).expects


@pytest.mark.parametrize("end", [b"", b"\r\n\r\n"])
def test_a_head_without_end_is_refused(end):
    arriving = Incoming(b"GET / HTTP/1.1\r\n")
    with pytest.raises(TooLong):
        arriving.feed(b"X: " + b"x" * incoming.MAX_HEAD + end)


@pytest.mark.parametrize("limit", ["SILENCE", "DURATION"])
def test_it_is_overdue_after_a_silence_or_after_long(monkeypatch, limit):
    arriving = Incoming(b"GET / ")
    assert not arriving.is_overdue
    monkeypatch.setattr(incoming, limit, -1.0)
    assert arriving.is_overdue
