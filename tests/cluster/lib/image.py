"""Puts a folder into a registry as an image of one layer, the same digest for the same content.

The layer is an uncompressed tar of the folder with everything left out that differs from
machine to machine: owners, times, the order of the entries. Prints the image's reference by digest.
"""

import argparse
import hashlib
import http.client
import io
import json
import os
import stat
import tarfile
import urllib.parse

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
EPOCH = "1970-01-01T00:00:00Z"


def digest_of(blob):
    return "sha256:" + hashlib.sha256(blob).hexdigest()


def pack(root):
    """The folder as a tar."""

    def neutral(entry):
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        entry.mtime = 0
        # A checkout's umask must not show; only the executable and the sticky bit mean something.
        if not entry.issym():
            executable = entry.mode & stat.S_IXUSR
            entry.mode = entry.mode & stat.S_ISVTX | (0o755 if executable else 0o644)
            if entry.mode & stat.S_ISVTX:
                entry.mode |= 0o777
        return entry

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as archive:
        # tarfile goes through a folder in sorted order by itself.
        for name in sorted(os.listdir(root)):
            archive.add(os.path.join(root, name), arcname=name, filter=neutral)
    return packed.getvalue()


class Registry:
    def __init__(self, address, repository):
        self.connection = http.client.HTTPConnection(address, timeout=60)
        self.base = f"/v2/{repository}"

    def call(self, method, path, accepted, body=None, headers=None):
        self.connection.request(method, path, body, headers or {})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status not in accepted:
            raise SystemExit(f"{method} {path}: {answer.status} {text.decode(errors='replace')}")
        return answer

    def push_blob(self, blob):
        digest = digest_of(blob)
        if self.call("HEAD", f"{self.base}/blobs/{digest}", (200, 404)).status == 200:
            return digest
        started = self.call("POST", f"{self.base}/blobs/uploads/", (202,))
        place = urllib.parse.urlsplit(started.headers["Location"])
        query = (place.query + "&" if place.query else "") + urllib.parse.urlencode({"digest": digest})
        kind = {"Content-Type": "application/octet-stream"}
        self.call("PUT", f"{place.path}?{query}", (201,), blob, kind)
        return digest

    def push_manifest(self, tag, manifest):
        self.call("PUT", f"{self.base}/manifests/{tag}", (201,), manifest, {"Content-Type": MANIFEST})
        return digest_of(manifest)


def as_json(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def main():
    parser = argparse.ArgumentParser(prog="rig image", description=__doc__)
    parser.add_argument("--registry", required=True, help="HOST:PORT, spoken to without TLS")
    parser.add_argument("tag", metavar="NAME:TAG")
    parser.add_argument("root", metavar="ROOTDIR")
    parser.add_argument("--entrypoint", action="append", metavar="WORD")
    parser.add_argument("--cmd", action="append", metavar="WORD")
    parser.add_argument("--env", action="append", metavar="NAME=VALUE")
    parser.add_argument("--user")
    parser.add_argument("--workdir", default="/")
    options = parser.parse_args()
    repository, _, tag = options.tag.partition(":")
    if not os.path.isdir(options.root):
        parser.error(f"not a folder: {options.root}")

    layer = pack(options.root)
    settings = {
        "Env": options.env or ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
        "Entrypoint": options.entrypoint,
        "Cmd": options.cmd,
        "User": options.user,
        "WorkingDir": options.workdir,
    }
    config = as_json({
        "architecture": {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine),
        "os": "linux",
        "created": EPOCH,
        "config": {name: value for name, value in settings.items() if value},
        "rootfs": {"type": "layers", "diff_ids": [digest_of(layer)]},
        "history": [{"created": EPOCH, "created_by": "rig image"}],
    })
    registry = Registry(options.registry, repository)
    manifest = as_json({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"mediaType": CONFIG, "size": len(config), "digest": registry.push_blob(config)},
        "layers": [{"mediaType": LAYER, "size": len(layer), "digest": registry.push_blob(layer)}],
    })
    print(f"{options.registry}/{repository}@{registry.push_manifest(tag or 'latest', manifest)}")


if __name__ == "__main__":
    main()
