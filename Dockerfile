# Magpie in a container: `docker build -t magpie .`, then `docker run -p 8080:8080 -v magpie:/data magpie`.
# What each step leaves behind is held by `.ci/run`, which walks them without an engine.

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# Without scripts: the one that makes the database's template needs the sources, which come next.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node bin/build.js && node bin/make-template.ts build/embedded-template

FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

# Without a browser: docs/guides/rendering.md says how to add one, for pages that scripts fill in.
FROM node:24-slim
ENV NODE_ENV=production
ENV MAGPIE_DATA=/data
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/build build
COPY package.json LICENSE ./
COPY bin/magpie.js bin/magpie.js
# The embedded database and the disk store; with DATABASE_URL and STORE=s3 it stays empty.
RUN mkdir -p /data && chown 1000:1000 /data
VOLUME /data
# `node` of the base image, as a number, so that Kubernetes can see that it is not root.
USER 1000:1000
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "bin/magpie.js"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8080"]
