#!/usr/bin/env bash
# Checks that the rig is what it claims to be: one line for each check, and an exit status.
#
#   selftest.sh          on the rig that runs (or one started for it); harms nobody who uses it
#   selftest.sh --cycle  also takes it down, looks for remains, and starts it again
set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
rig=$here/rig
space=rig-selftest
passed=0 failed=0

# check NAME COMMAND...: the command has to succeed; what it printed is shown when it does not.
check() {
    local name=$1 output began=$SECONDS
    shift
    if output=$("$@" 2>&1); then
        passed=$((passed + 1))
        printf 'ok      %s (%d s)\n' "$name" $((SECONDS - began))
    else
        failed=$((failed + 1))
        printf 'FAILED  %s\n' "$name"
        sed 's/^/        /' <<<"$output" | tail -n 12
    fi
}

fails() { ! "$@"; }

same() { [ "$1" = "$2" ] || { echo "expected '$1', found '$2'"; return 1; }; }

eventually() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.3
    done
}

k() { "$RIG_KUBECTL" -n "$space" "$@"; }

# Runs a pod that the restricted level admits: pod NAME LABEL IMAGE WORD...
pod() {
    local name=$1 label=$2 image=$3 words
    shift 3
    words=$(printf '"%s",' "$@")
    k create -f - <<POD
apiVersion: v1
kind: Pod
metadata: {name: $name, labels: {$label}}
spec:
  restartPolicy: Never
  terminationGracePeriodSeconds: 0
  automountServiceAccountToken: false
  securityContext: {runAsNonRoot: true, runAsUser: 65532, seccompProfile: {type: RuntimeDefault}}
  containers:
  - name: main
    image: $image
    args: [${words%,}]
    securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
POD
}

finished() { same "$2" "$(k get pod "$1" -o 'jsonpath={.status.phase}')" >/dev/null; }

from() { k exec "$1" -- sh -c "$2"; }

# A forbidden connection is dropped in silence, hence the time limit.
reaches() { from "$1" "timeout 3 wget -q -O - http://$2/" | grep -q "$3"; }

logs_are() { same "$2" "$(k logs "$1")"; }

deterministic() {
    local root first
    root=$(mktemp -d)
    echo hello >"$root/file"
    first=$("$rig" image selftest/folder:1 "$root")
    touch -d 2001-01-01 "$root/file"
    same "$first" "$("$rig" image selftest/folder:1 "$root")"
    set -- $?
    rm -rf "$root"
    return "$1"
}

audited() {
    k create secret generic watched --from-literal=a=b >/dev/null
    k get secret watched >/dev/null
    k get service server >/dev/null
    grep '"resource":"secrets"' "$RIG_AUDIT_LOG" | grep '"verb":"get"' | grep -q '"name":"watched"' &&
        ! grep '"resource":"services"' "$RIG_AUDIT_LOG" | grep -q '"verb":"get"'
}

survives_kill() {
    "$rig" svc kill "$1"
    fails "$rig" status >/dev/null || return 1
    "$rig" svc start "$1"
    "$rig" wait
}

busybox_digest() {
    python3 - "$RIG_REGISTRY" <<'PYTHON'
import sys, urllib.request
request = urllib.request.Request(f"http://{sys.argv[1]}/v2/library/busybox/manifests/1.35", method="HEAD",
                                 headers={"Accept": "application/vnd.oci.image.manifest.v1+json"})
print(urllib.request.urlopen(request).headers["Docker-Content-Digest"])
PYTHON
}

