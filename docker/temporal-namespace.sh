#!/bin/sh
# Runs to its end before the product starts: makes the product's namespace and the search attributes by which operators find a run.
# Safe to run again. Closed runs stay for 30 days, and with them Temporal's own guard against a second start.
set -eu
export TEMPORAL_ADDRESS TEMPORAL_NAMESPACE
if temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
  temporal operator namespace update --namespace "$TEMPORAL_NAMESPACE" --retention 720h
else
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention 720h
fi
# A new namespace is known to every part of the server some seconds later.
tries=0
until temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" \
  --name OrgId --type Keyword --name DocumentId --type Keyword --name VersionId --type Keyword \
  --name FlowRunId --type Keyword --name FlowState --type Keyword; do
  tries=$((tries + 1))
  [ "$tries" -lt 60 ] || exit 1
  sleep 1
done
