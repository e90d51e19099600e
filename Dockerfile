# Serves the project: no TensorFlow, no scikit-learn, no MNIST. Retrain elsewhere and mount the result at MODELS_DIR.

FROM python:3.11-slim AS build
WORKDIR /app
RUN python -m venv /venv
COPY requirements.txt .
RUN /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY manage.py ./
COPY mnistsite mnistsite
COPY predictor predictor
COPY static static
RUN /venv/bin/python -m compileall -q mnistsite predictor && \
    SECRET_KEY=only-for-this-step /venv/bin/python manage.py collectstatic --noinput --verbosity 0
COPY . .

FROM python:3.11-slim
RUN useradd --system --uid 1000 --create-home app
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /app /app
RUN chown -R app var
USER app
ENV PATH=/venv/bin:$PATH HOST=0.0.0.0 PORT=8000 PYTHONUNBUFFERED=1
EXPOSE 8000
VOLUME /app/var
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s CMD \
    ["python", "-c", "import os, urllib.request as u; u.urlopen(u.Request(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', headers={'Host': 'localhost'}), timeout=4)"]
CMD ["python", "manage.py", "serve"]
