# Stops everything and removes every trace, in whatever state it is found.
#
# All data is thrown away, so processes get SIGKILL. Each step bears being repeated.

tear_down() {
    local name
    for name in kubelet kube-proxy cilium relay-api relay-nats relay-registry $SIGNING_RELAYS; do
        halt "$name" KILL
    done
    remove_containers
    for name in $SIGNING_SERVICES registry nats scheduler kcm apiserver etcd; do
        halt "$name" KILL
    done
    if [ -e "$RIG_STATE/node-started" ] || [ "${1:-}" = --force ]; then
        remove_mounts
        remove_links
        remove_rules
        remove_cgroups
        restore_settings
    fi
    rm -rf "$RIG_STATE"
}

# The shims are not our children, but each carries the path of our socket.
shims() {
    local file
    for file in $(grep -lzxF -- "$RIG_STATE/run/containerd.sock" /proc/[0-9]*/cmdline 2>/dev/null); do
        grep -q '^containerd-shim' "${file%/cmdline}/comm" 2>/dev/null && basename "${file%/cmdline}"
    done
}

# The shims first, as they would report each death; then all that runs in the pods' cgroups.
container_pids() {
    shims
    find /sys/fs/cgroup -path '*/kubepods/*' -name cgroup.procs -exec cat {} + 2>/dev/null | sort -u
}

remove_containers() {
    local tries pids
    [ -e "$RIG_STATE/node-started" ] || return 0
    halt containerd KILL
    for ((tries = 0; tries < 50; tries++)); do
        pids=$(container_pids)
        [ -n "$pids" ] || return 0
        kill -s KILL $pids 2>/dev/null
        sleep 0.1
    done
    say "these processes of pods do not die: $(echo $pids)"
}

remove_mounts() {
    local place
    awk -v below="$RIG_STATE/" 'index($2, below) == 1 { print $2 }' /proc/mounts | sort -r | while read -r place; do
        umount -l "$place"
    done
    remove_namespaces
}

# `ip netns add`, as a test calls it, mounts /run/netns over itself. The namespaces that containerd put there before are
# below that mount from then on: their files are still seen, and can be neither unmounted nor removed. So it is lifted.
remove_namespaces() {
    local aside
    remove_visible_namespaces
    grep -q ' /run/netns ' /proc/mounts || return 0
    aside=$(mktemp -d)
    # Where the folder above is shared, as with systemd, nothing can be moved, and nothing was hidden either.
    if mount --move /run/netns "$aside" 2>/dev/null; then
        remove_visible_namespaces
        # It goes for good when it came with the rig and holds nobody's namespace.
        { [ -e "$RIG_STATE/before/no-netns-mount" ] && umount "$aside" 2>/dev/null; } || mount --move "$aside" /run/netns
    elif [ -e "$RIG_STATE/before/no-netns-mount" ]; then
        umount /run/netns 2>/dev/null
    fi
    rmdir "$aside"
}

remove_visible_namespaces() {
    local place
    for place in /run/netns/cni-*; do
        [ ! -e "$place" ] || ip netns delete "${place##*/}" 2>/dev/null || { umount -l "$place"; rm -f "$place"; } 2>/dev/null
    done
}

remove_links() {
    local link
    ip -o link 2>/dev/null | grep -oE ' (lxc[0-9a-f_]+|lxc_health|cilium_[a-z0-9]+)[@:]' | tr -d ' @:' | while read -r link; do
        ip link delete "$link" 2>/dev/null
    done
    ip addr delete "$NODE_IP/32" dev lo 2>/dev/null
    if command -v tc >/dev/null && tc qdisc show dev lo 2>/dev/null | grep -q clsact; then
        tc qdisc delete dev lo clsact
    fi
    rm -rf /sys/fs/bpf/tc /sys/fs/bpf/cilium
    [ ! -e "$RIG_STATE/before/no-bpffs" ] || umount /sys/fs/bpf 2>/dev/null
}

# Takes our chains and rules out of the tables and leaves what others put there.
remove_rules() {
    local family set
    for family in iptables ip6tables; do
        command -v "$family-save" >/dev/null || continue
        "$family-save" 2>/dev/null | grep -vE 'KUBE-|CILIUM|cilium|kube-|rig: pods stay here' | "$family-restore" 2>/dev/null
    done
    remove_empty_tables
    command -v ipset >/dev/null || return 0
    for set in $(ipset list -n 2>/dev/null | grep -E '^(KUBE|cilium)'); do
        ipset destroy "$set"
    done
}

# The first rule makes a table, and iptables cannot unmake one: those that were not there before and are empty go.
remove_empty_tables() {
    local family table
    [ -f "$RIG_STATE/before/tables" ] && command -v nft >/dev/null || return 0
    existing_tables | grep -vxFf "$RIG_STATE/before/tables" | while read -r family table; do
        nft list table "$family" "$table" 2>/dev/null | grep -qE 'counter|jump|policy drop' || nft delete table "$family" "$table" 2>/dev/null
    done
}

remove_cgroups() {
    local folder
    for folder in /sys/fs/cgroup/kubepods /sys/fs/cgroup/*/kubepods /sys/fs/cgroup/k8s.io /sys/fs/cgroup/*/k8s.io; do
        [ ! -d "$folder" ] || find "$folder" -depth -type d -exec rmdir {} \; 2>/dev/null
    done
}

# Puts back the kernel settings that differ by now, and removes the folders of fixed place that were not there.
restore_settings() {
    local before=$RIG_STATE/before folder setting
    if [ -f "$before/sysctl" ]; then
        comm -23 <(sort "$before/sysctl") <(sysctl -a 2>/dev/null | sort) | while read -r setting; do
            sysctl -qw "${setting%% = *}=${setting#* = }" 2>/dev/null
        done
    fi
    # mount(8) makes this folder; it goes unless it says something about somebody's mount.
    [ ! -e "$before/no-run-mount" ] || [ -s /run/mount/utab ] || rm -rf /run/mount
    [ -f "$before/absent-folders" ] || return 0
    while read -r folder; do
        rm -rf --one-file-system "$folder"
    done <"$before/absent-folders"
}
