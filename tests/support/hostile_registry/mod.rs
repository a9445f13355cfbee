//! A registry that misbehaves, for tests of whoever reads registries. What it does depends on the repository's name;
//! `behaviours.rs` is the list. It speaks plain text and TLS at once, on two ports of the loopback address, and remembers
//! every request.
#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test tool: it ends where it cannot go on, and no test uses all of it"
)]

mod behaviours;
mod content;
mod wire;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

pub use behaviours::BEHAVIOURS;
pub use content::{BUNDLE, IMAGE, evidence_subject, image, platforms};
pub use wire::Request;

/// The user and password that the repositories `token`, `basic` and their like want.
pub const USER: (&str, &str) = ("puller", "canary-password");
/// The token that its token service hands out.
pub const TOKEN: &str = "canary-token";

/// A running registry; it ends with the runtime it was started on.
pub struct HostileRegistry {
    /// Where it speaks plain text.
    pub plain: SocketAddr,
    /// Where it speaks TLS, for `localhost` and its address.
    pub tls: SocketAddr,
    /// PEM of the authority that signed its certificate.
    pub ca: String,
    state: Arc<State>,
}

/// What all connections share.
pub struct State {
    plain: SocketAddr,
    tls: SocketAddr,
    seen: Mutex<Vec<Seen>>,
    counts: Mutex<BTreeMap<String, usize>>,
}

/// A request that came.
#[derive(Debug, Clone)]
pub struct Seen {
    /// At which port.
    pub port: u16,
    /// What.
    pub request: Request,
}

impl HostileRegistry {
    /// Starts at these addresses; port 0 takes any.
    pub async fn start(plain: SocketAddr, tls: SocketAddr) -> io::Result<Self> {
        let (ca, acceptor) = certificates();
        let (plain, tls) = (TcpListener::bind(plain).await?, TcpListener::bind(tls).await?);
        let state = Arc::new(State {
            plain: plain.local_addr()?,
            tls: tls.local_addr()?,
            seen: Mutex::default(),
            counts: Mutex::default(),
        });
        tokio::spawn(accept(plain, None, Arc::clone(&state)));
        tokio::spawn(accept(tls, Some(acceptor), Arc::clone(&state)));
        Ok(Self {
            plain: state.plain,
            tls: state.tls,
            ca,
            state,
        })
    }

    /// Starts at any free ports.
    pub async fn anywhere() -> Self {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        Self::start(any, any).await.unwrap()
    }

    /// The requests since the last call.
    pub fn take_seen(&self) -> Vec<Seen> {
        std::mem::take(&mut *self.state.seen.lock().unwrap())
    }
}

impl State {
    /// How often this was counted before.
    fn count(&self, what: &str) -> usize {
        let mut counts = self.counts.lock().unwrap();
        let count = counts.entry(what.to_owned()).or_default();
        *count += 1;
        *count - 1
    }
}

async fn accept(listener: TcpListener, acceptor: Option<TlsAcceptor>, state: Arc<State>) {
    let port = listener.local_addr().unwrap().port();
    while let Ok((stream, _)) = listener.accept().await {
        // Small pieces are sent as they are written.
        let _ = stream.set_nodelay(true);
        let (state, acceptor) = (Arc::clone(&state), acceptor.clone());
        tokio::spawn(async move {
            let _ = match acceptor {
                None => serve(stream, port, &state).await,
                Some(acceptor) => match acceptor.accept(stream).await {
                    Ok(stream) => serve(stream, port, &state).await,
                    Err(error) => Err(error),
                },
            };
        });
    }
}

async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, port: u16, state: &State) -> io::Result<()> {
    while let Some(request) = wire::read(&mut stream).await? {
        state.seen.lock().unwrap().push(Seen {
            port,
            request: request.clone(),
        });
        let response = behaviours::answer(state, port, &request);
        if !wire::write(&mut stream, &request.method, &response).await? {
            break;
        }
    }
    Ok(())
}

fn certificates() -> (String, TlsAcceptor) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let leaf = CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![leaf.der().clone()],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )
        .unwrap();
    (issuer.pem(), TlsAcceptor::from(Arc::new(config)))
}
