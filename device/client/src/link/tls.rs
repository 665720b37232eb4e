//! TLS to the board: version 1.3 only, hybrid key exchange, the key pinned by the board link.

use std::sync::Arc;
use std::time::Duration;

use heliograph_wire::SMALL_FRAME;
use heliograph_wire::link::{BoardLink, Pin, split_address};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use tokio::io::BufReader;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::upgrade;

/// Patience for connecting, handshake and upgrade together.
const PATIENCE: Duration = Duration::from_secs(10);
/// Header of a TLS record, bytes; rustls counts it into the fragment size.
const RECORD_HEADER: usize = 5;

/// Bytes read from the socket at once; the TLS layer asks for a few kilobytes at a time.
const READ_AHEAD: usize = 64 * 1_024;

/// A connection to a board.
pub(crate) type Stream = TlsStream<BufReader<TcpStream>>;

/// Why the board could not be reached, in words that continue "The board could not be reached: …".
#[derive(Debug, thiserror::Error)]
pub(crate) enum LinkFault {
    #[error("its address cannot be used")]
    Address,
    #[error("nothing answers at its address ({0})")]
    Connect(std::io::ErrorKind),
    #[error("it did not answer in time")]
    Slow,
    #[error(
        "the server at its address shows another key than the board link names; \
         it may have been reinstalled, or somebody stands in between; nothing was sent to it"
    )]
    OtherKey,
    #[error("no secure connection came about ({0})")]
    Tls(String),
    #[error("what answers there is not a board")]
    NotABoard,
}

/// Has the source of randomness ready before the first handshake, beside whatever else is done meanwhile: a process
/// gathers it once, which takes some 70 ms of one core. Needs a runtime.
pub fn warm_up() {
    let gather = || aws_lc_rs::default_provider().secure_random.fill(&mut [0]);
    // If there is none the handshake says so.
    drop(tokio::task::spawn_blocking(gather));
}

/// Connects, checks the key, upgrades.
pub(crate) async fn connect(board: &BoardLink) -> Result<Stream, LinkFault> {
    tokio::time::timeout(PATIENCE, Box::pin(dial(board)))
        .await
        .map_err(|_| LinkFault::Slow)?
}

async fn dial(board: &BoardLink) -> Result<Stream, LinkFault> {
    let (host, port) = split_address(&board.address).map_err(|_| LinkFault::Address)?;
    let name = ServerName::try_from(host.to_owned()).map_err(|_| LinkFault::Address)?;
    let tcp = dial_tcp(host, port)
        .await
        .map_err(|error| LinkFault::Connect(error.kind()))?;
    tcp.set_nodelay(true)
        .map_err(|error| LinkFault::Connect(error.kind()))?;
    let connector = TlsConnector::from(Arc::new(config(&board.pin)?));
    let mut stream = connector
        .connect(name, BufReader::with_capacity(READ_AHEAD, tcp))
        .await
        .map_err(|error| tls_fault(&error))?;
    stream.get_mut().1.set_buffer_limit(None);
    upgrade::upgrade(&mut stream, &board.address).await?;
    Ok(stream)
}

/// Dials; `HELIOGRAPH_SOURCE` names a local address to come from (machines with several).
async fn dial_tcp(host: &str, port: u16) -> std::io::Result<TcpStream> {
    let Some(source) = std::env::var("HELIOGRAPH_SOURCE")
        .ok()
        .and_then(|text| text.parse::<std::net::IpAddr>().ok())
    else {
        return TcpStream::connect((host, port)).await;
    };
    let mut last = std::io::Error::from(std::io::ErrorKind::AddrNotAvailable);
    for target in tokio::net::lookup_host((host, port)).await? {
        let socket = match target {
            std::net::SocketAddr::V4(_) => tokio::net::TcpSocket::new_v4()?,
            std::net::SocketAddr::V6(_) => tokio::net::TcpSocket::new_v6()?,
        };
        let tried = match socket.bind(std::net::SocketAddr::new(source, 0)) {
            Ok(()) => socket.connect(target).await,
            Err(error) => Err(error),
        };
        match tried {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn tls_fault(error: &std::io::Error) -> LinkFault {
    let inner = error.get_ref().and_then(|e| e.downcast_ref::<Error>());
    match inner {
        Some(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure)) => {
            LinkFault::OtherKey
        }
        Some(other) => LinkFault::Tls(other.to_string()),
        None => LinkFault::Connect(error.kind()),
    }
}

fn config(pin: &Pin) -> Result<ClientConfig, LinkFault> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let broken = |error: Error| LinkFault::Tls(error.to_string());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(broken)?;
    let mut config = match pin {
        Pin::Key(hash) => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Pinned {
                hash: *hash,
                provider,
            }))
            .with_no_client_auth(),
        Pin::PublicRoots => builder
            .with_root_certificates(roots())
            .with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.enable_sni = matches!(pin, Pin::PublicRoots);
    config.resumption = rustls::client::Resumption::disabled();
    // Every record carries exactly one small frame's worth, so records tell no more than frames.
    config.max_fragment_size = Some(SMALL_FRAME + RECORD_HEADER);
    Ok(config)
}

fn roots() -> RootCertStore {
    let mut store = RootCertStore::empty();
    for certificate in rustls_native_certs::load_native_certs().certs {
        // A root this library cannot parse vouches for nobody; the others still count.
        drop(store.add(certificate));
    }
    store
}

/// Accepts exactly one key and still checks that the peer holds it.
#[derive(Debug)]
struct Pinned {
    hash: [u8; 32],
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let other = || Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure);
        let (rest, certificate) =
            x509_parser::parse_x509_certificate(end_entity).map_err(|_| other())?;
        let spki = certificate.tbs_certificate.subject_pki.raw;
        let same = heliograph_wire::link::key_pin(spki) == self.hash;
        if rest.is_empty() && same {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(other())
        }
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("TLS 1.2 is not spoken here".into()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(
            message,
            cert,
            dss,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
