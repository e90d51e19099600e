"""Everything around a picture: JSON, multipart, forms, base64 and strokes."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

from bench.attacks import Request, picture
from bench.attacks.pngs import noise, saved

ROOM = 1024 * 1024 - 2000  # bytes
CLAIM_ROOM = 99_990
PAGE = (Path(__file__).parent.parent / "page.png").read_bytes()
TEXT = base64.b64encode(PAGE).decode()
MULTIPART = "multipart/form-data; boundary=x"
FORM = "application/x-www-form-urlencoded"
DRAWING = "/drawings/00000000-0000-0000-0000-000000000000/"
CLAIM = "/api/submissions/00000000-0000-0000-0000-000000000000/claim/"


def requests() -> Iterator[tuple[str, Request]]:
    yield from jsons()
    yield from strokes()
    yield from base64s()
    yield from multiparts()
    yield from forms()
    for name, levels in (("noise", noise(2000, 2000, 2) * 255), ("ink", noise(28, 28, 2) * 255)):
        yield f"explain {name}", picture(saved(levels, bits=1), "/api/explain/")


def post(body: str | bytes, path: str = "/api/predict/", kind: str = "application/json") -> Request:
    return Request(path, kind, body.encode() if isinstance(body, str) else body)


def filled(part: str, separator: str = ",") -> str:
    return separator.join([part] * ((ROOM - 10) // (len(part) + len(separator))))


def jsons() -> Iterator[tuple[str, Request]]:
    documents = {
        "brackets": "[" * ROOM,
        "objects, nested": '{"":' * (ROOM // 4),
        "empty lists": f"[{filled('[]')}]",
        "lists in lists": f"[{filled('[' * 100 + ']' * 100)}]",
        "empty objects": f"[{filled('{}')}]",
        "small objects": "[" + filled('{"a":1}') + "]",
        "short strings": json.dumps([f"{n:x}" for n in range(100_000)]),
        "keys": json.dumps({f"{n:x}": 0 for n in range(80_000)}),
        "numbers": f"[{filled('1.5')}]",
        "long numbers": f"[{filled('1.2345678901234567e-300')}]",
        "an integer": "9" * ROOM,
        "integers": f"[{filled('9' * 4000)}]",
        "a fraction": "0." + "1" * (ROOM - 2),
        "an exponent": "1e" + "9" * (ROOM - 2),
        "escapes": '{"image": "' + "\\u0041" * (ROOM // 6 - 10) + '"}',
        "surrogates": '{"image": "' + "\\ud83d\\ude00" * (ROOM // 12 - 10) + '"}',
        "a model": f'{{"image": "{TEXT}", "model": "{"a" * (ROOM - 5000)}"}}',
        "a prompt": f'{{"image": "{TEXT}", "prompt": "{"1" * (ROOM - 5000)}"}}',
        "space": " " * ROOM,
    }
    for name, body in documents.items():
        yield f"json {name}", post(body)
    yield "json in UTF-16", post(b"\xff\xfe" + f"[{filled('1.5')}]"[: ROOM // 2].encode("utf-16-le"))
    yield (
        "json in Punycode",
        post("a" * (ROOM // 2) + "-" + "b" * (ROOM // 2), kind="application/json; charset=punycode"),
    )
    yield "json in UTF-7", post(f"[{filled('+AFs-')}]", kind="application/json; charset=utf-7")
    for name in ("empty lists", "small objects"):
        yield f"claim json {name}", post(f'{{"claim": {documents[name]}}}', CLAIM)
    yield "legacy json small objects", post(documents["small objects"], "/predict/", "text/plain")


def strokes() -> Iterator[tuple[str, Request]]:
    point = "[1234.5678901234567,1.2345678901234567e-300,12345678.901234567]"
    lines = {
        "longest": [point] * 9_000,
        "pages": [f"[{n % 280}.5,{n % 279}.5,{n * 1000}]" for n in range(10_000)],
        "too many": ["[1,2]"] * 160_000,
        "empty lines": ["[]"] * 300_000,
    }
    for name, points in lines.items():
        body = f'{{"image":"{TEXT}","strokes":{{"size":[280,280],"pen":18,"lines":[[{",".join(points)}]]}}}}'
        yield f"strokes {name}", post(body)
    text = json.dumps("[" * 900_000)
    yield "strokes brackets in a string", post(f'{{"image":"{TEXT}","strokes":{text}}}')
    text = json.dumps(f"[{filled('{}')[:900_000]}]")
    yield "strokes objects in a string", post(f'{{"image":"{TEXT}","strokes":{text}}}')
    large = base64.b64encode(saved(noise(800, 800, 256))).decode()
    body = f'{{"image":"{large}","strokes":{{"size":[280,280],"pen":18,"lines":[[{",".join([point] * 2_500)}]]}}}}'
    yield "strokes with a large picture", post(body)


def base64s() -> Iterator[tuple[str, Request]]:
    texts = {
        "spaces": " ".join("A" * (ROOM // 2 - 50)),
        "lines": "\\n".join("A" * (ROOM // 3 - 50)),
        "only spaces": " " * (ROOM - 50),
        "no alphabet": "@" * (ROOM - 50),
        "padding": "=" * (ROOM - 50),
        "parameters": "data:image/png" + ";" * (ROOM - 100),
        "parameters with names": "data:image/png" + ";a=b" * (ROOM // 4 - 50),
        "a parameter": "data:image/png;" + "a" * (ROOM - 100),
        "type": "data:" + "a" * (ROOM - 100),
        "letters": "A" * (ROOM - 50),
        "beyond ASCII": "é" * (ROOM // 2 - 50),
        "URL alphabet": "-_" * (ROOM // 2 - 50),
        "percent signs": "data:," + "%" * (ROOM - 50),
        "escapes": "data:," + "%41" * (ROOM // 3 - 50),
        "broken escapes": "data:," + "%zz" * (ROOM // 3 - 50),
        "escaped base64": "data:;base64," + "%41" * (ROOM // 3 - 50),
        "equals signs in a URL": "data:," + "=" * (ROOM - 50),
    }
    for name, text in texts.items():
        yield f"base64 {name}", post(f'{{"image": "{text}"}}')
    yield "legacy base64 spaces", post(f'{{"image": "{texts["spaces"]}"}}', "/predict/")


def part(name: str, content: bytes, header: bytes = b"") -> bytes:
    return (
        b'--x\r\nContent-Disposition: form-data; name="'
        + name.encode()
        + b'"'
        + header
        + b"\r\n\r\n"
        + content
        + b"\r\n"
    )


def multiparts() -> Iterator[tuple[str, Request]]:
    small, image = part("a", b""), part("image", PAGE, b'; filename="a.png"')
    encoded = b'; filename="a"\r\nContent-Transfer-Encoding: base64'
    bodies = {
        "parts": small * (ROOM // len(small) - 1),
        "1,000 parts": small * 990,
        "files": image * (ROOM // len(image) - 1),
        "nameless parts": b"--x\r\n\r\n\r\n" * (ROOM // 9 - 1),
        "boundaries": b"--x\r\n" * (ROOM // 5 - 1),
        "a header": part("image", b"", b"; filename=" + b"a" * (ROOM - 200)),
        "headers": part("image", b"", b"\r\nA: b" * (ROOM // 6 - 50)),
        "parameters": part("image", b"", b"; a=b" * (ROOM // 5 - 50)),
        "quotes": part("image", b"", b'; a="\\"' * (ROOM // 7 - 50)),
        "base64": part("image", b"A" * (ROOM - 300), encoded),
        "base64 with spaces": part("image", b"A " * (ROOM // 2 - 150), encoded),
        "line ends": part("image", b"\r\n" * (ROOM // 2 - 100), b'; filename="a"'),
        "near boundaries": part("image", b"\r\n--" * (ROOM // 4 - 100), b'; filename="a"'),
        "a field": part("strokes", b"[" * (ROOM - 200)),
        "a field beyond ASCII": part("strokes", b"\xff" * (ROOM - 200)),
        "a picture without a file name": part("image", b"\xff" * (ROOM - 200)),
        "a type": part("image", b"", b'; filename="a"\r\nContent-Type: a' + b";a=b" * (ROOM // 4 - 50)),
    }
    for name, body in bodies.items():
        yield f"multipart {name}", post(body + b"--x--\r\n", kind=MULTIPART)
    for name in ("parts", "headers", "base64 with spaces"):
        yield f"page multipart {name}", post(bodies[name] + b"--x--\r\n", "/", MULTIPART)
    large = part("image", saved(noise(1000, 1000, 256)), b'; filename="a"') + part("store", b"1")
    yield "page noise", post(large + b"--x--\r\n", "/", MULTIPART)


def forms() -> Iterator[tuple[str, Request]]:
    bodies = {
        "fields": "a&" * (ROOM // 2),
        "990 fields": "a=b&" * 990,
        "percent signs": "claim=" + "%" * (ROOM - 10),
        "escapes": "claim=" + "%41" * (ROOM // 3 - 10),
        "escapes beyond ASCII": "claim=" + "%C3%A9" * (ROOM // 6 - 10),
        "broken escapes": "claim=" + "%FF" * (ROOM // 3 - 10),
        "alternating escapes": "claim=" + "%41é" * (ROOM // 5 - 10),
        "pluses": "claim=" + "+" * (ROOM - 10),
    }
    for name, body in bodies.items():
        request = body[:CLAIM_ROOM]
        yield f"claim form {name}", post(request, CLAIM, FORM)
        yield f"drawing form {name}", post(request, DRAWING, FORM)
