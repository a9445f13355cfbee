# Images made from folders, without a container engine, and pushed into the rig's registry.

push_image() {
    python3 "$RIG_DIR/lib/image.py" --registry "$REGISTRY" "$@"
}

# What `rig image` does: push_image for the tag and folder somebody named.
push_folder() {
    [ $# -eq 0 ] || [ "${1#-}" != "$1" ] || http_ok 127.0.0.1 "$REGISTRY_PORT" /v2/ 2>/dev/null ||
        die "the rig's registry does not answer; is the rig up?"
    push_image "$@"
}

# The accounts that each of our root file systems knows.
write_accounts() {
    mkdir -p "$1/etc"
    printf '%s\n' root:x:0:0:root:/root:/bin/sh nobody:x:65534:65534:nobody:/:/bin/sh \
        nonroot:x:65532:65532:nonroot:/home/nonroot:/bin/sh >"$1/etc/passwd"
    printf '%s\n' root:x:0: nobody:x:65534: nonroot:x:65532: >"$1/etc/group"
    echo 'hosts: files dns' >"$1/etc/nsswitch.conf"
}

# A root file system with busybox under all its names.
busybox_root() {
    local root=$1
    mkdir -p "$root"/{bin,dev,etc,home/nonroot,proc,root,sys,tmp,usr/bin,var}
    chmod 1777 "$root/tmp"
    install -m 755 "$(command -v busybox)" "$root/bin/busybox"
    # One process for some four hundred links, where ln would take as many.
    busybox --list | grep -vx busybox | (cd "$root/bin" && python3 -c 'import os, sys; [os.symlink("busybox", name.strip()) for name in sys.stdin]')
    ln -sf ../../bin/env "$root/usr/bin/env"
    write_accounts "$root"
}

# The images that tests name as if they came from a public registry, and those the node itself needs.
push_images() {
    local root=$RIG_STATE/image-root tag
    await "registry" 20 registry http_ok 127.0.0.1 "$REGISTRY_PORT" /v2/
    busybox_root "$root/busybox"
    cp -r "$root/busybox" "$root/alpine"
    echo 'PRETTY_NAME="a stand-in for Alpine, with busybox"' >"$root/alpine/etc/os-release"
    echo 3.20.0 >"$root/alpine/etc/alpine-release"
    install -D "$RIG_STATE/bin/pause" "$root/pause/pause"
    install -D "$RIG_STATE/bin/coredns" "$root/coredns/coredns"
    {
        push_image library/busybox:1.35 "$root/busybox" --cmd /bin/sh &&
            for tag in latest 3.20; do
                push_image "library/alpine:$tag" "$root/alpine" --cmd /bin/sh || exit
            done &&
            push_image pause:3.10 "$root/pause" --entrypoint /pause --user 65535 &&
            push_image kube-system/coredns:rig "$root/coredns" --entrypoint /coredns --user 65532
    } >/dev/null || die "could not push the images"
    rm -rf "$root"
    say "images"
}

# rig image-from-binary TAG BINARY [--user UID]: the command as /usr/local/bin/NAME and its libraries.
push_binary() {
    local tag=${1:-} binary=${2:-} root name library
    [ -n "$tag" ] && [ -x "$binary" ] || die "usage: rig image-from-binary TAG BINARY [--user UID]"
    shift 2
    name=$(basename "$binary")
    root=$(mktemp -d)
    mkdir -p "$root"/{usr/local/bin,home/nonroot,tmp}
    chmod 1777 "$root/tmp"
    install -m 755 "$binary" "$root/usr/local/bin/$name"
    # ldd prints "name => path (address)" for a library and "path (address)" for the loader; a static command has none.
    for library in $(ldd "$binary" 2>/dev/null | grep -oE '/[^ ]+'); do
        install -D -m 755 "$(readlink -f "$library")" "$root$library"
    done
    # glibc loads these by name, at the first look-up of a host.
    for library in libnss_dns.so.2 libnss_files.so.2 libresolv.so.2; do
        library=$(ldconfig -p 2>/dev/null | awk -v name="$library" '$1 == name { print $NF; exit }')
        [ -z "$library" ] || [ -e "$root$library" ] || install -D -m 755 "$(readlink -f "$library")" "$root$library"
    done
    write_accounts "$root"
    if [ -f /etc/ssl/certs/ca-certificates.crt ]; then
        install -D -m 644 /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
    fi
    push_folder "$tag" "$root" --entrypoint "/usr/local/bin/$name" --user 65532 "$@"
    set -- $?
    rm -rf "$root"
    return "$1"
}
