# The cluster's own certificates and kubeconfigs, made anew at each start.

make_key() {
    openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"
}

make_ca() {
    make_key "$1"
    openssl req -x509 -new -key "$1.key" -days 3650 -subj "/CN=$1" -out "$1.crt" \
        -addext basicConstraints=critical,CA:TRUE \
        -addext keyUsage=critical,keyCertSign,cRLSign,digitalSignature
}

# make_cert NAME CA SUBJECT USAGE [ALTERNATIVE-NAMES]
make_cert() {
    make_key "$1"
    openssl req -new -key "$1.key" -subj "$3" |
        openssl x509 -req -CA "$2.crt" -CAkey "$2.key" -set_serial "0x$(openssl rand -hex 8)" -days 3650 -out "$1.crt" \
            -extfile <(
                echo "basicConstraints=CA:FALSE"
                echo "keyUsage=digitalSignature"
                echo "extendedKeyUsage=$4"
                [ -z "${5:-}" ] || echo "subjectAltName=$5"
            ) 2>/dev/null
}

# make_kubeconfig FILE CERT
make_kubeconfig() {
    (umask 077; cat >"$1") <<KUBECONFIG
apiVersion: v1
kind: Config
clusters:
- name: rig
  cluster:
    server: https://127.0.0.1:$API_PORT
    certificate-authority-data: $(base64 -w0 ca.crt)
users:
- name: $2
  user:
    client-certificate-data: $(base64 -w0 "$2.crt")
    client-key-data: $(base64 -w0 "$2.key")
contexts:
- name: rig
  context: {cluster: rig, user: $2}
current-context: rig
KUBECONFIG
}

make_pki() {
    local user
    mkdir -p "$RIG_STATE/pki"
    chmod 700 "$RIG_STATE/pki"
    (
        set -e
        cd "$RIG_STATE/pki"
        make_ca ca
        make_ca front-proxy-ca
        make_cert apiserver ca /CN=kube-apiserver serverAuth "DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,IP:127.0.0.1,IP:$NODE_IP,IP:10.96.0.1"
        make_cert apiserver-kubelet ca /O=system:masters/CN=apiserver-kubelet clientAuth
        make_cert front-proxy front-proxy-ca /CN=front-proxy clientAuth
        make_cert kubelet-server ca "/O=system:nodes/CN=system:node:$NODE_NAME" serverAuth "DNS:$NODE_NAME,IP:$NODE_IP,IP:127.0.0.1"
        make_cert admin ca /O=system:masters/CN=admin clientAuth
        make_cert kubelet ca "/O=system:nodes/CN=system:node:$NODE_NAME" clientAuth
        make_cert kcm ca /CN=system:kube-controller-manager clientAuth
        make_cert scheduler ca /CN=system:kube-scheduler clientAuth
        make_cert proxy ca /CN=system:kube-proxy clientAuth
        make_key service-accounts
        openssl ec -in service-accounts.key -pubout -out service-accounts.pub 2>/dev/null
        for user in kubelet kcm scheduler proxy; do
            make_kubeconfig "$user.kubeconfig" "$user"
        done
        make_kubeconfig "$RIG_STATE/kubeconfig" admin
    ) || die "could not make the certificates"
    say "certificates"
}
