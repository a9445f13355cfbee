//! HTTP/1.1 written by hand: a server library would not let a registry lie about lengths, drip, or never end.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Longest request head.
const MAX_HEAD: usize = 64 * 1024;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET` and so on.
    pub method: String,
    /// Path with query.
    pub target: String,
    /// The value of `Authorization`.
    pub authorization: Option<String>,
}

/// What is sent back.
#[derive(Debug, Clone)]
pub struct Response {
    /// Status.
    pub status: u16,
    /// Headers beside those of the body.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
}

/// A body, honest or not.
#[derive(Debug, Clone)]
pub enum Body {
    /// With its true length.
    Honest(Vec<u8>),
    /// With a length that is not its own; then the connection ends.
    Announced(u64, Vec<u8>),
    /// One byte at a time, with this pause.
    Drip(Vec<u8>, Duration),
    /// Chunks without end.
    Endless,
    /// Nothing, not even a status.
    Silence,
}

impl Response {
    /// A status with an empty body.
    pub fn status(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Body::Honest(Vec::new()),
        }
    }

    /// 200 with this content.
    pub fn content(content_type: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self::status(200)
            .body(Body::Honest(bytes.into()))
            .header("Content-Type", content_type)
    }

    /// With another body.
    pub fn body(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    /// With one header more.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// Reads the head of a request; `None` at the end of the connection. Bodies are not expected.
pub async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Request>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        let ended = stream.read(&mut byte).await? == 0;
        // TLS begins with a byte that no method begins with.
        if ended || head.len() > MAX_HEAD || (head.is_empty() && !byte[0].is_ascii_alphabetic()) {
            return Ok(None);
        }
        head.extend_from_slice(&byte);
    }
    let text = String::from_utf8_lossy(&head);
    let mut lines = text.split("\r\n");
    let mut first = lines.next().unwrap_or_default().split(' ');
    let authorization = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("authorization")
            .then(|| value.trim().to_owned())
    });
    Ok(Some(Request {
        method: first.next().unwrap_or_default().to_owned(),
        target: first.next().unwrap_or_default().to_owned(),
        authorization,
    }))
}

/// Writes a response. `Ok(false)` when the connection is at its end.
pub async fn write(stream: &mut (impl AsyncWrite + Unpin), method: &str, response: &Response) -> io::Result<bool> {
    if matches!(response.body, Body::Silence) {
        std::future::pending::<()>().await;
    }
    let mut head = format!("HTTP/1.1 {} Some\r\n", response.status);
    for (name, value) in &response.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let length = match &response.body {
        Body::Honest(bytes) | Body::Drip(bytes, _) => Some(bytes.len() as u64),
        Body::Announced(length, _) => Some(*length),
        Body::Endless | Body::Silence => None,
    };
    head.push_str(&match length {
        Some(length) => format!("Content-Length: {length}\r\n\r\n"),
        None => "Transfer-Encoding: chunked\r\n\r\n".to_owned(),
    });
    stream.write_all(head.as_bytes()).await?;
    if method != "HEAD" {
        body(stream, &response.body).await?;
    }
    stream.flush().await?;
    Ok(matches!(response.body, Body::Honest(_)))
}

async fn body(stream: &mut (impl AsyncWrite + Unpin), body: &Body) -> io::Result<()> {
    match body {
        Body::Honest(bytes) | Body::Announced(_, bytes) => stream.write_all(bytes).await,
        Body::Drip(bytes, pause) => {
            for byte in bytes {
                stream.write_all(&[*byte]).await?;
                stream.flush().await?;
                tokio::time::sleep(*pause).await;
            }
            Ok(())
        }
        Body::Endless => {
            let chunk = vec![b' '; 64 * 1024];
            loop {
                stream.write_all(b"10000\r\n").await?;
                stream.write_all(&chunk).await?;
                stream.write_all(b"\r\n").await?;
            }
        }
        Body::Silence => Ok(()),
    }
}
