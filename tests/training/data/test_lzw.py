"""`.Z` files, made here as UNIX `compress` makes them."""

import contextlib
import hashlib
from collections.abc import Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictor.training.data.lzw import CLEAR, LITERALS, NARROWEST, decompress

NUMBERS = b"".join(b"%5d%5d\n" % (i * i % 500, i * 7919 % 491) for i in range(20_000))
ANYTHING = st.binary(max_size=3000) | st.text("ab", max_size=3000).map(str.encode)


class Packer:
    """`compress`, after `put` of whose codes the reader's table is as long as `known`."""

    def __init__(self, widest: int, *, clears: bool) -> None:
        self.packed = bytearray([0x1F, 0x9D, widest | 0x80 * clears])
        self.widest = widest
        self.group: list[int] = []  # up to eight codes
        self.literals = len(LITERALS) + clears
        self.forget()

    def forget(self) -> None:
        self.table = {literal: code for code, literal in enumerate(LITERALS)}
        self.known = self.literals - 1
        self.width = NARROWEST

    def put(self, code: int) -> None:
        if self.known == 1 << self.width < 1 << self.widest:
            self.pad()
            self.width += 1
        self.group.append(code)
        self.known = min(self.known + 1, 1 << self.widest)
        if len(self.group) == 8:
            self.pad()

    def pad(self) -> None:
        self.write(self.width if self.group else 0)

    def write(self, size: int) -> None:
        bits = sum(code << i * self.width for i, code in enumerate(self.group))
        self.packed += bits.to_bytes(size, "little")
        self.group.clear()

    def learn(self, piece: bytes) -> None:
        code = self.literals - len(LITERALS) + len(self.table)
        if code < 1 << self.widest:
            self.table[piece] = code


def pack(content: bytes, widest: int = 16, *, clears: bool = True, clear_at: Collection[int] = ()) -> bytes:
    """Compress like `compress -b WIDEST`, clearing the table before the bytes `clear_at`, where that is possible."""
    packer = Packer(widest, clears=clears)
    prefix = b""
    for at, value in enumerate(content):
        if at in clear_at and len(prefix) == 1:
            packer.put(CLEAR)
            packer.pad()
            packer.forget()
        longer = prefix + bytes([value])
        if longer in packer.table:
            prefix = longer
            continue
        packer.put(packer.table[prefix])
        packer.learn(longer)
        prefix = bytes([value])
    if prefix:
        packer.put(packer.table[prefix])
    packer.write(-(-len(packer.group) * packer.width // 8))
    return bytes(packer.packed)


@pytest.mark.parametrize(
    ("content", "widest", "clear_at", "sha256"),
    [
        (NUMBERS, 16, (), "e6501b18c2c8f91bf667eb059c86cde2bebadfe8864c2cda8fdcbeb183f9b77a"),
        (NUMBERS, 12, (), "e414aabf82c8e376554aa72add0322595e99dac233b8f1fe40b0364751aea9b6"),
        (
            b"0" * 20_000 + bytes(range(256)) * 60,
            10,
            (30_934,),
            "5b16c801d2cf4af4f3790b1a7a743a123149d90fdc2e34434a83ee75a80cb50d",
        ),
    ],
    ids=["16 bits", "12 bits", "10 bits, cleared"],
)
def test_it_decompresses_what_the_program_compresses(content, widest, clear_at, sha256):
    """The SHA-256 is that of what `compress` 4.2.4.6 makes of it."""
    packed = pack(content, widest, clear_at=clear_at)
    assert hashlib.sha256(packed).hexdigest() == sha256
    assert decompress(packed, limit=len(content)) == content


@given(ANYTHING, st.integers(10, 16), st.booleans())
def test_compressed_bytes_are_decompressed(content, widest, clears):
    assert decompress(pack(content, widest, clears=clears), limit=len(content)) == content


@given(ANYTHING, st.integers(10, 16), st.sets(st.integers(0, 3000), max_size=40))
def test_the_table_may_be_cleared_anywhere(content, widest, clear_at):
    assert decompress(pack(content, widest, clear_at=clear_at), limit=len(content)) == content


@given(st.binary(max_size=300))
def test_any_bytes_are_decompressed_or_refused_with_a_reason(junk):
    for packed in (junk, b"\x1f\x9d\x90" + junk):
        with contextlib.suppress(ValueError):
            assert len(decompress(packed, limit=10_000)) <= 10_000


@pytest.mark.parametrize("kept", [3, 4, 100, 1000, -1])
def test_a_truncated_file_decompresses_to_the_beginning(kept):
    some = NUMBERS[:5000]
    unpacked = decompress(pack(some)[:kept], limit=len(some))
    assert len(unpacked) < len(some)
    assert some.startswith(unpacked)


@pytest.mark.parametrize(
    ("packed", "why"),
    [
        (b"", "not a file of UNIX compress"),
        (b"\x1f\x9d", "not a file of UNIX compress"),
        (b"<!DOCTYPE html>", "not a file of UNIX compress"),
        (b"\x1f\x8b\x08\x00", "not a file of UNIX compress"),
        (b"\x1f\x9d\x89a\x00", "up to 9 bits"),
        (b"\x1f\x9d\x91a\x00", "up to 17 bits"),
        (b"\x1f\x9d\x90" + (300).to_bytes(2, "little"), "code 300 of a table of 257"),
        (b"\x1f\x9d\x10" + (256).to_bytes(2, "little"), "code 256 of a table of 256"),
    ],
    ids=str,
)
def test_impossible_files_are_refused(packed, why):
    with pytest.raises(ValueError, match=why):
        decompress(packed, limit=1000)


def test_a_short_file_cannot_fill_the_memory():
    bomb = pack(bytes(100_000))
    assert len(bomb) < 1000
    with pytest.raises(ValueError, match="more than the limit"):
        decompress(bomb, limit=99_999)
