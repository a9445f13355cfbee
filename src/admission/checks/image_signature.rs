//! `image-signature`: see the page below. Must never call an image signed that nobody has looked at, nor unsigned where
//! somebody could not be asked.

use super::image_not_allowed::admitted;
use super::support::quoted;
use crate::admission::check::check;
use crate::admission::signed::{Judging, Outcome, covering, quorum_words};
use crate::admission::{Raw, RuleView};

check! {
    /// Images must be signed by the authorities that the policy names.
    ///
    /// **Field** `image` **Allowed** images whose bytes are signed by as many distinct signers as `require` asks for, each
    /// within `maxAge`, under a name that `signedIdentity` accepts and of a version not below `minimumVersion`
    ///
    /// **Policy** `signatures[]` whose `images` match
    ///
    /// ## Why
    ///
    /// A signature says who built these very bytes; a name only says where they lie. Signatures are looked for at the
    /// digest that would run, in the formats that the authority lists and in no other. One signer counts once, however
    /// many signatures or keys it has. Whoever runs the registry chooses which signed images it shows: against an older
    /// one under a newer tag stand `maxAge`, `minimumVersion` and `signedIdentity`. A registry that does not answer
    /// leaves the verdict undecided, never "not signed"; it is asked only for images that the policies admit by name.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task:
    ///   image: ghcr.io/acme/app:1.0
    /// policy:
    ///   signatures: [ { images: ["ghcr.io/acme/**"], require: { any: [acme-release] } } ]
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task:
    ///   image: ghcr.io/acme/app:1.0
    /// policy:
    ///   signatures: [ { images: ["ghcr.io/acme/**"], require: { any: [acme-release] } } ]
    /// signed:
    ///   - { authority: acme-release, proofs: [ { by: alice } ] }
    /// ```
    "image-signature" => Rule(run), help = "use an image that was released as the policy asks, or have this one signed"
}

fn run(view: &RuleView<'_>) -> Vec<Raw> {
    let task = &view.task;
    let reference = &task.plan.image;
    let mut raws = Vec::new();
    for rule in covering(view.policy, reference) {
        // An image that is not pinned is the finding of another check.
        let Some(judging) = Judging::of(rule, task) else {
            continue;
        };
        let image = quoted(&reference.to_string());
        let asked = quorum_words(&rule.require);
        match judging.image() {
            Outcome::Met(_) => {}
            Outcome::NotMet(why) => raws.push(
                Raw::denied(
                    "image",
                    format!("image {image} is not signed as asked, by {asked}; {}", why.join("; ")),
                )
                .by(&rule.origin),
            ),
            // What no policy admits by name was not looked at, and is refused by that name.
            Outcome::Open(why) if admitted(task.request, task.plan, task.policies, task.image) => raws.push(
                Raw::undecided(
                    "image",
                    format!(
                        "whether image {image} is signed by {asked} is not known; {}",
                        why.join("; ")
                    ),
                )
                .help("send the event again when the registry answers")
                .by(&rule.origin),
            ),
            Outcome::Open(_) => {}
        }
    }
    raws
}

#[cfg(test)]
mod tests;
