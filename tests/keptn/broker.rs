//! A NATS server of a few lines whose behaviour a test decides: it can lose a connection at the very message.
//!
//! It routes messages to subscriptions and keeps what was published. Our side against a real server is tested on the
//! rig; what a real server does only by chance is tested here.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::net::tcp::OwnedReadHalf;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::standin::locked;

/// The largest message, as the server says: large enough to fill every buffer on its way.
pub(crate) const MAX_PAYLOAD: usize = 16 * 1024 * 1024;

/// What happens to a message that is published to a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// The connection is closed instead; the message is not kept.
    Hangup,
    /// As [`Rule::Hangup`], but a while later and without reading the message: a large one is still being written.
    HangupUnread,
    /// The server says that this is not permitted; the message is not kept.
    Deny,
    /// It is kept and goes nowhere.
    Swallow,
}

/// A message as it was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Published {
    pub(crate) subject: String,
    pub(crate) headers: String,
    pub(crate) body: String,
}

#[derive(Default)]
struct Shared {
    published: Vec<Published>,
    subscribed: Vec<String>,
    /// By the start of a subject; each applies so many times.
    rules: Vec<(String, Rule, usize)>,
    connections: BTreeMap<usize, Connection>,
    next: usize,
}

struct Connection {
    out: mpsc::UnboundedSender<Vec<u8>>,
    subscriptions: Vec<(String, String)>,
    task: Option<JoinHandle<()>>,
}

/// The server.
pub(crate) struct Broker {
    address: std::net::SocketAddr,
    shared: Arc<Mutex<Shared>>,
    listening: JoinHandle<()>,
}

impl Broker {
    pub(crate) async fn start() -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap()).await
    }

    pub(crate) async fn start_at(address: std::net::SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Mutex::new(Shared::default()));
        let listening = tokio::spawn(listen(listener, Arc::clone(&shared)));
        Self {
            address,
            shared,
            listening,
        }
    }

    pub(crate) fn address(&self) -> std::net::SocketAddr {
        self.address
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://{}", self.address)
    }

    /// The next `times` messages to subjects that start so meet that rule.
    pub(crate) fn rule(&self, subject: &str, rule: Rule, times: usize) {
        locked(&self.shared).rules.push((subject.to_owned(), rule, times));
    }

    /// What was published, without our own echoes.
    pub(crate) fn published(&self) -> Vec<Published> {
        let echo = |one: &&Published| !one.subject.starts_with("_INBOX.");
        locked(&self.shared).published.iter().filter(echo).cloned().collect()
    }

    /// `subject queue` of the subscriptions so far, without inboxes.
    pub(crate) fn subscribed(&self) -> Vec<String> {
        locked(&self.shared)
            .subscribed
            .iter()
            .filter(|one| !one.starts_with("_INBOX."))
            .cloned()
            .collect()
    }

    /// Sends a message to everyone who is subscribed.
    pub(crate) fn publish(&self, subject: &str, body: &str) {
        route(&locked(&self.shared), subject, body.as_bytes());
    }

    /// Closes every connection.
    pub(crate) fn hang_up(&self) {
        for connection in std::mem::take(&mut locked(&self.shared).connections).into_values() {
            if let Some(task) = connection.task {
                task.abort();
            }
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.listening.abort();
        self.hang_up();
    }
}

async fn listen(listener: TcpListener, shared: Arc<Mutex<Shared>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (read, mut write) = stream.into_split();
        let (out, mut lines) = mpsc::unbounded_channel::<Vec<u8>>();
        let info = r#"{"server_id":"T","server_name":"t","version":"2.10.0","proto":1,"headers":true,"max_payload":MAX_PAYLOAD,"host":"127.0.0.1","port":4222,"client_id":1,"go":"x","nonce":""}"#;
        let info = info.replace("MAX_PAYLOAD", &MAX_PAYLOAD.to_string());
        let _ = out.send(format!("INFO {info}\r\n").into_bytes());
        let id = {
            let mut shared = locked(&shared);
            shared.next += 1;
            let id = shared.next;
            shared.connections.insert(
                id,
                Connection {
                    out,
                    subscriptions: Vec::new(),
                    task: None,
                },
            );
            id
        };
        let reading = serve(read, id, Arc::clone(&shared));
        let task = tokio::spawn(async move {
            let writing = async {
                while let Some(line) = lines.recv().await {
                    if write.write_all(&line).await.is_err() {
                        break;
                    }
                }
            };
            tokio::select! { _ = reading => {}, () = writing => {} }
        });
        if let Some(connection) = locked(&shared).connections.get_mut(&id) {
            connection.task = Some(task);
        }
    }
}

