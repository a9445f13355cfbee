//! What has to be seen in a process of its own: how much memory a hostile registry can cost, and what gets into a log
//! that takes every line of every library.

use std::process::Command;

use job_executor_service::admission::Fact;
use job_executor_service::gather::Registry;
use job_executor_service::gather::registry::{Keyring, Wanted};
use job_executor_service::settings::Settings;
use job_executor_service::signature::{About, Format};

use crate::hostile_registry::{BEHAVIOURS, TOKEN, USER, evidence_subject};
use crate::world::{TIMES, World, code};

/// Most memory that the process may ever have held, in KiB. The hostile registry is in it too.
const MOST_KIB: u64 = 64 * 1024;

/// Runs one test of this file in a process of its own; its output when it passed.
fn alone(test: &str, environment: &[(&str, &str)]) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture", "--test-threads=1"])
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let (out, errors) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{out}\n{errors}");
    assert!(out.contains("1 passed"), "{out}");
    out.into_owned()
}

#[test]
fn memory_stays_below_64_mib_whatever_a_registry_sends() {
    let text = alone("alone::asks_everything", &[]);
    let peak = text
        .lines()
        .find_map(|line| line.split_once("peak ")?.1.strip_suffix(" KiB")?.parse::<u64>().ok());
    let peak = peak.expect("the peak was printed");
    println!("peak of {peak} KiB");
    assert!(peak < MOST_KIB, "{peak} KiB");
}

#[test]
fn no_secret_and_no_text_of_a_registry_is_in_any_answer_or_log() {
    alone("alone::logs_everything", &[]);
}

#[test]
fn without_certificate_authorities_it_is_said_that_there_are_none() {
    let nothing = [("SSL_CERT_FILE", "/dev/null"), ("SSL_CERT_DIR", "/dev/null")];
    alone("alone::trusts_nobody", &nothing);
}

#[tokio::test]
#[ignore = "run by a test above, in a process of its own"]
async fn asks_everything() {
    let world = World::new().await;
    ask_everything(&world, &Keyring::default()).await;
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    println!("\npeak {} KiB", peak.trim().trim_end_matches("kB").trim());
}

/// Asks over plain text and TLS for everything; hands back all answers as text.
async fn ask_everything(world: &World, keyring: &Keyring) -> String {
    let wanted = Wanted {
        formats: [Format::Bundle, Format::Legacy].into(),
        about: [About::Image, About::Attestation("x".to_owned())].into(),
    };
    let mut answers = String::new();
    for (name, _) in BEHAVIOURS {
        // A wait that is asked for would keep the rest from being asked.
        if matches!(*name, "busy" | "busy-once" | "referrers-busy" | "down") {
            continue;
        }
        let subject = evidence_subject(name);
        for repository in [World::plain(name), world.tls(name)] {
            let image = world.registry.resolve_with(&format!("{repository}:1"), keyring).await;
            let found = world
                .registry
                .evidence_with(&repository, &subject, &wanted, keyring)
                .await;
            // The bytes of what was found are the registry's own text, and are kept as that.
            let found = match found {
                Fact::Known(found) => format!("{:?}", found.refused),
                Fact::Refuted(why) | Fact::Unavailable(why) => why,
            };
            answers.push_str(&format!("{image:?} {found}\n"));
        }
    }
    answers
}

#[tokio::test]
#[ignore = "run by a test above, in a process of its own"]
async fn logs_everything() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(log.clone());
    tracing::subscriber::set_global_default(subscriber.finish()).unwrap();
    let world = World::new().await;
    let keyring = world.keyring();
    let answers = ask_everything(&world, &keyring).await;
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(
        log.contains("hyper_util::client"),
        "the libraries' own lines are in it: {log:.2000}"
    );
    let pair = format!("{}:{}", USER.0, USER.1);
    let basic = data_encoding::BASE64.encode(pair.as_bytes());
    for secret in [USER.1, TOKEN, &basic, "<html"] {
        assert!(!log.contains(secret), "{secret} is in the log");
        assert!(!answers.contains(secret), "{secret}: {answers}");
    }
    assert!(!format!("{keyring:?}").contains(USER.1));
}

#[tokio::test]
#[ignore = "run by a test above, in a process of its own"]
async fn trusts_nobody() {
    let registry = Registry::with_times(&Settings::chart_defaults(), TIMES).unwrap();
    let fact = registry.resolve("registry.example/x:1").await;
    assert_eq!(code(&fact), "unavailable no-trusted-roots", "{fact:?}");
    // An authority of the settings is enough, and so is plain text.
    let world = World::new().await;
    for reference in [world.tls("good:1"), "hostile.example/good:1".to_owned()] {
        assert_eq!(code(&world.registry.resolve(&reference).await), "known", "{reference}");
    }
}

#[derive(Clone, Default)]
struct Log(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> tracing_subscriber::fmt::MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
