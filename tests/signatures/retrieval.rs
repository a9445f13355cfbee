//! What both cosigns write is what our registry client finds, on registries with and without a referrers API.

use std::collections::BTreeMap;

use job_executor_service::admission::Fact;
use job_executor_service::gather;
use job_executor_service::gather::registry::{Keyring, Wanted};
use job_executor_service::image::Digest;
use job_executor_service::settings::{Addresses, Mirror, RegistryHost, Settings, Transport};
use job_executor_service::signature::{About, Format};

use crate::rows::{By, Hand, Step};
use crate::signing::Rig;
use crate::signing::cosign::{Form, Major};
use crate::stage::Stage;

pub(crate) fn client() -> gather::Registry {
    let rig = Rig::from_env();
    let mut settings = Settings::chart_defaults();
    // The plain one is reached as a mirror of the name that it has on this machine.
    settings.mirrors = BTreeMap::from([(
        rig.plain.clone(),
        Mirror {
            host: rig.plain.clone(),
            transport: Transport::Http,
            ..Mirror::default()
        },
    )]);
    settings.registries.hosts = BTreeMap::from([(
        rig.referrers.clone(),
        RegistryHost {
            addresses: Addresses::Private,
            ca: std::fs::read_to_string(&rig.ca).unwrap(),
            ..RegistryHost::default()
        },
    )]);
    gather::Registry::new(&settings).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_cosign_writes_is_what_we_find() {
    let (stage, client) = (Stage::set(), client());
    let wanted = Wanted {
        formats: [Format::Legacy, Format::Bundle].into(),
        about: [
            About::Image,
            About::Attestation("https://slsa.dev/provenance/v1".to_owned()),
        ]
        .into(),
    };
    let ours = By::Key(Hand::Ours);
    let both = [
        Step::Sign(Major::Two, Form::Legacy, ours),
        Step::Sign(Major::Two, Form::Legacy, By::Key(Hand::Theirs)),
        Step::Sign(Major::Three, Form::Bundle, ours),
        Step::Attest(Major::Two, Form::Legacy, ours, "slsaprovenance1"),
        Step::Attest(Major::Three, Form::Bundle, ours, "slsaprovenance1"),
    ];
    for (number, registry) in stage.registries.iter().enumerate() {
        for (name, steps, expected) in [
            ("unsigned", &both[..0], (0, 0, 0)),
            ("legacy", &both[..2], (2, 0, 0)),
            ("bundle", &both[2..3], (0, 0, 1)),
            ("all", &both[..], (2, 1, 2)),
        ] {
            let repository = format!("retrieval/{}-{number}-{name}", std::process::id());
            let image = registry.push(&repository, name).await;
            for step in steps {
                stage.take(*step, &image).await;
            }
            let digest = Digest::parse(&image.digest).unwrap();
            let fact = client
                .evidence_with(&image.name(), &digest, &wanted, &Keyring::default())
                .await;
            let Fact::Known(found) = fact else {
                panic!("{name} on {}: {fact:?}", registry.host)
            };
            let counts = (found.signatures.len(), found.attestations.len(), found.bundles.len());
            assert_eq!(
                (counts, &found.refused[..]),
                (expected, &[][..]),
                "{name} on {}",
                registry.host
            );
            for layer in &found.signatures {
                assert!(
                    layer.annotations.contains_key("dev.cosignproject.cosign/signature"),
                    "{layer:?}"
                );
            }
        }
    }
}