/// Reads one connection to its end; an error or a rule ends it.
async fn serve(read: OwnedReadHalf, id: usize, shared: Arc<Mutex<Shared>>) -> Option<()> {
    let mut read = BufReader::new(read);
    loop {
        let mut line = String::new();
        if read.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["PING"] => reply(&shared, id, "PONG\r\n"),
            ["SUB", subject, rest @ ..] => {
                let mut shared = locked(&shared);
                let queue = if rest.len() == 2 { rest[0] } else { "" };
                shared.subscribed.push(format!("{subject} {queue}"));
                let sid = rest.last()?.to_string();
                shared
                    .connections
                    .get_mut(&id)?
                    .subscriptions
                    .push((subject.to_string(), sid));
            }
            ["UNSUB", sid, ..] => {
                let mut shared = locked(&shared);
                shared
                    .connections
                    .get_mut(&id)?
                    .subscriptions
                    .retain(|(_, other)| other != sid);
            }
            ["PUB" | "HPUB", subject, ..] if hangs_up_unread(&shared, subject) => {
                tokio::time::sleep(std::time::Duration::from_millis(200)).await;
                return None;
            }
            ["PUB", subject, .., total] => {
                let body = payload(&mut read, total).await?;
                publish(&shared, id, subject, "", &body)?;
            }
            ["HPUB", subject, .., head, total] => {
                let both = payload(&mut read, total).await?;
                let (headers, body) = both.split_at(head.parse().ok()?);
                publish(&shared, id, subject, &String::from_utf8_lossy(headers), body)?;
            }
            _ => {}
        }
    }
}

async fn payload(read: &mut BufReader<OwnedReadHalf>, size: &str) -> Option<Vec<u8>> {
    let mut bytes = vec![0; size.parse::<usize>().ok()? + 2];
    read.read_exact(&mut bytes).await.ok()?;
    bytes.truncate(bytes.len() - 2);
    Some(bytes)
}

fn hangs_up_unread(shared: &Mutex<Shared>, subject: &str) -> bool {
    let mut shared = locked(shared);
    let applies = |(start, rule, times): &&mut (String, Rule, usize)| {
        *rule == Rule::HangupUnread && *times > 0 && subject.starts_with(start.as_str())
    };
    match shared.rules.iter_mut().find(applies) {
        Some((_, _, times)) => {
            *times -= 1;
            true
        }
        None => false,
    }
}

fn publish(shared: &Mutex<Shared>, id: usize, subject: &str, headers: &str, body: &[u8]) -> Option<()> {
    let mut state = locked(shared);
    let rule = state
        .rules
        .iter_mut()
        .find(|(start, _, times)| *times > 0 && subject.starts_with(start.as_str()));
    let rule = rule.map(|(_, rule, times)| {
        *times -= 1;
        *rule
    });
    match rule {
        Some(Rule::Hangup | Rule::HangupUnread) => return None,
        Some(Rule::Deny) => {
            let error = format!("-ERR 'Permissions Violation for Publish to \"{subject}\"'\r\n");
            let _ = state.connections.get(&id)?.out.send(error.into_bytes());
            return Some(());
        }
        Some(Rule::Swallow) | None => {}
    }
    let body_text = String::from_utf8_lossy(body).into_owned();
    state.published.push(Published {
        subject: subject.to_owned(),
        headers: headers.to_owned(),
        body: body_text,
    });
    if rule.is_none() {
        route(&state, subject, body);
    }
    Some(())
}

/// To every connection that is subscribed; queue groups are not told apart.
fn route(shared: &Shared, subject: &str, body: &[u8]) {
    for connection in shared.connections.values() {
        for (pattern, sid) in &connection.subscriptions {
            let wanted = pattern
                .strip_suffix('>')
                .map_or(pattern == subject, |start| subject.starts_with(start));
            if wanted {
                let mut message = format!("MSG {subject} {sid} {}\r\n", body.len()).into_bytes();
                message.extend_from_slice(body);
                message.extend_from_slice(b"\r\n");
                let _ = connection.out.send(message);
            }
        }
    }
}

fn reply(shared: &Mutex<Shared>, id: usize, text: &str) {
    if let Some(connection) = locked(shared).connections.get(&id) {
        let _ = connection.out.send(text.as_bytes().to_vec());
    }
}
