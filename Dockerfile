# Service, init container and lint, each in a small image without a shell, as a user that is not root.
# The tests build theirs without a Docker daemon (tests/images).
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --locked --release --bins \
 && mkdir -p /root-fs/etc/ssl/certs /root-fs/tmp \
 && cp --parents $(ldd target/release/job-executor-service | grep -o '/[^ ]*') /root-fs \
 && cp /etc/ssl/certs/ca-certificates.crt /root-fs/etc/ssl/certs/ \
 && echo 'nonroot:x:65532:65532::/:/' >/root-fs/etc/passwd

FROM scratch AS base
COPY --from=build /root-fs /
USER 65532:65532

FROM base AS initcontainer
COPY --from=build /src/target/release/job-executor-service-initcontainer /
ENTRYPOINT ["/job-executor-service-initcontainer"]

FROM base AS lint
COPY --from=build /src/target/release/job-lint /
ENTRYPOINT ["/job-lint"]

FROM base
COPY --from=build /src/target/release/job-executor-service /
ENTRYPOINT ["/job-executor-service"]
