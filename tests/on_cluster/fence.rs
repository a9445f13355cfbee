//! Fences on the node: what a container reaches from its first instant, what it does not, and who may come in.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::outside::{self, Outside};
use crate::task::{message, sh, sh_with};
use crate::world::{Policies, World, apply, kubectl, root};

/// Rounds of probes of a task, 50 ms apart.
const ROUNDS: u32 = 40;
/// Port on which a task listens itself.
const LISTENS: u16 = 8000;
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// What tasks try to reach: two servers in a namespace of their own, two addresses outside, and the control plane.
struct Targets {
    namespace: String,
    /// Only where the node is this machine, which routes to it.
    outside: Option<Outside>,
    /// `name=host:port`.
    all: Vec<(&'static str, String)>,
}

impl Targets {
    /// The servers, and a client without a fence beside them.
    async fn start() -> Self {
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
            until("a pod is accepted", || {
                crate::world::kubectl_with(&["apply", "-f", "-"], &pod.to_string()).is_ok()
            })
            .await;
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
    fn of(&mut self, world: &World, control_plane: String) {
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

    fn by_name(&self) -> String {
        format!("server.{}.svc.cluster.local", self.namespace)
    }

    /// A script that probes everything every 50 ms from its first instant, and says what got through and when.
    fn probes(&self) -> String {
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
    fn in_client(&self, script: &str) -> String {
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
    fn policies(&self) -> String {
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

/// What a log says was reached, and in which round first.
fn reached(log: &str) -> Vec<(String, String)> {
    let mut seen = BTreeSet::new();
    log.lines()
        .filter_map(|line| line.strip_prefix("round ")?.split_once(" reached "))
        .filter(|(_, name)| seen.insert((*name).to_owned()))
        .map(|(round, name)| (name.to_owned(), round.to_owned()))
        .collect()
}

fn names(reached: &[(String, String)]) -> BTreeSet<&str> {
    reached.iter().map(|(name, _)| name.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fence_holds_from_the_first_instant() {
    let mut targets = Targets::start().await;
    let world = World::start(Policies::Text(&targets.policies())).await;
    let machine = std::env::var("RIG_ADDRESS").unwrap_or_else(|_| "10.250.0.1".to_owned());
    let (relayed, _relay) = relay(&machine, &world.standin.url()).await;
    targets.of(&world, relayed);
    let known: BTreeSet<&str> = targets
        .all
        .iter()
        .map(|(name, _)| *name)
        .chain(["dns", "server-by-name", "itself"])
        .collect();

    // The positive control: without a fence every one of them can be reached.
    let open = targets.in_client(&targets.probes());
    assert_eq!(names(&reached(&open)), known, "without a fence");

    for (task, allowed) in [
        ("closed", &[][..]),
        ("named", &["server", "server-by-name", "dns", "dns-by-tcp"]),
        ("addressed", &["server", "outside"]),
        ("narrowed", &["server"]),
    ] {
        let mut fenced = sh(&targets.probes());
        fenced["name"] = json!(task);
        world.configure(task, &[fenced]);
        world.trigger(task).await;
        // Whoever knows the pod's address must not get in while it listens.
        let pod = pod_address(&world).await;
        let knocks = format!(
            "for round in `seq 20`; do (nc -w 1 {pod} {LISTENS} -e /bin/true 2>/dev/null && echo in) & sleep 0.05; done; wait"
        );
        let entered = targets.in_client(&knocks);
        let finished = world.finished(task, 1).await.remove(0);
        let log = message(&finished);
        assert_eq!(finished["data"]["result"], "pass", "{task}: {log}");
        assert!(log.contains("all rounds done"), "{task}: {log}");
        let seen = reached(log);
        let expected: BTreeSet<&str> = allowed
            .iter()
            .copied()
            .chain(["itself"])
            .filter(|name| known.contains(name))
            .collect();
        assert_eq!(names(&seen), expected, "{task}: {log}");
        assert_eq!(entered, "", "{task}: somebody got in");
        println!("{task}: {seen:?}");
        let done = world.list(&world.job_namespace, "jobs").remove(0);
        kubectl(&[
            "-n",
            &world.job_namespace,
            "delete",
            "job",
            done["metadata"]["name"].as_str().unwrap(),
        ]);
    }
}

/// The address of the only pod that runs in the job namespace.
async fn pod_address(world: &World) -> String {
    let begun = Instant::now();
    loop {
        let running = world
            .list(&world.job_namespace, "pods")
            .into_iter()
            .find(|pod| pod["status"]["phase"] == "Running");
        if let Some(pod) = running {
            return pod["status"]["podIP"].as_str().unwrap().to_owned();
        }
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "no pod runs:\n{}",
            world.log()
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Carries an address of the node to a server on loopback, so that pods could reach it.
async fn relay(node: &str, url: &str) -> (String, tokio::task::JoinHandle<()>) {
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

/// The NetworkPolicies of the job namespace by name.
fn fences(world: &World) -> Vec<(String, Value)> {
    let policies = world.list(&world.job_namespace, "networkpolicies");
    let named = |policy: Value| {
        (
            policy["metadata"]["name"].as_str().unwrap().to_owned(),
            policy["spec"].clone(),
        )
    };
    policies.into_iter().map(named).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_policy_that_widens_the_fence_is_a_finding() {
    let world = World::start(Policies::Shipped("compatible.yaml")).await;
    let policy = |spec: Value| {
        json!({ "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": { "name": "of-others", "namespace": world.job_namespace }, "spec": spec }).to_string()
    };
    let first = world.try_task("before", sh("echo ran")).await;
    assert_eq!(first["data"]["result"], "pass", "{first:#}");
    // One that opens a way out, and one that opens a way in by a label that all our pods carry.
    for (id, spec) in [
        (
            "egress",
            json!({ "podSelector": {}, "policyTypes": ["Egress"], "egress": [{}] }),
        ),
        (
            "ingress",
            json!({ "podSelector": { "matchExpressions": [{ "key": "job-executor.keptn.sh/fence", "operator": "Exists" }] }, "ingress": [{}] }),
        ),
    ] {
        apply(&policy(spec));
        // The service sees it through its watch.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let finished = world.try_task(&format!("widened-{id}"), sh("echo ran")).await;
        let text = message(&finished);
        assert!(
            text.contains("[fence-widened]") && text.contains("of-others") && text.contains(id),
            "{text}"
        );
        assert_eq!(finished["data"]["result"], "fail");
    }
    // One that selects other pods is no matter.
    apply(&policy(
        json!({ "podSelector": { "matchLabels": { "app": "web" } }, "ingress": [{}], "egress": [{}] }),
    ));
    tokio::time::sleep(Duration::from_secs(1)).await;
    let last = world.try_task("after", sh("echo ran")).await;
    assert_eq!(last["data"]["result"], "pass", "{last:#}");
    assert_eq!(world.list(&world.job_namespace, "jobs").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_with_equal_rules_share_a_fence_and_a_changed_one_is_put_right_before_the_next_launch() {
    let mut targets = Targets::start().await;
    targets.all.truncate(3);
    let mut world = World::start(Policies::Text(&targets.policies())).await;
    let named = |task: &str, script: &str| sh_with(script, &json!({ "name": task }));
    world.configure(
        "shared",
        &[named("closed", "true"), named("closed", "true"), named("named", "true")],
    );
    world.trigger("shared").await;
    let finished = world.finished("shared", 1).await.remove(0);
    assert_eq!(finished["data"]["result"], "pass", "{finished:#}");
    let right = fences(&world);
    assert_eq!(
        right.len(),
        3,
        "the base, one for two tasks, one for the third: {right:#?}"
    );

    // Changed while nobody looks: everything is open, and the service is not there to see it.
    world.kill_service();
    for (name, _) in &right {
        let patch = json!({ "spec": { "ingress": [{}], "egress": [{}] } }).to_string();
        kubectl(&[
            "-n",
            &world.job_namespace,
            "patch",
            "networkpolicy",
            name,
            "--type=merge",
            "-p",
            &patch,
        ]);
    }
    world.start_service().await;
    world.configure("again", &[named("closed", &targets.probes())]);
    world.trigger("again").await;
    let finished = world.finished("again", 1).await.remove(0);
    let log = message(&finished);
    assert_eq!(finished["data"]["result"], "pass", "{log}");
    assert_eq!(names(&reached(log)), BTreeSet::from(["itself"]), "{log}");
    // What this task did not need is put right when a task needs it; the base and its own are right already.
    world.configure("last", &[named("named", "true")]);
    world.trigger("last").await;
    world.finished("last", 1).await;
    assert_eq!(fences(&world), right);
}
