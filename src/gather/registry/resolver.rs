//! Looking names up: the addresses that the rules accept are the ones that are connected to.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::guard::{Guard, Standing};

/// Looks names up for the HTTP client and hands out none of the addresses when one of them is refused.
pub(super) struct Resolver {
    pub(super) guard: Arc<Guard>,
    pub(super) standing: Standing,
}

/// An address was refused. Travels through the HTTP client as the source of its error.
#[derive(Debug, thiserror::Error)]
#[error("{address} is {why}")]
pub(super) struct Refused {
    pub(super) address: IpAddr,
    pub(super) why: &'static str,
}

/// A name has no address.
#[derive(Debug, thiserror::Error)]
#[error("the name has no address")]
pub(super) struct NoAddress;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, standing) = (Arc::clone(&self.guard), self.standing);
        Box::pin(async move {
            // With a dot at its end a name is looked up as it is: a search list would let whoever names a namespace and
            // a service answer for `ghcr.io`. Listed hosts may be short names.
            let name = match standing {
                Standing::Stranger => format!("{}.", name.as_str().trim_end_matches('.')),
                Standing::Listed | Standing::Proxy => name.as_str().to_owned(),
            };
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name, 0))
                .await
                .map_err(|_| NoAddress)?
                .collect();
            if found.is_empty() {
                return Err(NoAddress.into());
            }
            for address in &found {
                let address = address.ip();
                guard
                    .address(standing, address)
                    .map_err(|why| Refused { address, why })?;
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::settings::Registries;

    #[tokio::test]
    async fn a_name_with_a_refused_address_has_none_at_all() {
        let resolve = |standing| Resolver {
            guard: Arc::new(Guard::new(&Registries::default(), &BTreeMap::new())),
            standing,
        };
        // Every machine has this name in its hosts file.
        let name = || "localhost".parse::<Name>().unwrap();
        let refused = resolve(Standing::Stranger).resolve(name()).await.err().unwrap();
        assert!(refused.is::<Refused>() || refused.is::<NoAddress>(), "{refused}");
        assert!(resolve(Standing::Listed).resolve(name()).await.is_ok());
    }
}
