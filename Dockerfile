# The service in a container: built in one stage, run in another that holds the environment and nothing else.
# Any Debian-like image with python3 (3.11 or newer) and its venv module can be the base.
ARG BASE=docker.io/library/python:3.11-slim

FROM ${BASE} AS build
# PIP_OPTIONS lets a build without an index take its wheels from the context: --no-index --find-links=build/wheels
ARG PIP_OPTIONS=""
WORKDIR /src
COPY . .
RUN python3 -m venv --copies /opt/estimator \
 && /opt/estimator/bin/pip install --quiet --no-cache-dir ${PIP_OPTIONS} . \
 && /opt/estimator/bin/pip uninstall --quiet --yes pip setuptools \
 && find /opt/estimator -depth -type d -name tests -path "*/site-packages/*" -exec rm -rf {} +

FROM ${BASE}
LABEL org.opencontainers.image.title="tune-or-prompt" \
      org.opencontainers.image.description="Estimates whether to fine-tune a language model or to engineer a prompt." \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/estimator /opt/estimator
ENV PATH=/opt/estimator/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    ESTIMATOR_HOST=0.0.0.0 \
    ESTIMATOR_PORT=8000
USER 65532:65532
WORKDIR /tmp
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["python", "-m", "estimator.web.health"]
ENTRYPOINT ["estimator"]
CMD ["serve"]