check_cluster() {
    "$RIG_KUBECTL" delete namespace "$space" --ignore-not-found >/dev/null 2>&1
    local manifest
    manifest=$(sed "s/BUSYBOX_DIGEST/$(busybox_digest)/" "$here/manifests/selftest.yaml")
    check "objects are accepted" k create -f - <<<"$manifest"
    check "a pod that is not restricted is refused" fails k run bare --image=alpine
    check "an image from a binary" "$rig" image-from-binary selftest/id:1 "$(command -v id)"
    check "the same folder gives the same digest" deterministic
    eventually 20 k get serviceaccount default >/dev/null 2>&1
    pod server "app: server" alpine sh -c "echo served > /tmp/index.html; exec httpd -f -p 8080 -h /tmp" >/dev/null
    pod client "fence: none" alpine sleep 1000 >/dev/null
    pod closed "fence: closed" alpine sleep 1000 >/dev/null
    pod gate "fence: gate" alpine sleep 1000 >/dev/null
    pod node "fence: node" alpine sleep 1000 >/dev/null
    pod id "app: id" registry.example.com/selftest/id:1 -u >/dev/null

    check "a Job with an init container and an emptyDir completes" k wait job/two-steps --for=condition=complete --timeout=60s
    check "and its log is there" logs_are job/two-steps $'handed over\n65532'
    check "the binary runs as 65532" eventually 30 finished id Succeeded
    check "and says so" logs_are id 65532
    check "pods are ready" k wait pod server client closed gate node --for=condition=Ready --timeout=60s
    local address
    address=$(k get pod server -o 'jsonpath={.status.podIP}')
    check "network: an open client reaches the server" reaches client "$address:8080" served
    check "network: and by the service's name" reaches client server.rig-selftest.svc.cluster.local served
    check "network: a fenced client does not" fails reaches closed "$address:8080" served
    check "network: a client with a gate reaches the server" reaches gate "$address:8080" served
    check "network: but not the registry" fails from gate "timeout 3 wget -q -O - http://$RIG_POD_REGISTRY/v2/"
    check "network: an open client reaches the registry" from client "timeout 3 wget -q -O - http://$RIG_POD_REGISTRY/v2/"
    check "network: and NATS" from client "echo PING | timeout 3 nc $RIG_NODE_IP 14222 | grep -q INFO"
    check "network: and the API server" from client "echo | timeout 3 nc 10.96.0.1 443"
    check "network: an ipBlock names the node" from node "timeout 3 wget -q -O - http://$RIG_POD_REGISTRY/v2/"
    check "network: and nothing else" fails reaches node "$address:8080" served
    k delete networkpolicy fenced >/dev/null
    check "network: without its policy the fence is gone" eventually 10 reaches closed "$address:8080" served
    check "DNS: a service has an address" from client "nslookup kubernetes.default.svc.cluster.local | grep -q 'Address: 10.96.0.1$'"
    check "DNS: the outer world does not exist" fails from client "nslookup www.example.com"
    check "a service account's token can be had" k create token default
    check "the audit log has the Secret's reader and no other" audited
    "$RIG_KUBECTL" delete namespace "$space" --wait=false >/dev/null
}

locked_out() {
    python3 - "$1" "$RIG_CA" <<'PYTHON'
import ssl, sys, urllib.error, urllib.request
try:
    urllib.request.urlopen(f"https://{sys.argv[1]}/v2/", context=ssl.create_default_context(cafile=sys.argv[2]))
    sys.exit("anybody may in")
except urllib.error.HTTPError as error:
    sys.exit(0 if error.code == 401 else f"{error}")
PYTHON
}

# A signature made in a locked registry is seen in the open one, as both hold the same images.
signed_and_seen() {
    local work image digest
    work=$(mktemp -d)
    digest=$(busybox_digest) image=selftest/signed
    (
        set -e
        cd "$work"
        export HOME=$work COSIGN_PASSWORD= SSL_CERT_FILE=$RIG_CA
        user=(--registry-username "$RIG_LOCKED_USER" --registry-password "$RIG_LOCKED_PASSWORD")
        "$RIG_COSIGN3" generate-key-pair
        "$RIG_COSIGN3" signing-config create --out nowhere.json
        "$RIG_COSIGN3" trusted-root create --out nobody.json
        "$RIG_COSIGN3" copy "$RIG_REGISTRY/library/busybox@$digest" "$RIG_REFERRERS/$image:1"
        "$RIG_COSIGN3" sign -y --key cosign.key --signing-config nowhere.json "${user[@]}" "$RIG_REFERRERS_LOCKED/$image@$digest"
        "$RIG_COSIGN2" verify --key cosign.pub --trusted-root nobody.json --insecure-ignore-tlog "$RIG_REFERRERS/$image@$digest"
    )
    set -- $?
    rm -rf "$work"
    return "$1"
}

# Whether a pod with the pull secret gets an image out of a locked registry, and one without does not.
pulls_with_secret() {
    local registry=$1 repository=$2 name=$3 space=rig-selftest-pull image
    image=$registry/$repository@$(busybox_digest)
    "$RIG_KUBECTL" create namespace "$space" >/dev/null 2>&1
    k create secret docker-registry "$name" --docker-server="$registry" --docker-username="$RIG_LOCKED_USER" \
        --docker-password="$RIG_LOCKED_PASSWORD" >/dev/null
    eventually 20 k get serviceaccount default >/dev/null 2>&1
    pod "$name-without" "app: pull" "$image" "true" >/dev/null
    k patch serviceaccount default -p "{\"imagePullSecrets\": [{\"name\": \"$name\"}]}" >/dev/null
    pod "$name-with" "app: pull" "$image" "true" >/dev/null
    eventually 40 finished "$name-with" Succeeded && finished "$name-without" Pending
}

