#!/usr/bin/env bash
# Validates compose.yaml and the Kubernetes manifests against their schemas, offline. Needs `make setup-test` and kubectl.
set -euo pipefail
cd "$(dirname "$0")/.."

.venv/bin/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml
if docker compose version >/dev/null 2>&1; then
    SECRET_KEY=any docker compose config --quiet
elif command -v docker-compose >/dev/null; then  # version 1, of Debian, knows no names
    grep -v '^name:' compose.yaml | SECRET_KEY=any docker-compose --file - config --quiet
fi

if ! command -v kubectl >/dev/null; then
    [ -z "${CI:-}" ] || { echo "kubectl is missing"; exit 1; }
    echo "skipped: the Kubernetes manifests need kubectl"
    exit 0
fi
rendered=$(mktemp)
trap 'rm "$rendered"' EXIT
for overlay in small production; do
    kubectl kustomize "deploy/k8s/$overlay" >"$rendered"
    .venv/bin/kubernetes-validate --strict --quiet "$rendered" || { echo "deploy/k8s/$overlay is not valid"; exit 1; }
done
.venv/bin/kubernetes-validate --strict --quiet deploy/k8s/secret.example.yaml
