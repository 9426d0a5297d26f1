# Two images of what `npm run build` makes. `api`: the API, the migration job and the CLI. `worker`: the worker with the programs that read documents.
#   docker build --target api -t intellidocs-api .
#   docker build --target worker -t intellidocs-worker .
# The base is named by its exact tag, not by digest: Debian's corrections of that Node release then arrive with the next build.

FROM node:24.21.0-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc prisma.config.ts tsconfig.base.json ./
COPY apps apps
COPY packages packages
COPY prisma prisma
COPY scripts scripts
# The project's own copy of Node is not needed beside the image's, and no package may run a script.
RUN npm ci --ignore-scripts \
  && node node_modules/prisma/build/index.js generate \
  && node --disable-warning=ExperimentalWarning scripts/build.ts

# What both images stand on. tini is process 1: it hands signals on and collects the parsers' processes.
FROM node:24.21.0-bookworm-slim AS runtime
RUN apt-get update \
  && apt-get install -y --no-install-recommends tini ca-certificates \
  && rm -rf /var/lib/apt/lists/* /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /opt/yarn-* \
  && install -d -o node -g node /data
ENV NODE_ENV=production DATA_DIR=/data
WORKDIR /app
ENTRYPOINT ["tini", "--"]

FROM runtime AS api
# The code is root's and read-only for the process; only the data folder is its own.
COPY --from=build /src/dist/api ./
USER node
ENV PORT=3000
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:3000/readyz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# As apiNodeFlags in apps/launcher/src/services.ts, where the reason stands.
CMD ["node", "--max-semi-space-size=16", "--heap-growing-percent=10", "main.js"]

FROM runtime AS worker
RUN apt-get update \
  && apt-get install -y --no-install-recommends tesseract-ocr tesseract-ocr-eng tesseract-ocr-por poppler-utils \
    libreoffice-core-nogui libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui \
  && rm -rf /var/lib/apt/lists/*
COPY --from=build /src/dist/worker ./
USER node
ENV WORKER_METRICS_ADDRESS=0.0.0.0:9464
EXPOSE 9464
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9464/metrics').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "main.js"]
