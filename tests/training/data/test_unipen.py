"""UCI's original files of pen digits, on a few digits made here."""

import json
import zipfile
from io import BytesIO

import pytest

from predictor.training.data import unipen
from predictor.training.data.strokes import read_strokes
from predictor.training.data.unipen import BOX, PARTS, Part, convert, digest, parse
from predictor.training.errors import DatasetError
from tests.training.data.test_lzw import pack

HEAD = '.INCLUDE dene.doc\n.LEXICON "0" "1" "2" "3" "4" "5" "6" "7" "8" "9"\n.HIERARCHY DIGIT\n\n'
SEVEN = """.SEGMENT DIGIT 0-1 ? "7"
.COMMENT 7  19  234
.PEN_DOWN
  272  350
  268  356
  268  356
.PEN_UP
.DT 100
.PEN_DOWN
    0  500
.PEN_UP
.DT 100

"""
ONE = """.SEGMENT DIGIT 2 ? "1"
.COMMENT 1  3  9
.PEN_DOWN
  100  400
  500  0
.PEN_UP
.DT 100

"""
TEXT = HEAD + SEVEN + ONE
ROWS = [
    {
        "label": 7,
        "writer": "tra-19",
        "strokes": [[[272, 150], [268, 144], [268, 144]], [[0, 0]]],
        "id": "pendigits-tra-19-234",
    },
    {"label": 1, "writer": "tra-3", "strokes": [[[100, 100], [500, 500]]], "id": "pendigits-tra-3-9"},
]


def parsed(text: str, writers: str = "tra") -> list[str]:
    return parse(text.encode(), "orig", writers)


@pytest.fixture
def parts(monkeypatch):
    """Two small files in place of the published ones."""
    few = (
        Part("tra", "train.jsonl.gz", digest(parsed(TEXT))),
        Part("tes", "test.jsonl.gz", digest(parsed(HEAD + SEVEN, "tes"))),
    )
    monkeypatch.setattr(unipen, "PARTS", few)
    return few


@pytest.fixture
def originals(tmp_path, parts):
    """A directory like UCI's, one file unpacked."""
    (tmp_path / "pendigits-orig.tra.Z").write_bytes(pack(TEXT.encode()))
    (tmp_path / "pendigits-orig.tes").write_text(HEAD + SEVEN)
    return tmp_path


def test_digits_become_lines_of_strokes_with_y_down():
    lines = parsed(TEXT)
    assert [json.loads(line) for line in lines] == ROWS
    assert lines[1] == (
        '{"label":1,"writer":"tra-3","strokes":[[[100,100],[500,500]]],"id":"pendigits-tra-3-9"}'
    )  # the form that the digests are of


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("\n", "\r\n"),
        TEXT.replace("\n\n", "\n").rstrip(),
        TEXT.replace("  ", "\t"),
        TEXT.replace(HEAD, ""),
        TEXT.replace(HEAD, " .COMMENT anything at all\n.VERSION 1.0\n"),
    ],
    ids=["carriage returns", "no blank lines", "tabs", "no head", "another head"],
)
def test_the_layout_does_not_matter(text):
    assert parsed(text) == parsed(TEXT)


def test_the_lines_make_a_file_of_strokes(tmp_path):
    path = tmp_path / "strokes"
    path.write_text("\n".join(parsed(TEXT)))
    (seven, one) = read_strokes(path)
    assert (seven.label, seven.writer, len(seven.lines)) == (7, "tra-19", 2)
    assert (one.lines[0] * BOX).tolist() == ROWS[1]["strokes"][0]


