//! Serving HTTP over TLS, with bounds on connections and on the time a handshake or a request may take.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

/// What clients may cost.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Connections served at a time; more wait in the backlog.
    pub(super) connections: usize,
    /// Of them, those from one address; more are closed at once.
    pub(super) per_address: usize,
    /// Time that a handshake, and then the head of a request, may take.
    pub(super) head: Duration,
    /// Time that a connection may take from its first byte to its last.
    pub(super) whole: Duration,
}

impl Bounds {
    /// 512 connections, 16 from an address, 10 s for a head, and 240 s, which is what the init container waits, for all.
    pub(super) const DEFAULT: Self = Self {
        connections: 512,
        per_address: 16,
        head: Duration::from_secs(10),
        whole: Duration::from_secs(240),
    };
}

/// How many connections are open from which address.
#[derive(Debug, Default)]
struct Addresses(Mutex<HashMap<IpAddr, usize>>);

/// A connection that counts for its address while it lives.
struct Counted {
    addresses: Arc<Addresses>,
    address: IpAddr,
}

impl Addresses {
    fn count(self: &Arc<Self>, address: IpAddr, most: usize) -> Option<Counted> {
        let address = address.to_canonical();
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.get(&address).copied().unwrap_or_default();
        if count >= most {
            return None;
        }
        open.insert(address, count.saturating_add(1));
        Some(Counted {
            addresses: Arc::clone(self),
            address,
        })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut open = self.addresses.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = open.get(&self.address).map_or(0, |count| count.saturating_sub(1));
        if left == 0 {
            open.remove(&self.address);
        } else {
            open.insert(self.address, left);
        }
    }
}

/// Time between attempts to accept connections while that fails.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Reads certificate chain and key of a server from PEM files.
///
/// # Errors
/// Names the file that cannot be used.
pub(super) fn acceptor(certificate: &Path, key: &Path) -> anyhow::Result<TlsAcceptor> {
    use anyhow::Context as _;
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .with_context(|| format!("certificate {}", certificate.display()))?;
    let key = PrivateKeyDer::from_pem_file(key).with_context(|| format!("key {}", key.display()))?;
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .with_context(|| format!("certificate {} and its key", certificate.display()))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Serves a router until the future `stop` is done.
pub(super) async fn serve(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    router: axum::Router,
    bounds: Bounds,
    stop: impl Future<Output = ()>,
) {
    let slots = Arc::new(Semaphore::new(bounds.connections));
    let addresses = Arc::new(Addresses::default());
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => return,
        };
        let Ok((stream, peer)) = accepted else {
            // Out of file descriptors: the next attempt would fail as well, at once.
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let Some(counted) = addresses.count(peer.ip(), bounds.per_address) else {
            tracing::debug!(%peer, "an address has too many connections to the file endpoint");
            continue;
        };
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else {
            return;
        };
        let (acceptor, router) = (acceptor.clone(), router.clone());
        tokio::spawn(async move {
            let _slot = (slot, counted);
            if tokio::time::timeout(bounds.whole, connection(stream, acceptor, router, bounds))
                .await
                .is_err()
            {
                tracing::debug!(%peer, "a connection to the file endpoint took too long");
            }
        });
    }
}

async fn connection(stream: TcpStream, acceptor: TlsAcceptor, router: axum::Router, bounds: Bounds) {
    let Ok(Ok(stream)) = tokio::time::timeout(bounds.head, acceptor.accept(stream)).await else {
        return;
    };
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(bounds.head)
        .keep_alive(false);
    if let Err(error) = http
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
        .await
    {
        tracing::debug!(%error, "a connection to the file endpoint ended early");
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    const BOUNDS: Bounds = Bounds {
        connections: 100,
        per_address: 2,
        head: Duration::from_millis(400),
        whole: Duration::from_millis(800),
    };

    /// A server of one long text, and what trusts it.
    async fn server(bounds: Bounds) -> (std::net::SocketAddr, reqwest::Client) {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = (folder.path().join("crt"), folder.path().join("key"));
        std::fs::write(&certificate, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let long = axum::routing::get(|| async { "x".repeat(50_000_000) });
        let router = axum::Router::new().route("/", long);
        let acceptor = acceptor(&certificate, &key).unwrap();
        tokio::spawn(serve(listener, acceptor, router, bounds, std::future::pending()));
        let trusted = reqwest::Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
        let client = reqwest::Client::builder()
            .tls_certs_only([trusted])
            .resolve("localhost", address)
            .build()
            .unwrap();
        (address, client)
    }

    async fn is_closed(stream: &mut TcpStream, within: Duration) -> bool {
        let mut byte = [0];
        matches!(
            tokio::time::timeout(within, stream.read(&mut byte)).await,
            Ok(Ok(0) | Err(_))
        )
    }

    #[tokio::test]
    async fn one_address_gets_few_connections_and_nobody_may_dawdle() {
        let (address, client) = server(BOUNDS).await;
        let mut silent = TcpStream::connect(address).await.unwrap();
        let mut slow = TcpStream::connect(address).await.unwrap();
        let mut third = TcpStream::connect(address).await.unwrap();
        assert!(is_closed(&mut third, Duration::from_millis(200)).await, "a third one");
        slow.write_all(&[22]).await.unwrap();
        for stream in [&mut silent, &mut slow] {
            assert!(is_closed(stream, BOUNDS.head * 2).await, "no handshake in time");
        }
        let url = format!("https://localhost:{}/", address.port());
        let mut response = client.get(&url).send().await.unwrap();
        response.chunk().await.unwrap();
        tokio::time::sleep(BOUNDS.whole).await;
        assert!(response.bytes().await.is_err(), "it took too long to read");
        assert_eq!(
            client.get(&url).send().await.unwrap().status(),
            200,
            "others are served"
        );
    }
}
