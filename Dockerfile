# Service, init container and lint in one small non-root image each. The tests build theirs without a Docker daemon
# (tests/images).
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --locked --release --bins

FROM gcr.io/distroless/cc-debian12:nonroot AS initcontainer
COPY --from=build /src/target/release/job-executor-service-initcontainer /
ENTRYPOINT ["/job-executor-service-initcontainer"]

FROM gcr.io/distroless/cc-debian12:nonroot AS lint
COPY --from=build /src/target/release/job-lint /
ENTRYPOINT ["/job-lint"]

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /src/target/release/job-executor-service /
ENTRYPOINT ["/job-executor-service"]
