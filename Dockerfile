# One image for every service; the command says which. Node comes from the base image, so the `node` package is not needed in it.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY . .
RUN npm ci --no-audit --no-fund && node node_modules/nx/bin/nx.js run-many -t build && npm prune --omit=dev

FROM node:24-bookworm-slim
ENV NODE_ENV=production NODE_OPTIONS="--import=@flows/telemetry/register --max-semi-space-size=64"
WORKDIR /app
COPY --from=build --chown=node:node /app /app
USER node
EXPOSE 3000 9464
CMD ["node", "apps/api-gateway/dist/main.js"]
