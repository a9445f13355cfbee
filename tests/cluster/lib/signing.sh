# What tests of signatures need beside a running rig: cosign in two major versions, and registries that speak TLS.
#
# `rig up` neither builds nor starts any of it, so that nobody waits for cosign who does not sign.

SIGNING_FAMILIES="referrers cosign2 cosign3"
SIGNING_SERVICES="referrers locked"
SIGNING_RELAYS="relay-referrers relay-referrers-locked relay-locked"

REFERRERS_PORT=15001
REFERRERS_LOCKED_PORT=15002
LOCKED_PORT=15003

# Known to everybody, as these guard nothing but what a test put there.
LOCKED_USER=puller
LOCKED_PASSWORD=rig-password
# The same password with bcrypt, which distribution insists on.
LOCKED_HASH='$2b$04$7VrF/A/4xDf4/g17JrVqFOONYRlsCVSXyXeHNfn0BZfx5Bmgyu7iC'

signing() {
    external && { say "RIG_EXTERNAL=1: nothing to start beside the cluster of KUBECONFIG=$KUBECONFIG"; return; }
    [ -d "$RIG_STATE" ] || die "the rig is not up: 'rig up' (or 'rig up --control') comes first"
    mkdir -p "$RIG_CACHE"
    provision_signing
    lock_state
    if signing_current && signing_healthy; then
        say "registries and cosign are there already"
        return
    fi
    BEGAN=$(date +%s%N)
    link_signing
    start_registries
    await "registry with referrers" 20 referrers port_open 127.0.0.1 "$REFERRERS_PORT"
    await "the same for who has a token" 20 referrers port_open 127.0.0.1 "$REFERRERS_LOCKED_PORT"
    await "registry for who has a password" 20 locked port_open 127.0.0.1 "$LOCKED_PORT"
    say "cosign and its registries; eval \"\$($RIG_DIR/rig env)\" for the settings"
}

provision_signing() {
    exec 9>"$RIG_CACHE/provision.lock"
    flock -n 9 || { say "another provisioning runs; waiting for it"; flock 9; }
    provision_families $SIGNING_FAMILIES
    exec 9>&-
}

# Succeeds while the links lead to what this checkout pins.
signing_current() {
    [ "$(readlink "$RIG_STATE/bin/referrers")" = "$(family_cache referrers)/bin/referrers" ] &&
        [ "$(readlink "$RIG_STATE/bin/cosign2")" = "$(family_cache cosign2)/bin/cosign" ] &&
        [ "$(readlink "$RIG_STATE/bin/cosign3")" = "$(family_cache cosign3)/bin/cosign" ]
}

# A registry of another version ends here, so that the next step starts this one.
link_signing() {
    signing_current || halt referrers KILL
    ln -sf "$(family_cache referrers)/bin/referrers" "$RIG_STATE/bin/referrers"
    ln -sf "$(family_cache cosign2)/bin/cosign" "$RIG_STATE/bin/cosign2"
    ln -sf "$(family_cache cosign3)/bin/cosign" "$RIG_STATE/bin/cosign3"
    ln -sf "$(family_cache cosign3)/bin/sigstore" "$RIG_STATE/bin/sigstore"
}

signing_started() {
    [ -f "$RIG_STATE/cmd/referrers" ]
}

signing_services() {
    ! signing_started || echo $SIGNING_SERVICES
    ! signing_started || [ "$(cat "$RIG_STATE/mode" 2>/dev/null)" = control ] || echo $SIGNING_RELAYS
}

signing_healthy() {
    local name
    signing_started || return 1
    for name in $(signing_services); do
        service_pid "$name" >/dev/null || return 1
    done
    port_open 127.0.0.1 "$REFERRERS_PORT" && port_open 127.0.0.1 "$REFERRERS_LOCKED_PORT" && port_open 127.0.0.1 "$LOCKED_PORT"
}

# Starts service $1, which listens on the ports up to `--`, unless it runs.
start_missing() {
    local name=$1 port
    shift
    service_pid "$name" >/dev/null && return
    while [ "$1" != -- ]; do
        ! port_open "${1%:*}" "${1#*:}" || die "$1 is taken: another rig (its own RIG_STATE?) or another program; stop that first"
        shift
    done
    shift
    start "$name" "$@"
}

