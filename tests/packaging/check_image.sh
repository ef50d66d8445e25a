#!/bin/sh
# Build the image with buildah in chroot isolation and prove it: health check, estimate, form, SIGTERM, size.
# Needs root, buildah and debootstrap (apt-get install buildah debootstrap); asks for no container registry: the base is
# bootstrapped from Debian and imported under the name that the Dockerfile uses.
set -eu
cd "$(dirname "$0")/../.."
BASE=$(sed -n 's/^ARG BASE=//p' Dockerfile)
IMAGE=localhost/tune-or-prompt
PORT=${PORT:-18123}
BUILD="buildah --storage-driver=vfs"

if ! $BUILD inspect --type image "$BASE" >/dev/null 2>&1; then
    echo "bootstrapping $BASE"
    root=$(mktemp -d)
    debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm "$root" >build/debootstrap.log
    rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/usr/share/doc/* "$root"/usr/share/man/*
    base=$($BUILD from scratch)
    $BUILD add --quiet "$base" "$root" / >/dev/null
    $BUILD commit --quiet "$base" "$BASE" >/dev/null
    $BUILD rm "$base" >/dev/null
    rm -rf "$root"
fi

echo "collecting wheels"
rm -rf build/wheels
.venv/bin/python -m pip wheel --quiet --wheel-dir build/wheels . "hatchling>=1.27"

echo "building $IMAGE"
$BUILD build --quiet --isolation chroot --format docker --build-arg "BASE=$BASE" \
    --build-arg "PIP_OPTIONS=--no-index --find-links=build/wheels" --tag "$IMAGE" . >/dev/null

container=$($BUILD from "$IMAGE")
trap '$BUILD rm "$container" >/dev/null 2>&1 || true' EXIT
inside() { $BUILD run --isolation chroot --env "ESTIMATOR_PORT=$PORT" "$container" -- "$@"; }

user=$(inside python -c "import os; print(os.getuid())")
test "$user" = 65532 || { echo "runs as user $user"; exit 1; }
if inside python -m estimator.web.health 2>/dev/null; then echo "healthy before it runs"; exit 1; fi

inside estimator serve >build/served.log 2>&1 &
service=$!
for _ in $(seq 100); do
    if inside python -m estimator.web.health 2>/dev/null; then ready=yes; break; fi
    sleep 0.2
done
test "${ready:-}" = yes || { cat build/served.log; exit 1; }
echo "health check passed"

.venv/bin/python -m tests.packaging.ask "http://127.0.0.1:$PORT"

# The master of the service is the first python below buildah: tell it to stop as a container runtime does.
master=$service
while ! readlink "/proc/$master/exe" | grep -q python; do
    master=$(pgrep --parent "$master" | head -n 1)
done
kill -TERM "$master"
wait "$service" || { echo "stopped with exit code $?"; exit 1; }
echo "stopped on SIGTERM with exit code 0"
root=$($BUILD mount "$container")
echo "unpacked: $(du -sm "$root" | cut -f1) MB, of these /opt/estimator: $(du -sm "$root/opt/estimator" | cut -f1) MB"
$BUILD umount "$container" >/dev/null
