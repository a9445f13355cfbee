# The node: containerd, kubelet, kube-proxy, and the cluster's DNS as a pod on it.

start_containerd() {
    local run=$RIG_STATE/run snapshotter=overlayfs
    # overlayfs does not stack on itself, as where the machine is a container.
    [ "$(stat -f -c %T "$RIG_STATE")" != overlayfs ] || snapshotter=native
    mkdir -p "$run" "$RIG_STATE/cni/bin" "$RIG_STATE/cni/conf"
    ln -sf "$RIG_STATE/bin/cilium-cni" /usr/lib/cni/loopback "$RIG_STATE/cni/bin/"
    echo '{"cniVersion": "0.3.1", "name": "cilium", "plugins": [{"type": "cilium-cni"}]}' >"$RIG_STATE/cni/conf/05-cilium.conflist"
    mirror_registries
    # Without CAP_SYS_RESOURCE runc cannot lower a sandbox's oom score, hence the restriction.
    cat >"$RIG_STATE/etc/containerd.toml" <<CONTAINERD
version = 2
root = "$RIG_STATE/containerd"
state = "$run/containerd"
[grpc]
  address = "$run/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "$RIG_STATE/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$REGISTRY/pause:3.10"
  restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = "$RIG_STATE/etc/certs.d"
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "$RIG_STATE/cni/bin"
  conf_dir = "$RIG_STATE/cni/conf"
[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = "$snapshotter"
  default_runtime_name = "runc"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  Root = "$run/runc"
  SystemdCgroup = false
CONTAINERD
    # The CNI plugin runs as containerd's child, and finds the agent by this variable.
    start containerd env CILIUM_SOCK="$RIG_STATE/cilium/run/cilium.sock" \
        containerd --config "$RIG_STATE/etc/containerd.toml"
}

# Whatever registry an image names, the node looks for it in the rig's, under the same path.
mirror_registries() {
    local name
    for name in docker.io ghcr.io registry.example.com _default; do
        mkdir -p "$RIG_STATE/etc/certs.d/$name"
        printf 'server = "http://%s"\n[host."http://%s"]\n  capabilities = ["pull", "resolve"]\n' "$REGISTRY" "$REGISTRY" \
            >"$RIG_STATE/etc/certs.d/$name/hosts.toml"
    done
}

start_node() {
    local pki=$RIG_STATE/pki
    # The kubelet ends when containerd is not there at its start.
    await "containerd" 30 containerd ctr -a "$RIG_STATE/run/containerd.sock" version
    : >"$RIG_STATE/etc/resolv.conf"
    cat >"$RIG_STATE/etc/kubelet.yaml" <<KUBELET
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $NODE_IP
port: $KUBELET_PORT
healthzPort: 0
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $pki/ca.crt}}
authorization: {mode: Webhook}
tlsCertFile: $pki/kubelet-server.crt
tlsPrivateKeyFile: $pki/kubelet-server.key
containerRuntimeEndpoint: unix://$RIG_STATE/run/containerd.sock
cgroupDriver: cgroupfs
failCgroupV1: false
failSwapOn: false
resolvConf: $RIG_STATE/etc/resolv.conf
clusterDomain: cluster.local
clusterDNS: [$DNS_IP]
podCIDR: $NODE_POD_RANGE
evictionHard: {memory.available: 100Mi, nodefs.available: 1%, nodefs.inodesFree: 1%, imagefs.available: 1%}
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
volumePluginDir: $RIG_STATE/kubelet/plugins-exec
podLogsDir: $RIG_STATE/log/pods
shutdownGracePeriod: 0s
KUBELET
    start kubelet "$RIG_STATE/bin/kubelet" --config="$RIG_STATE/etc/kubelet.yaml" \
        --kubeconfig="$pki/kubelet.kubeconfig" --hostname-override="$NODE_NAME" --node-ip="$NODE_IP" \
        --root-dir="$RIG_STATE/kubelet" --cert-dir="$RIG_STATE/kubelet-pki" -v=2
    start kube-proxy "$RIG_STATE/bin/kube-proxy" --kubeconfig="$pki/proxy.kubeconfig" \
        --hostname-override="$NODE_NAME" --proxy-mode=iptables --cluster-cidr="$POD_RANGE" \
        --bind-address=127.0.0.1 --healthz-bind-address="127.0.0.1:$PROXY_HEALTH_PORT" \
        --metrics-bind-address="127.0.0.1:$PROXY_METRICS_PORT" --conntrack-max-per-core=0
}

node_ready() {
    [ "$(kube get node "$NODE_NAME" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}')" = True ]
}

dns_ready() {
    [ "$(kube -n kube-system get deployment coredns -o 'jsonpath={.status.readyReplicas}')" = 1 ]
}

await_node() {
    await "node" 120 kubelet node_ready
    await "Cilium" 60 cilium http_ok 127.0.0.1 "$CILIUM_HEALTH_PORT" /healthz
    await "kube-proxy" 30 kube-proxy http_ok 127.0.0.1 "$PROXY_HEALTH_PORT" /livez
    await "DNS" 60 - dns_ready
}

# The node's status lags behind its kubelet, which listens only once it has found containerd.
node_healthy() {
    port_open "$NODE_IP" "$KUBELET_PORT" && node_ready && dns_ready && http_ok 127.0.0.1 "$CILIUM_HEALTH_PORT" /healthz &&
        ctr -a "$RIG_STATE/run/containerd.sock" version >/dev/null
}
