//! What tasks try to reach: servers inside and outside the cluster, and a client without a fence beside them.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::outside::{self, Outside};
use crate::world::{World, apply, kubectl, kubectl_with, root};

/// Rounds of probes of a task, 50 ms apart.
const ROUNDS: u32 = 40;
/// Port on which a task listens itself.
pub(super) const LISTENS: u16 = 8000;
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// What tasks try to reach: two servers in a namespace of their own, two addresses outside, and the control plane.
pub(super) struct Targets {
    pub(super) namespace: String,
    /// Only where the node is this machine, which routes to it.
    pub(super) outside: Option<Outside>,
    /// `name=host:port`.
    pub(super) all: Vec<(&'static str, String)>,
}

impl Targets {
    /// The servers, and a client without a fence beside them.
    pub(super) async fn start() -> Self {
        let namespace = format!(
            "targets-{}-{}",
            std::process::id(),
            NUMBER.fetch_add(1, Ordering::Relaxed)
        );
        let outside = std::env::var("RIG_NODE_IP").is_ok().then(Outside::start);
        apply(&json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": namespace } }).to_string());
        let serve = "httpd -p 9090 -h /tmp; exec httpd -f -p 8080 -h /tmp";
        for (name, script) in [("server", serve), ("other", serve), ("client", "exec sleep 3600")] {
            let pod = json!({
                "apiVersion": "v1", "kind": "Pod",
                "metadata": { "name": name, "namespace": namespace, "labels": { "app": name } },
                "spec": {
                    "terminationGracePeriodSeconds": 0, "automountServiceAccountToken": false,
                    "containers": [{ "name": "main", "image": "alpine:3.20", "args": ["sh", "-c", script] }],
                },
            });
            // The namespace's default account may take a moment to be there.
            let accepted = || kubectl_with(&["apply", "-f", "-"], &pod.to_string()).is_ok();
            until("a pod is accepted", accepted).await;
        }
        apply(
            &json!({
                "apiVersion": "v1", "kind": "Service", "metadata": { "name": "server", "namespace": namespace },
                "spec": { "selector": { "app": "server" }, "ports": [{ "port": 8080 }] },
            })
            .to_string(),
        );
        kubectl(&[
            "-n",
            &namespace,
            "wait",
            "pod",
            "--all",
            "--for=condition=Ready",
            "--timeout=60s",
        ]);
        let address = |pod: &str| kubectl(&["-n", &namespace, "get", "pod", pod, "-o", "jsonpath={.status.podIP}"]);
        let (server, other) = (address("server"), address("other"));
        let service = |space: &str, name: &str| {
            kubectl(&["-n", space, "get", "service", name, "-o", "jsonpath={.spec.clusterIP}"])
        };
        let mut all = vec![
            ("server", format!("{server}:8080")),
            ("its-other-port", format!("{server}:9090")),
            ("other", format!("{other}:8080")),
            ("dns-by-tcp", format!("{}:53", service("kube-system", "kube-dns"))),
            ("api", format!("{}:443", service("default", "kubernetes"))),
        ];
        if let Some(outside) = &outside {
            all.push(("outside", format!("{}:{}", outside.address, outside::PORT)));
            all.push(("excepted", format!("{}:{}", outside.neighbour, outside::PORT)));
        }
        Self {
            namespace,
            outside,
            all,
        }
    }

    /// Adds what belongs to a world: its control plane at that address, its file endpoint, and the rig's own servers.
    pub(super) fn of(&mut self, world: &World, control_plane: String) {
        self.all.push(("control-plane", control_plane));
        self.all.push(("files", world.environment["FILES_LISTEN"].clone()));
        if let Ok(node) = std::env::var("RIG_NODE_IP") {
            let broker = std::env::var("RIG_POD_NATS_URL").unwrap();
            self.all.extend([
                ("api-on-the-node", format!("{node}:16443")),
                ("registry", std::env::var("RIG_POD_REGISTRY").unwrap()),
                ("nats", broker.trim_start_matches("nats://").to_owned()),
            ]);
        }
    }

    pub(super) fn by_name(&self) -> String {
        format!("server.{}.svc.cluster.local", self.namespace)
    }

    /// A script that probes everything every 50 ms from its first instant, and says what got through and when.
    pub(super) fn probes(&self) -> String {
        let targets: Vec<String> = self.all.iter().map(|(name, at)| format!("{name}={at}")).collect();
        format!(
            r#"nc -ll -p {LISTENS} -e /bin/true >/dev/null 2>&1 &
listener=$!
for round in `seq {ROUNDS}`; do
  for target in {targets}; do
    name=${{target%%=*}} at=${{target#*=}}
    (nc -w 1 ${{at%:*}} ${{at#*:}} -e /bin/true 2>/dev/null && echo "round $round reached $name") &
  done
  (timeout 1 nslookup {name} >/dev/null 2>&1 && echo "round $round reached dns") &
  sleep 0.05
done
sleep 1.5
timeout 2 nc -w 1 {name} 8080 -e /bin/true 2>/dev/null && echo "round last reached server-by-name"
nc -w 1 127.0.0.1 {LISTENS} -e /bin/true && echo "round last reached itself"
kill $listener
echo "all rounds done"
"#,
            targets = targets.join(" "),
            name = self.by_name()
        )
    }

    /// Runs a script in the client that has no fence.
    pub(super) fn in_client(&self, script: &str) -> String {
        kubectl(&[
            "-n",
            &self.namespace,
            "exec",
            "client",
            "--",
            "timeout",
            "60",
            "sh",
            "-c",
            script,
        ])
    }

    /// Policies: all but egress as the shipped `compatible.yaml`, and egress by the name of the task.
    pub(super) fn policies(&self) -> String {
        let shipped = std::fs::read_to_string(root().join("policies/compatible.yaml")).unwrap();
        let (policy, _) = shipped.split_once("\n# Every destination").unwrap();
        assert!(!policy.contains("\negress:"));
        let document = |kind: &str, name: &str, rest: &str| {
            format!(
                "---\napiVersion: job-executor.keptn.sh/v1alpha1\nkind: {kind}\nmetadata: {{ name: {name} }}\n{rest}"
            )
        };
        let egress = |task: &str, classes: &str| {
            document(
                "Policy",
                task,
                &format!("scope: {{ tasks: [{task}] }}\nmode: enforce\negress: {classes}\n"),
            )
        };
        [
            format!("{policy}\n"),
            egress("closed", "none"),
            egress("named", "[dns, server]"),
            egress("addressed", "[outside, server]"),
            egress("narrowed", "[outside, server, dns]"),
            document("Policy", "narrower", "scope: { tasks: [narrowed] }\nmode: enforce\negress: [server]\n"),
            document(
                "NetworkClass",
                "server",
                &format!("egress: [ {{ namespace: {}, pods: {{ app: server }}, ports: [8080] }} ]\n", self.namespace),
            ),
            document(
                "NetworkClass",
                "outside",
                &format!(
                    "egress:\n  - {{ cidr: 203.0.113.0/24, except: [{}/32], ports: [{}] }}\n  - {{ cidr: \"2001:db8::/32\", except: [\"2001:db8:1::/48\"], ports: [443] }}\n",
                    self.outside.as_ref().map_or("203.0.113.1", |outside| &outside.neighbour),
                    outside::PORT
                ),
            ),
        ]
        .concat()
    }
}

impl Drop for Targets {
    fn drop(&mut self) {
        let _ = std::process::Command::new(std::env::var("RIG_KUBECTL").unwrap_or_default())
            .args(["delete", "namespace", &self.namespace, "--wait=false"])
            .output();
    }
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(30), "not within 30 s: {what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Carries an address of the node to a server on loopback, so that pods could reach it.
pub(super) async fn relay(node: &str, url: &str) -> (String, tokio::task::JoinHandle<()>) {
    let to = url.trim_start_matches("http://").to_owned();
    let listener = tokio::net::TcpListener::bind((node, 0)).await.unwrap();
    let at = listener.local_addr().unwrap().to_string();
    let task = tokio::spawn(async move {
        while let Ok((mut inner, _)) = listener.accept().await {
            let to = to.clone();
            tokio::spawn(async move {
                if let Ok(mut outer) = tokio::net::TcpStream::connect(to).await {
                    let _ = tokio::io::copy_bidirectional(&mut inner, &mut outer).await;
                }
            });
        }
    });
    (at, task)
}