def test_the_digest_depends_on_every_digit_but_not_on_their_order():
    lines = parsed(TEXT)
    assert digest(lines) == digest(lines[::-1])
    others = [lines[:1], lines + lines[:1], parsed(TEXT.replace("400", "401")), parsed(TEXT, "tes")]
    assert len({digest(each) for each in [lines, *others]}) == 5


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('"7"', '"a"', "line 1: 'a' is not a digit"),
        ('"7"', '"17"', "line 1: '17' is not a digit"),
        ("DIGIT 0-1", "WORD 0-1", "line 1: .* is not the segment of a digit"),
        (".COMMENT 7  19  234", ".COMMENT 7  19", "line 2: .* are not a label, a writer and a number"),
        (".COMMENT 7  19  234", ".COMMENT 7  19  x", "line 2: .* are not a label, a writer and a number"),
        (".COMMENT 7", ".COMMENT 9", "line 2: the comment says 9, the segment 7"),
        (".COMMENT 7  19  234\n", "", "line 13: the digit that ends here has no .COMMENT"),
        ("DIGIT 0-1", "DIGIT 0-2", "line 14: the digit that ends here has 2 of its 3 strokes"),
        (ONE, '.SEGMENT DIGIT 2 ? "1"\n.COMMENT 1 3 9\n', "line 15: the digit that ends here has 0 of its 1 strokes"),
        (ONE, '.SEGMENT DIGIT 2 ? "1"\n4 5\n', "line 15: '4 5' is not a point of a stroke"),
        ("  268  356\n  268  356\n.PEN_UP\n", "", "line 6: .PEN_DOWN is out of place"),
        ("  272  350\n  268  356\n  268  356\n", "", "line 4: .PEN_UP is out of place"),
        ("  500  0\n.PEN_UP\n.DT 100\n", "", "line 18: the digit that ends here leaves the pen down"),
        (".PEN_DOWN\n", "", "line 3: '272  350' is not a point of a stroke"),
        ("272  350", "272", "line 4: '272' is not a point"),
        ("272  350", "272  350  17", "line 4: .* is not a point"),
        ("272  350", "272  -1", "line 4: .* is not a point"),
        ("272  350", "27é  350", "line 4: .* is not a point"),
        ("272  350", "272  501", "line 4: .* lies outside the box"),
        (SEVEN, "<!DOCTYPE html>\n", "line 1: '<!DOCTYPE html>' is not a point of a stroke"),
        (SEVEN, ".PEN_DOWN\n", "line 1: .PEN_DOWN is out of place"),
        (SEVEN + ONE, HEAD, "holds no digit"),
        (SEVEN + ONE, "", "holds no digit"),
    ],
)
def test_a_wrong_line_is_named(old, new, what):
    assert old in SEVEN + ONE
    with pytest.raises(DatasetError, match=f"^orig(, | ){what}"):
        parsed((SEVEN + ONE).replace(old, new, 1))


def test_a_directory_is_converted_compressed_or_not(originals):
    assert convert(originals, "here") == {"train.jsonl.gz": parsed(TEXT), "test.jsonl.gz": parsed(HEAD + SEVEN, "tes")}


@pytest.mark.parametrize("opened", [True, False])
def test_an_archive_is_converted(originals, opened):
    path = originals / "uci.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for part in unipen.PARTS:
            (file,) = originals.glob(f"{part.original}*")
            archive.write(file, file.name)
    converted = convert(BytesIO(path.read_bytes()) if opened else path, "uci")
    assert converted == convert(originals, "here")


def test_other_digits_than_the_published_are_refused(originals):
    path = originals / "pendigits-orig.tes"
    path.write_text(path.read_text().replace("350", "351"))
    with pytest.raises(DatasetError, match=r"^here: pendigits-orig\.tes does not hold the published digits"):
        convert(originals, "here")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (pack(TEXT.encode())[:-20], "line [0-9]+: "),
        (pack(TEXT.encode())[:9] + b"\xff" * 20, "is damaged: at bit [0-9]+, code [0-9]+"),
        (b"<!DOCTYPE html>", "line 1: '<!DOCTYPE html>'"),
        (pack(TEXT.encode() + b"\n" * 60_000), "is damaged: it decompresses to more than the limit"),
        (TEXT.encode() + b"\n" * 60_000, "is too long"),
        (b"", "holds no digit"),
    ],
    ids=["cut short", "damaged", "html", "bomb", "long", "empty"],
)
def test_a_wrong_file_is_named(originals, monkeypatch, content, what):
    monkeypatch.setattr(unipen, "LIMIT", 50_000)
    (originals / "pendigits-orig.tra.Z").write_bytes(content)
    with pytest.raises(DatasetError, match=rf"^here: pendigits-orig\.tra\.Z(, | ){what}"):
        convert(originals, "here")


def test_a_missing_file_directory_or_archive_is_named(originals):
    (originals / "pendigits-orig.tes").unlink()
    with pytest.raises(DatasetError, match=r"^here holds neither pendigits-orig\.tes\.Z nor pendigits-orig\.tes\."):
        convert(originals, "here")
    with pytest.raises(DatasetError, match=r"^nowhere is missing"):
        convert(originals / "nowhere", "nowhere")
    with pytest.raises(DatasetError, match=r"^it cannot be read: File is not a zip file"):
        convert(originals / "pendigits-orig.tra.Z", "it")


def test_a_damaged_archive_is_named(originals):
    path = originals / "uci.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(originals / "pendigits-orig.tra.Z", "pendigits-orig.tra.Z")
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    with pytest.raises(DatasetError, match=r"^uci\.zip cannot be read: Bad CRC"):
        convert(BytesIO(content), "uci.zip")


def test_the_two_files_of_uci_are_known():
    assert [(part.original, part.target) for part in PARTS] == [
        ("pendigits-orig.tra", "pendigits-train.jsonl.gz"),
        ("pendigits-orig.tes", "pendigits-test.jsonl.gz"),
    ]
