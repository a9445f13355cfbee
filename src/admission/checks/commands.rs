//! `commands`: see the page below. This version knows no `plugin:` tasks, so every task names an image.

use crate::admission::check::check;
use crate::admission::{Raw, RuleView};
use crate::policy::Commands;

check! {
    /// Tasks must not name images and commands where a policy wants plugins only.
    ///
    /// **Field** `image`, `cmd`, `args` **Allowed** any where `commands: any`; none where `commands: plugins-only`
    ///
    /// **Policy** `commands`
    ///
    /// ## Why
    ///
    /// An allowed image with a free command is still a shell in the cluster. A plugin is an image with a fixed entrypoint
    /// and declared inputs.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task:
    ///   cmd: [sh, -c, "env"]
    /// policy:
    ///   commands: plugins-only
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task:
    ///   cmd: [sh, -c, "env"]
    /// policy:
    ///   commands: any
    /// ```
    "commands" => Rule(run), help = "use a `plugin:` task, or ask the platform team for `commands: any`"
}

fn run(view: &RuleView<'_>) -> Vec<Raw> {
    let Some(commands) = &view.policy.commands else {
        return Vec::new();
    };
    match commands.rule {
        Commands::Any => Vec::new(),
        Commands::PluginsOnly => {
            vec![Raw::denied("image", "the task names an image; accepted: `plugin:` tasks only").by(&commands.origin)]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::tasks;
    use super::*;

    #[test]
    fn an_image_is_no_plugin() {
        tasks(
            &CHECK,
            &[
                ("no rule", "policy: { commands: null }", &[]),
                ("any", "policy: { commands: any }", &[]),
                (
                    "plugins only",
                    "policy: { commands: plugins-only }",
                    &["image: the task names an image; accepted: `plugin:` tasks only"],
                ),
            ],
        );
    }
}
