# One image for the six services, the migrations and the commands; which of them runs is the container's command.
# TypeScript runs directly: there is no build step, and the workspace keeps its layout, because Node strips types only outside node_modules.

FROM node:24.21.0-trixie-slim AS packages
WORKDIR /tessera
COPY package.json package-lock.json .npmrc ./
COPY packages/detect/package.json packages/detect/
COPY packages/shared/package.json packages/shared/
COPY services/access-control/package.json services/access-control/
COPY services/agents/package.json services/agents/
COPY services/connectors/package.json services/connectors/
COPY services/gateway/package.json services/gateway/
COPY services/model-router/package.json services/model-router/
COPY services/retrieval/package.json services/retrieval/
# Not `npm ci`: it refuses a lock file that lacks other platforms' optional packages, and workspaces that are not copied here.
# Every dependency is pinned, and `npm install` takes the rest, with its checksums, from the same lock file, which it may not change.
RUN npm install --omit=dev --no-save --no-audit --no-fund

FROM node:24.21.0-trixie-slim
ENV NODE_ENV=production
WORKDIR /tessera
COPY --from=packages /tessera/ ./
COPY packages packages
COPY services services
COPY scripts/make-secrets.ts scripts/
# A volume that is mounted here is owned as this is: access control writes the checkpoints of the decision log.
RUN install --directory --owner=1000 --group=1000 --mode=0700 /var/lib/tessera/audit
# Everything else belongs to root and nothing else is written: the root filesystem may be read-only.
USER 1000:1000
EXPOSE 8080
# Node itself is process 1, so that SIGTERM reaches the service.
CMD ["node", "services/gateway/src/main.ts"]
