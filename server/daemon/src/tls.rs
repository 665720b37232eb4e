//! TLS as this server speaks it: version 1.3, hybrid key exchange, no memory between connections,
//! and nothing in the handshake that tells it from any other HTTPS server.

use std::sync::Arc;

use heliograph_wire::SMALL_FRAME;
use rustls::crypto::aws_lc_rs::{self, kx_group};
use rustls::server::NoServerSessionStorage;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ServerConfig, version::TLS13};

use crate::StartError;

/// Header of a TLS record, bytes; rustls counts it into the fragment size.
const RECORD_HEADER: usize = 5;

/// Has the source of randomness ready before the first handshake: a process gathers it once, which takes some 70 ms of
/// one core.
pub(crate) fn warm_up() {
    let gather = || aws_lc_rs::default_provider().secure_random.fill(&mut [0]);
    // If there is none the handshake says so.
    drop(tokio::task::spawn_blocking(gather));
}

/// The server's TLS configuration. With `require_hybrid` a peer without X25519MLKEM768 is refused.
pub(crate) fn config(
    certified: CertifiedKey,
    require_hybrid: bool,
) -> Result<Arc<ServerConfig>, StartError> {
    let mut provider = aws_lc_rs::default_provider();
    provider.kx_groups = vec![kx_group::X25519MLKEM768];
    if !require_hybrid {
        provider
            .kx_groups
            .extend([kx_group::X25519, kx_group::SECP256R1]);
    }
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&TLS13])?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.max_early_data_size = 0;
    // Every record carries exactly one small frame's worth, so records tell no more than frames.
    config.max_fragment_size = Some(SMALL_FRAME + RECORD_HEADER);
    Ok(Arc::new(config))
}
