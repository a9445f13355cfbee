# The control plane and the two servers beside it: everything that needs no root.

# The commands get one folder of links, so that a process shows which rig it belongs to.
link_commands() {
    local family families=$CONTROL_FAMILIES
    [ "$1" = control ] || families="$families $NODE_FAMILIES"
    for family in $families; do
        ln -sf "$(family_cache "$family")"/bin/* "$RIG_STATE/bin/"
    done
}

# Says so at once when a port is taken, rather than talk to another's server later.
refuse_collisions() {
    local port
    for port in $API_PORT $ETCD_PORT $REGISTRY_PORT $NATS_PORT $NATS_MONITOR_PORT; do
        ! port_open 127.0.0.1 "$port" ||
            die "port $port is taken: another rig (its own RIG_STATE?) or another program; stop that first"
    done
    [ "$1" = control ] || refuse_foreign_cluster
}

# etcd, the registry and NATS do not depend on one another.
start_stores() {
    local bin=$RIG_STATE/bin
    start etcd "$bin/etcd" --name rig --data-dir "$RIG_STATE/etcd" --log-level warn \
        --listen-client-urls "http://127.0.0.1:$ETCD_PORT" --advertise-client-urls "http://127.0.0.1:$ETCD_PORT" \
        --listen-peer-urls "http://127.0.0.1:$ETCD_PEER_PORT" \
        --initial-advertise-peer-urls "http://127.0.0.1:$ETCD_PEER_PORT" \
        --initial-cluster "rig=http://127.0.0.1:$ETCD_PEER_PORT" --unsafe-no-fsync

    cat >"$RIG_STATE/etc/registry.yaml" <<REGISTRY
version: 0.1
log: {level: warn}
storage:
  filesystem: {rootdirectory: $RIG_STATE/registry}
  delete: {enabled: true}
http: {addr: "$REGISTRY"}
REGISTRY
    start registry env OTEL_TRACES_EXPORTER=none "$bin/registry" serve "$RIG_STATE/etc/registry.yaml"

    start nats "$bin/nats-server" --addr 127.0.0.1 --port "$NATS_PORT" \
        --http_port "$NATS_MONITOR_PORT" --jetstream --store_dir "$RIG_STATE/nats"
}

start_apiserver() {
    local pki=$RIG_STATE/pki
    cp "$RIG_DIR/manifests/audit-policy.yaml" "$RIG_STATE/etc/"
    start apiserver "$RIG_STATE/bin/kube-apiserver" --bind-address=127.0.0.1 --secure-port="$API_PORT" \
        --advertise-address="$NODE_IP" --etcd-servers="http://127.0.0.1:$ETCD_PORT" \
        --service-cluster-ip-range="$SERVICE_RANGE" --authorization-mode=Node,RBAC \
        --enable-admission-plugins=NodeRestriction --allow-privileged=true --profiling=false \
        --client-ca-file="$pki/ca.crt" \
        --tls-cert-file="$pki/apiserver.crt" --tls-private-key-file="$pki/apiserver.key" \
        --kubelet-client-certificate="$pki/apiserver-kubelet.crt" \
        --kubelet-client-key="$pki/apiserver-kubelet.key" \
        --kubelet-certificate-authority="$pki/ca.crt" --kubelet-preferred-address-types=InternalIP \
        --service-account-issuer=https://kubernetes.default.svc.cluster.local \
        --service-account-key-file="$pki/service-accounts.pub" \
        --service-account-signing-key-file="$pki/service-accounts.key" \
        --requestheader-client-ca-file="$pki/front-proxy-ca.crt" \
        --requestheader-allowed-names=front-proxy --requestheader-extra-headers-prefix=X-Remote-Extra- \
        --requestheader-group-headers=X-Remote-Group --requestheader-username-headers=X-Remote-User \
        --proxy-client-cert-file="$pki/front-proxy.crt" --proxy-client-key-file="$pki/front-proxy.key" \
        --audit-policy-file="$RIG_STATE/etc/audit-policy.yaml" --audit-log-path="$RIG_STATE/log/audit.log"
}

await_apiserver() {
    await "API server" 60 apiserver kube get --raw /readyz
}

start_controllers() {
    local pki=$RIG_STATE/pki
    # The higher request rate makes the first service account come four seconds sooner.
    start kcm "$RIG_STATE/bin/kube-controller-manager" --bind-address=127.0.0.1 --secure-port="$KCM_PORT" \
        --kubeconfig="$pki/kcm.kubeconfig" --authentication-kubeconfig="$pki/kcm.kubeconfig" \
        --authorization-kubeconfig="$pki/kcm.kubeconfig" --use-service-account-credentials=true \
        --service-account-private-key-file="$pki/service-accounts.key" --root-ca-file="$pki/ca.crt" \
        --cluster-signing-cert-file="$pki/ca.crt" --cluster-signing-key-file="$pki/ca.key" \
        --allocate-node-cidrs=true --cluster-cidr="$POD_RANGE" --service-cluster-ip-range="$SERVICE_RANGE" \
        --leader-elect=false --kube-api-qps=300 --kube-api-burst=600
    start scheduler "$RIG_STATE/bin/kube-scheduler" --bind-address=127.0.0.1 --secure-port="$SCHEDULER_PORT" \
        --kubeconfig="$pki/scheduler.kubeconfig" --authentication-kubeconfig="$pki/scheduler.kubeconfig" \
        --authorization-kubeconfig="$pki/scheduler.kubeconfig" --leader-elect=false
}

# The default service account is the first thing that shows the controllers at work.
await_controllers() {
    await "controllers" 60 kcm kube -n default get serviceaccount default
    await "NATS" 20 nats http_ok 127.0.0.1 "$NATS_MONITOR_PORT" /healthz
    await "registry" 20 registry http_ok 127.0.0.1 "$REGISTRY_PORT" /v2/
}

# The services of a mode, in the order of their start.
services() {
    echo etcd registry nats apiserver kcm scheduler
    [ "$(cat "$RIG_STATE/mode" 2>/dev/null)" = control ] || echo relay-api relay-nats relay-registry containerd cilium kubelet kube-proxy
}

# Succeeds when all processes live and the servers answer.
healthy() {
    local name
    for name in $(services); do
        service_pid "$name" >/dev/null || return 1
    done
    kube get --raw /readyz >/dev/null 2>&1 &&
        http_ok 127.0.0.1 "$REGISTRY_PORT" /v2/ && http_ok 127.0.0.1 "$NATS_MONITOR_PORT" /healthz || return 1
    [ "$(cat "$RIG_STATE/mode")" = control ] || node_healthy
} 2>/dev/null

status() {
    local name pid
    [ -d "$RIG_STATE" ] || { echo "down"; return 1; }
    for name in $(services) $(signing_services); do
        pid=$(service_pid "$name") && printf '%-15s runs, pid %s\n' "$name" "$pid" || printf '%-15s NOT RUNNING\n' "$name"
    done
    whole && echo "healthy" || { echo "not healthy"; return 1; }
}

# What was started for signatures belongs to a healthy rig, but its lack is no reason to start all afresh.
whole() {
    healthy && { ! signing_started || signing_healthy; }
} 2>/dev/null

# Waits up to $1 seconds for the rig to be whole, as after a fault.
wait_healthy() {
    local deadline=$((SECONDS + $1))
    until whole; do
        [ "$SECONDS" -lt "$deadline" ] || { status; return 1; }
        sleep 0.2
    done
}

# Fault injection: service ACTION NAME
service() {
    local action=${1:-} name=${2:-}
    [ -f "$RIG_STATE/cmd/$name" ] && [ -n "$name" ] || die "no such service: '$name'; there are: $(echo $(services) $(signing_services) | tr '\n' ' ')"
    case $action in
        kill) halt "$name" KILL ;;
        stop) halt "$name" TERM ;;
        start) service_pid "$name" >/dev/null || launch "$name" ;;
        restart) halt "$name" TERM && launch "$name" ;;
        *) die "rig svc kill|stop|start|restart NAME" ;;
    esac
}
