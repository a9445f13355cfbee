//! What an honest registry says, by the client that most Rust programs use: our own reads the same, and only trusts less.

use job_executor_service::admission::Fact;
use job_executor_service::image::Digest;
use oci_distribution::client::{Certificate, CertificateEncoding, Client, ClientConfig, ClientProtocol};
use oci_distribution::secrets::RegistryAuth;

use crate::retrieval::client;
use crate::signing::Rig;
use crate::signing::registry::Registry;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tag_is_resolved_as_oci_client_resolves_it() {
    let rig = Rig::from_env();
    let ours = client();
    let theirs = Client::try_from(ClientConfig {
        protocol: ClientProtocol::HttpsExcept(vec![rig.plain.clone()]),
        extra_root_certificates: vec![Certificate {
            encoding: CertificateEncoding::Pem,
            data: std::fs::read(&rig.ca).unwrap(),
        }],
        ..ClientConfig::default()
    })
    .unwrap();
    for registry in [Registry::plain(&rig), Registry::with_referrers(&rig)] {
        let image = registry
            .push(&format!("oracle/{}", std::process::id()), "resolved by both")
            .await;
        let tagged = format!("{}:latest", image.name());
        let Fact::Known(found) = ours.resolve(&tagged).await else {
            panic!("{tagged} was not resolved")
        };
        let (bytes, said) = theirs
            .pull_manifest_raw(
                &tagged.parse().unwrap(),
                &RegistryAuth::Anonymous,
                &[found.media_type.as_str()],
            )
            .await
            .unwrap();
        assert_eq!(found.digest, Digest::of_bytes(&bytes), "{tagged}");
        assert_eq!(
            (found.digest.to_string(), image.digest),
            (said, found.digest.to_string()),
            "{tagged}"
        );
    }
}
