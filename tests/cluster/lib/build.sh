# Builds the rig's commands from Go modules, once per machine, into the cache.
#
# Each family has a module graph of its own under tools/, because together they do not resolve.
# A cache entry is named after everything that went into it, so a fresh clone with the same
# pins finds the same entry and builds nothing.

CONTROL_FAMILIES="etcd kubernetes nats registry"
NODE_FAMILIES="pause coredns cilium"

GO_LDFLAGS="-s -w"

# The API server reports this stamp as its version; without it the clients' version checks see v0.0.0-master.
kubernetes_stamp() {
    local version package variables=""
    version=$(awk '$1 == "require" && $2 == "k8s.io/kubernetes" { print $3 } $1 == "k8s.io/kubernetes" && NF > 1 { print $2 }' "$RIG_DIR/tools/kubernetes/go.mod" | head -n 1)
    for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
        variables+=" -X $package.gitVersion=$version"
        variables+=" -X $package.gitMajor=$(cut -d. -f1 <<<"${version#v}")"
        variables+=" -X $package.gitMinor=$(cut -d. -f2 <<<"${version#v}")"
        variables+=" -X $package.gitCommit=$version -X $package.gitTreeState=clean"
        variables+=" -X $package.buildDate=1970-01-01T00:00:00Z"
    done
    printf '%s' "$variables"
}

family_ldflags() {
    case $1 in
        kubernetes) printf '%s%s' "$GO_LDFLAGS" "$(kubernetes_stamp)" ;;
        *) printf '%s' "$GO_LDFLAGS" ;;
    esac
}

# Builds all tools of family $1 into the folder $2/bin, under the names the rig knows them by.
build_family() {
    local family=$1 out=$2 target=tool module
    [ "$family" = pause ] && target=.
    mkdir -p "$out/bin"
    (
        cd "$RIG_DIR/tools/$family"
        export CGO_ENABLED=0 GOWORK=off GOFLAGS=-buildvcs=false
        nice go build -trimpath -ldflags "$(family_ldflags "$family")" -o "$out/bin/" "$target"
        case $family in
            etcd) mv "$out/bin/server" "$out/bin/etcd" ;;
            cilium)
                mv "$out/bin/daemon" "$out/bin/cilium-agent"
                # The agent compiles its datapath at run time from these sources, and expects these CRDs.
                module=$(go list -m -f '{{.Dir}}' github.com/cilium/cilium)
                cp -r "$module/bpf" "$out/bpf"
                mkdir "$out/crds"
                cp "$module"/pkg/k8s/apis/cilium.io/client/crds/v2*/*.yaml "$out/crds/"
                chmod -R u+w "$out"
                ;;
        esac
    )
}

# Names the cache entry of a family after its sources, its flags, its recipe and the Go version.
family_cache() {
    local family=$1 hash
    hash=$({
        find "$RIG_DIR/tools/$family" -type f | sort | xargs cat
        family_ldflags "$family"
        declare -f build_family
        go env GOVERSION GOOS GOARCH
    } | sha256sum | cut -c1-16)
    printf '%s/%s-%s' "$RIG_CACHE" "$family" "$hash"
}

# Builds the given families where the cache lacks them, with a heartbeat, since a cold build takes minutes.
provision_families() {
    local family entry work log builder began
    command -v go >/dev/null || die "the Go toolchain is needed to build the rig's commands (go 1.26 or newer)"
    # What an interrupted build left; the lock says that none is under way.
    rm -rf "$RIG_CACHE"/building-*
    for family in "$@"; do
        entry=$(family_cache "$family")
        [ -d "$entry" ] && continue
        say "building $family (once; kept in $entry)"
        work=$(mktemp -d "$RIG_CACHE/building-$family.XXXXXX") log=$RIG_CACHE/build-$family.log
        began=$SECONDS
        (set -e; build_family "$family" "$work") >"$log" 2>&1 9>&- &
        builder=$!
        while alive_pid "$builder"; do
            sleep 1
            [ $(((SECONDS - began) % 15)) -ne 0 ] || say "  $family: still building, $((SECONDS - began)) s"
        done
        if ! wait "$builder"; then
            rm -rf "$work"
            tail -n 20 "$log" >&2
            die "could not build $family; the whole log is $log"
        fi
        chmod 755 "$work"
        mv "$work" "$entry"
        say "built $family in $((SECONDS - began)) s"
    done
}
