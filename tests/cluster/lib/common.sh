# What all parts of the rig share: messages, recorded processes, waiting.

NODE_NAME=node1
NODE_IP=10.250.0.1
POD_RANGE=10.244.0.0/16
NODE_POD_RANGE=10.244.0.0/24
SERVICE_RANGE=10.96.0.0/16
DNS_IP=10.96.0.10

API_PORT=16443
ETCD_PORT=12379
ETCD_PEER_PORT=12380
REGISTRY_PORT=15000
NATS_PORT=14222
NATS_MONITOR_PORT=18222
KUBELET_PORT=20250
KCM_PORT=20257
SCHEDULER_PORT=20259
PROXY_HEALTH_PORT=20256
PROXY_METRICS_PORT=20249
CILIUM_HEALTH_PORT=19879

REGISTRY=127.0.0.1:$REGISTRY_PORT

BEGAN=$(date +%s%N)

say() {
    local elapsed=$((($(date +%s%N) - BEGAN) / 100000000))
    printf '%4d.%ds %s\n' $((elapsed / 10)) $((elapsed % 10)) "$*" >&2
}

die() {
    printf 'rig: %s\n' "$*" >&2
    exit 1
}

kube() {
    "$RIG_STATE/bin/kubectl" --kubeconfig "$RIG_STATE/kubeconfig" "$@"
}

# Makes the objects of a file or folder in the fresh cluster.
create() {
    kube create -f "$1" >"$RIG_STATE/log/create.log" 2>&1 ||
        die "could not make the objects of $1: $(tail -n 5 "$RIG_STATE/log/create.log")"
}

# PID 1 of a container may reap late, and a zombie still answers to signal 0, so the state decides.
alive_pid() {
    [ -r "/proc/$1/stat" ] && [[ $(stat_field "$1" 1) != [ZX] ]]
}

# Prints the field number $2, counted behind the command's name, of /proc/PID/stat.
stat_field() {
    local line
    { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 0
    # The name is in parentheses and may hold blanks itself.
    set -- "$2" ${line##*) }
    shift "$1"
    printf '%s' "$1"
}

# A recorded pid counts only while the process started at the recorded time: pids are used again.
service_pid() {
    local pid started
    { read -r pid started <"$RIG_STATE/pids/$1"; } 2>/dev/null || return 1
    alive_pid "$pid" && [ "$(stat_field "$pid" 20)" = "$started" ] && printf '%s' "$pid"
}

# Starts a command as the service NAME, and keeps the command so that `rig svc start` can repeat it.
start() {
    local name=$1
    shift
    mkdir -p "$RIG_STATE/pids" "$RIG_STATE/cmd" "$RIG_STATE/log"
    printf '%q ' "$@" >"$RIG_STATE/cmd/$name"
    launch "$name"
}

launch() {
    local name=$1
    eval "setsid nohup $(cat "$RIG_STATE/cmd/$name") >>'$RIG_STATE/log/$name.log' 2>&1 </dev/null 8>&- 9>&- &"
    printf '%s %s\n' $! "$(stat_field $! 20)" >"$RIG_STATE/pids/$name"
}

# Stops the service NAME with signal $2, by force once it has had ten seconds.
halt() {
    local pid tries
    pid=$(service_pid "$1") || { rm -f "$RIG_STATE/pids/$1"; return 0; }
    kill -s "$2" "$pid" 2>/dev/null
    for ((tries = 0; tries < 200; tries++)); do
        service_pid "$1" >/dev/null || { rm -f "$RIG_STATE/pids/$1"; return 0; }
        sleep 0.05
    done
    kill -s KILL "$pid" 2>/dev/null
    rm -f "$RIG_STATE/pids/$1"
}

# Waits up to $2 seconds until a command succeeds, and says so; gives up early when service $3 has died.
await() {
    local what=$1 limit=$2 service=$3 deadline
    shift 3
    deadline=$((SECONDS + limit))
    until "$@" >/dev/null 2>&1; do
        if [ "$service" != - ] && ! service_pid "$service" >/dev/null; then
            tail -n 15 "$RIG_STATE/log/$service.log" >&2
            die "$service died while the rig waited for: $what (log: $RIG_STATE/log/$service.log)"
        fi
        [ "$SECONDS" -lt "$deadline" ] || die "not there after $limit s: $what (logs: $RIG_STATE/log)"
        sleep 0.1
    done
    say "$what"
}

port_open() {
    (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null
}

# Succeeds when an http server answers 200; bash alone, as a machine need not have curl.
http_ok() {
    local status
    exec 3<>"/dev/tcp/$1/$2" || return 1
    printf 'GET %s HTTP/1.0\r\nHost: %s\r\n\r\n' "$3" "$1" >&3
    read -r -t 5 status <&3
    exec 3>&-
    [[ $status == *" 200"* ]]
}
