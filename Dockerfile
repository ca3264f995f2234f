# One image for every service; the command picks it:  docker run scout run keypoint
#   docker build -t scout .                                     everything but learned models
#   docker build -t scout:learned --build-arg EXTRAS=s3,sources,learned .
#       for NVIDIA cards also --build-arg ONNXRUNTIME=onnxruntime-gpu --build-arg TORCH_INDEX=https://download.pytorch.org/whl/cu130
ARG PYTHON=3.11.14-slim-bookworm

FROM python:${PYTHON} AS build
ARG EXTRAS=s3,sources
ARG ONNXRUNTIME=onnxruntime
ARG TORCH_INDEX=
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /opt/scout
# The dependencies first: this layer lasts until pyproject.toml changes.
COPY pyproject.toml README.md LICENSE ./
RUN mkdir -p libs/contracts libs/common-py \
    && PIP_EXTRA_INDEX_URL="${TORCH_INDEX}" pip install --editable ".[${EXTRAS}]"
# Both packages fill the same folder: the one for cards takes the other's place.
# hadolint ignore=DL3013
RUN if [ "${ONNXRUNTIME}" != onnxruntime ]; then pip uninstall --yes onnxruntime && pip install "${ONNXRUNTIME}"; fi
COPY flows flows
COPY services services
COPY libs libs
COPY infra/migrations infra/migrations
# Editable: migrations lie beside the packages, and the tree stays readable in the image.
RUN pip install --no-deps --editable . && python -m compileall -q flows services libs

FROM python:${PYTHON}
# Languages of Tesseract; others are packages of the same kind (tesseract-ocr-fra, ...).
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends tesseract-ocr-eng tesseract-ocr-ben tesseract-ocr-osd \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --create-home scout && mkdir /data && chown scout:scout /data
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/scout /opt/scout
# Probes are answered on the health port, of every address a container has; the API has a port of its own.
# The root may be read-only: only /data and /tmp are written.
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PREFECT_HOME=/data/prefect XDG_CACHE_HOME=/tmp/cache \
    SCOUT_DATA_DIR=/data SCOUT_HOST=0.0.0.0 SCOUT_HEALTH_PORT=8090
USER 10001
WORKDIR /home/scout
VOLUME /data
EXPOSE 8000 8090
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as web; web.urlopen(f\"http://127.0.0.1:{os.environ['SCOUT_HEALTH_PORT']}/health\", timeout=4)"]
ENTRYPOINT ["scout"]
CMD ["run", "api"]