check_signing() {
    check "cosign and its registries" "$rig" signing
    eval "$("$rig" env)"
    check "and only what is missing" same "$("$rig" status | sort)" "$("$rig" signing 2>/dev/null; "$rig" status | sort)"
    check "a locked registry asks for a token" locked_out "$RIG_REFERRERS_LOCKED"
    check "and another for a password" locked_out "$RIG_REGISTRY_LOCKED"
    check "cosign 3 signs behind the lock, cosign 2 verifies before it" signed_and_seen
    [ "$(cat "$RIG_STATE/mode")" != control ] || return 0
    check "the node pulls with a token" pulls_with_secret "$RIG_POD_REFERRERS_LOCKED" selftest/signed token
    check "and with a password" pulls_with_secret "$RIG_POD_REGISTRY_LOCKED" library/busybox password
    "$RIG_KUBECTL" delete namespace rig-selftest-pull --wait=false >/dev/null
}

# What a rig could leave behind on the machine, as text to compare.
traces() {
    ip -o link | cut -d: -f2 | sort
    ip -o addr show dev lo | awk '{ print $4 }'
    awk '{ print $2, $3 }' /proc/mounts | sort
    ip netns
    iptables-save | grep -v '^#' | sed 's/\[.*//'
    ip6tables-save | grep -v '^#' | sed 's/\[.*//'
    ipset list -n
    find /sys/fs/cgroup -maxdepth 2 -type d \( -name kubepods -o -name k8s.io \)
    find /var/lib/kubelet /var/lib/cni /run/containerd /run/cilium /sys/fs/bpf/cilium /sys/fs/bpf/tc /var/log/containers 2>&1
    sysctl net.ipv4.ip_forward vm.overcommit_memory kernel.panic kernel.panic_on_oops
    sysctl -a 2>/dev/null | grep -E '^net\.ipv4\.conf\.(all|default|lo)\.'
    pgrep -fa "$RIG_STATE/(bin|run)" || true
}

leaves_nothing() {
    diff <(printf '%s\n' "$before") <(traces)
}

# The control plane as a user without rights, with a cache and a state of that user's own.
unprivileged_control() {
    local home
    home=$(mktemp -d /var/tmp/rig-XXXXXX)
    cp -r "$here" "$home/cluster"
    mkdir "$home/cache"
    cp -r "$cache"/{etcd,kubernetes,nats,registry}-* "$home/cache/"
    chown -R 65534:65534 "$home"
    local as=(setpriv --reuid 65534 --regid 65534 --clear-groups env "HOME=$home" "RIG_CACHE=$home/cache" "RIG_STATE=$home/state")
    fails "${as[@]}" "$home/cluster/rig" up 2>"$home/refusal" && grep -q -- '--control' "$home/refusal" &&
        "${as[@]}" "$home/cluster/rig" up --control &&
        same ok "$("$home/state/bin/kubectl" --kubeconfig "$home/state/kubeconfig" get --raw /readyz)" &&
        "${as[@]}" "$home/cluster/rig" down
    set -- $?
    rm -rf "$home"
    return "$1"
}

check_cycle() {
    local cache=${RIG_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/job-executor-service-rig} before
    "$rig" down 2>/dev/null
    before=$(traces)
    check "up --control, without root" unprivileged_control
    check "up" "$rig" up
    "$RIG_KUBECTL" create deployment left --image=alpine --replicas=2 -- sleep 1000 >/dev/null
    # This mounts /run/netns over itself, and must not hide the pods' network namespaces from the tear-down.
    ip netns add rig-selftest && ip netns delete rig-selftest
    check "cosign and its registries again" "$rig" signing
    check "two pods run" "$RIG_KUBECTL" wait deployment left --for=condition=Available --timeout=60s
    check "down, in silence" same "down" "$("$rig" down 2>&1 | sed 's/.*s //')"
    check "nothing is left" leaves_nothing
    check "down again" "$rig" down
    check "up once more" "$rig" up
    "$rig" svc kill etcd
    "$rig" svc kill containerd
    check "up repairs a rig that is half dead" "$rig" up
    check "and it is healthy" "$rig" status
}

"$rig" up || exit 1
eval "$("$rig" env)"
check "up a second time" "$rig" up
check_cluster
check_signing
for name in referrers locked nats registry apiserver etcd kubelet containerd cilium kube-proxy; do
    check "$name is killed and comes back" survives_kill "$name"
done
[ "${1:-}" != --cycle ] || check_cycle
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
