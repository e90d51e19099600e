# docker build -t draw-a-digit .                      the site: no pip, no TensorFlow, no scikit-learn, no MNIST
# docker build -t draw-a-digit-train --target train . the same with what `manage.py worker` and `retrain` need
# with --build-arg REQUIREMENTS=requirements-s3.txt    each also with the client of an S3-compatible store of versions

FROM python:3.11-slim AS build
ARG REQUIREMENTS=requirements.txt
WORKDIR /app
RUN python -m venv --without-pip /venv
COPY requirements-pip.txt requirements.txt requirements-s3.txt ./
RUN python -m venv /pip && /pip/bin/pip install --no-cache-dir --require-hashes -r requirements-pip.txt && \
    /pip/bin/pip --python /venv/bin/python install --no-cache-dir --require-hashes -r $REQUIREMENTS
COPY manage.py gunicorn.conf.py ./
COPY mnistsite mnistsite
COPY predictor predictor
COPY static static
COPY templates templates
RUN /venv/bin/python -m compileall -q mnistsite predictor && \
    SECRET_KEY=only-for-this-step /venv/bin/python manage.py collectstatic --noinput --verbosity 0
COPY models /models
RUN rm -f /models/*/*/weights.npz

FROM build AS build-train
COPY requirements-train.txt ./
RUN /pip/bin/pip --python /venv/bin/python install --no-cache-dir --require-hashes -r requirements-train.txt

# Both have what is writable in /app/var and /srv, which belong to the user.
FROM python:3.11-slim AS base
RUN useradd --uid 1000 --create-home app && install -d -o app -g app /app/var /srv/models /srv/static
WORKDIR /app
ENV PATH=/venv/bin:$PATH HOST=0.0.0.0 PORT=8000 PYTHONUNBUFFERED=1

FROM base AS train
COPY --from=build-train /venv /venv
COPY --from=build /app /app
COPY models models
COPY data/mnist data/mnist
USER app
VOLUME /app/var
CMD ["python", "manage.py", "worker"]

FROM base AS serve
COPY --from=build /venv /venv
COPY --from=build /app /app
COPY --from=build /models models
USER app
EXPOSE 8000
VOLUME /app/var
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s CMD \
    ["python", "-c", "import os, urllib.request as u; u.urlopen(u.Request(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', headers={'Host': 'localhost'}), timeout=4)"]
CMD ["python", "manage.py", "serve"]
