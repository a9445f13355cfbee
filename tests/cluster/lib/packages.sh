# The Debian packages the rig stands on, and whether this machine can run containers at all.

CONTROL_PACKAGES="openssl python3-minimal"
NODE_PACKAGES="containerd runc containernetworking-plugins iptables nftables ipset conntrack socat
    busybox-static iproute2 procps clang-14 llvm-14 bpftool"

# The command that shows a package to be there, however it came: a machine need not be Debian.
package_command() {
    case $1 in
        python3-minimal) echo python3 ;;
        containernetworking-plugins) echo /usr/lib/cni/loopback ;;
        busybox-static) echo busybox ;;
        iproute2) echo ip ;;
        procps) echo sysctl ;;
        nftables) echo nft ;;
        llvm-14) echo llc-14 ;;
        *) echo "$1" ;;
    esac
}

install_packages() {
    local package missing=()
    for package in "$@"; do
        command -v "$(package_command "$package")" >/dev/null || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null ||
        die "these commands are missing, and only root on Debian can have them installed: ${missing[*]}"
    say "installing ${missing[*]}"
    {
        apt-get update -qq &&
            DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
    } >"$RIG_CACHE/apt.log" 2>&1 9>&- || {
        tail -n 5 "$RIG_CACHE/apt.log" >&2
        die "apt-get could not install them; the whole log is $RIG_CACHE/apt.log"
    }
}

# Ends the command with the reason where no node can be started, and with the remedies.
why_no_containers() {
    local reason=""
    if [ "$(id -u)" != 0 ]; then
        reason="it takes root"
    elif ! unshare -m true 2>/dev/null; then
        reason="mount namespaces are not allowed (unshare -m)"
    elif ! unshare -n true 2>/dev/null; then
        reason="network namespaces are not allowed (unshare -n)"
    fi
    [ -z "$reason" ] ||
        die "this machine cannot run containers: $reason. Set KUBECONFIG to a cluster of your own (with RIG_EXTERNAL=1), or run 'rig up --control' for a control plane without a node."
}
