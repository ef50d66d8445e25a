# The service in a container: built in one stage, freed of all that does not serve in another, and copied out of it as
# one layer that holds an interpreter, the locked packages and no shell.
# Any Debian-like image with python3 (3.11 or newer) and its venv module can be the base; docs/operations.md says where
# the digest was read and how to change it.
ARG BASE=docker.io/library/python:3.11.17-slim-trixie@sha256:45037981b62b34b44602584fccbc4d884d5f7dc92c7ee86bb38a698a79fe1e51

FROM ${BASE} AS build
# PIP_OPTIONS lets a build without an index take its wheels from a mounted folder: --no-index --find-links=/mnt
ARG PIP_OPTIONS=""
WORKDIR /src
COPY requirements requirements
RUN python3 -m venv /opt/tools \
 && python3 -m venv --without-pip /opt/estimator \
 && /opt/tools/bin/pip install --quiet --no-cache-dir --require-hashes ${PIP_OPTIONS} --requirement requirements/build.txt \
 && /opt/tools/bin/pip --python /opt/estimator/bin/python install --quiet --no-cache-dir --no-compile --require-hashes \
    ${PIP_OPTIONS} --requirement requirements/run.txt
COPY . .
RUN /opt/tools/bin/pip wheel --quiet --no-deps --no-index --no-build-isolation --wheel-dir /opt/wheel . \
 && /opt/tools/bin/pip --python /opt/estimator/bin/python install --quiet --no-deps --no-index --no-compile /opt/wheel/*.whl \
 && /opt/tools/bin/cyclonedx-py environment --pyproject pyproject.toml --mc-type application --spec-version 1.6 \
    --output-reproducible --output-file /opt/estimator/sbom.cdx.json /opt/estimator/bin/python

FROM ${BASE} AS trimmed
COPY --from=build /opt/estimator /opt/estimator
COPY deploy/image/trim.py /tmp/trim.py
RUN ["/opt/estimator/bin/python", "/tmp/trim.py"]

FROM scratch
ARG VERSION="unknown"
ARG REVISION="unknown"
ARG CREATED="unknown"
ARG SOURCE="unknown"
LABEL org.opencontainers.image.title="tune-or-prompt" \
      org.opencontainers.image.description="Estimates whether to fine-tune a language model or to engineer a prompt." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.source="${SOURCE}"
COPY --from=trimmed / /
ENV PATH=/opt/estimator/bin \
    LANG=C.UTF-8 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    ESTIMATOR_HOST=0.0.0.0 \
    ESTIMATOR_PORT=8000
USER 65532:65532
WORKDIR /tmp
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["python", "-m", "estimator.web.serving.health"]
ENTRYPOINT ["estimator"]
CMD ["serve"]