start_registries() {
    local pki=$RIG_STATE/pki address port name
    [ -f "$pki/registries.crt" ] || (
        set -e
        cd "$pki"
        make_cert registries ca /CN=registries serverAuth "DNS:localhost,IP:127.0.0.1,IP:$NODE_IP"
    ) || die "could not make the registries' certificate"
    start_missing referrers "127.0.0.1:$REFERRERS_PORT" "127.0.0.1:$REFERRERS_LOCKED_PORT" -- "$RIG_STATE/bin/referrers" \
        --address "127.0.0.1:$REFERRERS_PORT" --locked-address "127.0.0.1:$REFERRERS_LOCKED_PORT" \
        --cert "$pki/registries.crt" --key "$pki/registries.key" --user "$LOCKED_USER" --password "$LOCKED_PASSWORD"
    # The images of the plain registry once more: what is pushed there can be had here, for a password.
    printf '%s:%s\n' "$LOCKED_USER" "$LOCKED_HASH" >"$RIG_STATE/etc/htpasswd"
    cat >"$RIG_STATE/etc/locked.yaml" <<REGISTRY
version: 0.1
log: {level: warn}
storage:
  filesystem: {rootdirectory: $RIG_STATE/registry}
  delete: {enabled: true}
auth:
  htpasswd: {realm: rig, path: $RIG_STATE/etc/htpasswd}
http:
  addr: "127.0.0.1:$LOCKED_PORT"
  tls: {certificate: $pki/registries.crt, key: $pki/registries.key}
REGISTRY
    start_missing locked "127.0.0.1:$LOCKED_PORT" -- env OTEL_TRACES_EXPORTER=none \
        "$RIG_STATE/bin/registry" serve "$RIG_STATE/etc/locked.yaml"
    [ "$(cat "$RIG_STATE/mode")" != control ] || return 0
    # The node looks here for no other registry's images, and asks with TLS. containerd reads this at each pull.
    for port in $REFERRERS_PORT $REFERRERS_LOCKED_PORT $LOCKED_PORT; do
        for address in "$NODE_IP" 127.0.0.1; do
            name=$RIG_STATE/etc/certs.d/$address:$port
            mkdir -p "$name"
            printf 'server = "https://%s"\n[host."https://%s"]\n  capabilities = ["pull", "resolve"]\n  ca = "%s"\n' \
                "$address:$port" "$address:$port" "$pki/ca.crt" >"$name/hosts.toml"
        done
    done
    relay_missing referrers "$REFERRERS_PORT"
    relay_missing referrers-locked "$REFERRERS_LOCKED_PORT"
    relay_missing locked "$LOCKED_PORT"
}

relay_missing() {
    service_pid "relay-$1" >/dev/null || relay "$1" "$2"
}

# The lines of `rig env`; none where nothing of this was started.
print_signing_env() {
    signing_started || return 0
    cat <<LINES
export RIG_CA=$RIG_STATE/pki/ca.crt
export RIG_COSIGN2=$RIG_STATE/bin/cosign2
export RIG_COSIGN3=$RIG_STATE/bin/cosign3
export RIG_SIGSTORE=$RIG_STATE/bin/sigstore
export RIG_REFERRERS=127.0.0.1:$REFERRERS_PORT
export RIG_REFERRERS_LOCKED=127.0.0.1:$REFERRERS_LOCKED_PORT
export RIG_REGISTRY_LOCKED=127.0.0.1:$LOCKED_PORT
export RIG_POD_REFERRERS=$1:$REFERRERS_PORT
export RIG_POD_REFERRERS_LOCKED=$1:$REFERRERS_LOCKED_PORT
export RIG_POD_REGISTRY_LOCKED=$1:$LOCKED_PORT
export RIG_LOCKED_USER=$LOCKED_USER
export RIG_LOCKED_PASSWORD=$LOCKED_PASSWORD
LINES
}
