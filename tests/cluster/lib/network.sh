# The node's address, what is kept of the machine's settings, and Cilium.

# What kubelet, kube-proxy and Cilium change and the tear-down puts back.
SYSCTLS='^(net\.ipv4\.(ip_forward|conf\.(all|default)\.|fib_multipath)|net\.ipv6\.conf\.(all|default)\.|net\.core\.|net\.netfilter\.nf_conntrack|vm\.overcommit_memory|vm\.panic|kernel\.(panic|keys|unprivileged_bpf|timer_migration))'

# Folders with a fixed place in the programs; those that were not there before are removed again.
FIXED_FOLDERS="/var/lib/kubelet /var/lib/cni /var/log/containers /var/log/pods /run/containerd /run/cilium /run/netns"

# Prints a line "ip mangle" for each table that iptables knows.
existing_tables() {
    iptables-save 2>/dev/null | sed -n 's/^\*/ip /p'
    ip6tables-save 2>/dev/null | sed -n 's/^\*/ip6 /p'
}

# Another Kubernetes on this machine would share chains and folders with the rig, and lose them with it.
refuse_foreign_cluster() {
    if iptables-save 2>/dev/null | grep -q KUBE- || [ -e /sys/fs/bpf/cilium ]; then
        die "this machine carries the network of another Kubernetes, or the remains of a rig whose state folder is gone; 'rig down --force' clears the latter"
    fi
}

prepare_network() {
    local before=$RIG_STATE/before folder device
    mkdir -p "$before"
    sysctl -a 2>/dev/null | grep -E "$SYSCTLS" >"$before/sysctl"
    for folder in $FIXED_FOLDERS; do
        [ -e "$folder" ] || echo "$folder"
    done >"$before/absent-folders"
    existing_tables >"$before/tables"
    [ -e /run/mount ] || touch "$before/no-run-mount"
    grep -q ' /run/netns ' /proc/mounts || touch "$before/no-netns-mount"
    grep -q ' /sys/fs/bpf bpf ' /proc/mounts || touch "$before/no-bpffs"
    touch "$RIG_STATE/node-started"

    ip addr add "$NODE_IP/32" dev lo 2>/dev/null || ip -o addr show dev lo | grep -q "$NODE_IP/" ||
        die "could not give $NODE_IP to the loopback device"
    sysctl -qw net.ipv4.ip_forward=1
    # Pods never leave the machine.
    for device in $(ip -o route show default | sed -n 's/.* dev \([^ ]*\).*/\1/p' | sort -u); do
        iptables -w -I FORWARD -s "$POD_RANGE" -o "$device" -j DROP -m comment --comment "rig: pods stay here"
    done
    # The servers listen on loopback only; pods reach them at the node's address.
    relay api "$API_PORT"
    relay nats "$NATS_PORT"
    relay registry "$REGISTRY_PORT"
}

relay() {
    start "relay-$1" socat "TCP-LISTEN:$2,bind=$NODE_IP,fork,reuseaddr,backlog=128" "TCP:127.0.0.1:$2"
}

# Cilium is the CNI and enforces NetworkPolicy. It runs without its operator: kube-controller-manager
# hands out the pod range, and the CRDs come from the module.
start_cilium() {
    local lib=$RIG_STATE/cilium/lib run=$RIG_STATE/cilium/run module cgroup cidr=()
    module=$(family_cache cilium)
    mkdir -p "$lib" "$run" "$RIG_STATE/cilium/tools"
    cp -r "$module/bpf" "$lib/bpf"
    # The agent calls its compilers by their plain names.
    ln -sf "$(command -v clang-14)" "$RIG_STATE/cilium/tools/clang"
    ln -sf "$(command -v llc-14)" "$RIG_STATE/cilium/tools/llc"
    [ ! -e "$RIG_STATE/before/no-bpffs" ] || mount -t bpf bpf /sys/fs/bpf || die "could not mount the bpf file system"
    cgroup=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
    if [ -z "$cgroup" ]; then
        cgroup=$RIG_STATE/cilium/cgroup2
        mkdir -p "$cgroup"
        mount -t cgroup2 none "$cgroup" || die "could not mount a cgroup2 hierarchy for Cilium"
    fi
    create "$module/crds"
    # Without this, an ipBlock never matches the node, nor so the API server on it.
    [ "${RIG_CILIUM_CIDR_NODES:-1}" = 0 ] || cidr=(--policy-cidr-match-mode=nodes)
    start cilium env TMPDIR="$RIG_STATE/cilium" PATH="$RIG_STATE/cilium/tools:$PATH" K8S_NODE_NAME="$NODE_NAME" \
        "$RIG_DIR/lib/with-own-proc" "$RIG_STATE/bin/cilium-agent" \
        --k8s-kubeconfig-path="$RIG_STATE/kubeconfig" --cluster-name=default \
        --lib-dir="$lib" --state-dir="$run" --socket-path="$run/cilium.sock" \
        --bpf-root=/sys/fs/bpf --cgroup-root="$cgroup" --identity-allocation-mode=crd \
        --enable-ipv4=true --enable-ipv6=false --ipam=kubernetes --routing-mode=native \
        --ipv4-native-routing-cidr="$POD_RANGE" --enable-ipv4-masquerade=false \
        --kube-proxy-replacement=false --bpf-lb-sock=false --enable-node-port=false \
        --enable-hubble=false --enable-l7-proxy=false --enable-health-checking=false \
        --enable-endpoint-health-checking=false --agent-health-port="$CILIUM_HEALTH_PORT" --gops-port=0 \
        --mtu=1500 --direct-routing-device=lo --cni-exclusive=false --preallocate-bpf-maps=false \
        --bpf-ct-global-tcp-max=65536 --bpf-ct-global-any-max=65536 "${cidr[@]}"
}
