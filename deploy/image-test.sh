#!/usr/bin/env bash
# Builds the Dockerfile's default target, starts it, and asks for an answer; starts it anew, and looks for the drawing.
#
# Needs neither a daemon nor an image registry, but root and Debian's packages buildah and mmdebstrap: the base image is
# made of the packages of this machine's own Debian. Takes about five minutes; with IMAGE_TEST_DIR=/some/where the base is
# kept there, and the next time takes less. Prints the image's size, and the seconds until it was ready: at most 3 when its
# database exists, on a machine with nothing else to do; IMAGE_TEST_SECONDS allows more.
set -euo pipefail
cd "$(dirname "$0")/.."

for tool in buildah mmdebstrap; do
    command -v "$tool" >/dev/null || { echo "skipped: $tool is missing (apt-get install buildah mmdebstrap)"; exit 0; }
done
[ "$(id -u)" = 0 ] || { echo "skipped: only root can build images without a daemon"; exit 0; }

export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot
[ -z "${IMAGE_TEST_DIR:-}" ] || mkdir -p "$IMAGE_TEST_DIR"
work=$(realpath "${IMAGE_TEST_DIR:-$(mktemp -d)}")
here=(--root "$work/storage" --runroot "$work/run")
certificates=/etc/ssl/certs/ca-certificates.crt
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
url=http://127.0.0.1:$port
secret=$(python3 -c 'import secrets; print(secrets.token_urlsafe(50))')
pid=

stop() {
    [ -n "$pid" ] || return 0
    kill -TERM -- "-$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    pid=
}

clean() {
    stop
    [ -z "${container:-}" ] || buildah "${here[@]}" rm "$container" >/dev/null || true
    for _ in $(seq 10); do  # buildah, which is ended too, may still mount and unmount
        findmnt --raw --noheadings --output TARGET | awk -v work="$work/" 'index($0, work) == 1' | sort -r |
            xargs -r umount --lazy 2>/dev/null || true
        [ -z "${IMAGE_TEST_DIR:-}" ] || return 0
        rm -rf "$work" 2>/dev/null && return 0
        sleep 1
    done
    echo "$work could not be removed" >&2
}
trap clean EXIT

if ! buildah "${here[@]}" inspect --type image localhost/python:3.11-slim >/dev/null 2>&1; then
    . /etc/os-release
    mmdebstrap --quiet --mode=root --variant=minbase --include=python3,python3-venv,python-is-python3,ca-certificates \
        "$VERSION_CODENAME" "$work/base.tar" /etc/apt/sources.list.d/debian.sources
    base=$(buildah "${here[@]}" from scratch)
    buildah "${here[@]}" add --quiet "$base" "$work/base.tar" / >/dev/null
    buildah "${here[@]}" commit --quiet --rm "$base" localhost/python:3.11-slim >/dev/null
    rm "$work/base.tar"
fi

buildah "${here[@]}" build --quiet --pull=never --format docker --tag draw-a-digit \
    --volume "$certificates:$certificates:ro" . >/dev/null
container=$(buildah "${here[@]}" from --pull-never localhost/draw-a-digit)

run() {
    buildah "${here[@]}" run --env SECRET_KEY="$secret" --env HOST=127.0.0.1 --env PORT="$port" "$container" -- "$@"
}

size() {  # megabytes of these in the image
    run du --summarize --total --block-size=1000000 "$@" | tail -1 | cut -f1
}

echo "the image without its base: $(size /venv /app) MB (at most 350), $(size /venv) of them packages"
[ "$(size /venv /app)" -le 350 ] || { echo "it is too large"; exit 1; }
run sh -c '! ls /app/data /app/tests /app/models/*/*/weights.npz /venv/bin/pip \
    /venv/lib/python3*/site-packages/boto* 2>/dev/null | grep .' ||
    { echo "the image holds what serving does not need"; exit 1; }

start() {  # writes down the seconds until /readyz answers
    set -m
    run python manage.py serve >>"$work/log" 2>&1 &
    pid=$!
    set +m
    python3 - "$url/readyz" >"$work/seconds" <<'END'
import sys, time, urllib.request
began = time.monotonic()
while True:
    try:
        urllib.request.urlopen(sys.argv[1], timeout=5).close()
        break
    except OSError:
        if time.monotonic() - began > 60:
            sys.exit("it does not become ready")
        time.sleep(0.02)
print(f"{time.monotonic() - began:.1f}")
END
}

predict() {  # the drawing's id
    python3 - "$url/api/predict/" <<'END'
import json, sys, urllib.request
request = urllib.request.Request(sys.argv[1], open("bench/page.png", "rb").read(), {"Content-Type": "image/png"})
answer = json.load(urllib.request.urlopen(request))
assert answer["prediction"] == 3 and answer["verdict"] == "digit" and not answer.get("degraded"), answer
print(answer["id"])
END
}

: >"$work/log"
start || { cat "$work/log"; exit 1; }
echo "ready with a new database after $(cat "$work/seconds") s"
first=$(predict)
stop
start || { cat "$work/log"; exit 1; }
seconds=$(cat "$work/seconds")
echo "ready again after $seconds s"
[ "$(predict)" = "$first" ] || { echo "the drawing is gone"; exit 1; }
echo "the drawing of before the restart is there"
python3 -c 'import sys; sys.exit(float(sys.argv[1]) > float(sys.argv[2]))' "$seconds" "${IMAGE_TEST_SECONDS:-3}" ||
    { echo "that is more than ${IMAGE_TEST_SECONDS:-3} s"; exit 1; }
