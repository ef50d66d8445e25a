#!/bin/sh
# Build the image with buildah in chroot isolation and prove it; tests/packaging/image_proof.py says what is proved.
# Needs root, buildah and debootstrap (apt-get install buildah debootstrap). Where no container registry answers, a
# stand-in for the base is bootstrapped from Debian: another distribution of the same Python, and this is then said.
set -eu
cd "$(dirname "$0")/../.."
IMAGE=localhost/tune-or-prompt
BUILD="buildah --storage-driver=vfs"
BASE=$(sed -n 's/^ARG BASE=//p' Dockerfile)
STAND_IN=${STAND_IN:-localhost/stand-in-for-the-base}

if timeout "${PULL_SECONDS:-120}" $BUILD pull --quiet "$BASE" >/dev/null 2>&1; then
    echo "base: $BASE"
else
    BASE=$STAND_IN
    echo "base: a stand-in bootstrapped from Debian, because no registry gives the pinned one"
    if ! $BUILD inspect --type image "$BASE" >/dev/null 2>&1; then
        root=$(mktemp -d)
        debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm "$root" >build/debootstrap.log
        rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/*
        base=$($BUILD from scratch)
        $BUILD add --quiet "$base" "$root" / >/dev/null
        $BUILD commit --quiet "$base" "$BASE" >/dev/null
        $BUILD rm "$base" >/dev/null
        rm -rf "$root"
    fi
fi

container=$($BUILD from "$BASE")
python=$($BUILD run --isolation chroot "$container" -- python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
$BUILD rm "$container" >/dev/null
echo "collecting the locked wheels for Python $python"
rm -rf build/wheels build/image
# Markers are left out, because they would be decided by the Python here and not by that of the base.
sed 's/ ; .* \\$/ \\/' requirements/run.txt >build/run.txt
sed 's/ ; .* \\$/ \\/' requirements/build.txt >build/build.txt
.venv/bin/python -m pip download --quiet --disable-pip-version-check --require-hashes --no-deps --dest build/wheels \
    --only-binary :all: --python-version "$python" \
    --requirement build/run.txt --requirement build/build.txt

echo "building $IMAGE"
$BUILD build --quiet --isolation chroot --format docker --build-arg "BASE=$BASE" \
    --volume "$PWD/build/wheels:/mnt:ro" --build-arg "PIP_OPTIONS=--no-index --find-links=/mnt" \
    --build-arg "VERSION=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)" \
    --build-arg "REVISION=$(git rev-parse HEAD 2>/dev/null || echo unknown)" \
    --build-arg "CREATED=$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
    --tag "$IMAGE" . >/dev/null
$BUILD push --quiet "$IMAGE" oci:build/image:proved

container=$($BUILD from "$IMAGE")
trap '$BUILD umount "$container" >/dev/null; $BUILD rm "$container" >/dev/null' EXIT
$BUILD inspect --type image "$IMAGE" >build/image.json
.venv/bin/python -m tests.packaging.image_proof "$($BUILD mount "$container")" build/image.json build/image
