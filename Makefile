# Everything a developer or CI calls. `make help` lists it.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

RIG := tests/cluster/rig
# Build output lives outside the checkout, so that a fresh clone starts warm.
export CARGO_TARGET_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/job-executor-service/target

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-12s %s\n", $$1, $$2 }'

demo: ## a sample event becomes a Job that runs on a real Kubernetes, a second one is denied
	@tests/demo/run

test: ## the whole gate: format, lints, unit tests, documentation, and the tests on a real Kubernetes
	@tests/run

fast: ## what needs no cluster: format, lints, unit tests
	@tests/run --fast

bench: ## the figures of benches/
	cargo bench

fuzz: ## mutate the examples guided by coverage (RUNS=100000)
	@tests/fuzz/run $(RUNS)

up: ## start the cluster rig and leave it running
	$(RIG) up

down: ## stop the cluster rig and remove everything it made
	$(RIG) down

generated: ## write generated pages and snapshots anew
	UPDATE=1 INSTA_UPDATE=always cargo test --lib --test cases

.PHONY: help demo test fast bench fuzz up down generated
