//! Events of the YAML parser in, trees of nodes out.
//!
//! Every event is paid for from the budget before anything is kept, so that a hostile file costs no
//! more than the budget says. The loader must never guess: what it does not understand stops it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_yaml::granit_parser::{self as parser, Event, Parser, ScalarStyle, Tag};

use super::cost::Cost;
use super::frames::{self, Entries, Frame, Key};
use super::load::{Limits, Loaded};

use super::problems::Problems;
use super::text::{self, Refusal};
use super::{Located, Node, Problem, Scalar, Span, Style, Value, quoted};

const CORE_TAGS: &str = "tag:yaml.org,2002:";
const NULLS: [&str; 5] = ["", "~", "null", "Null", "NULL"];

/// Loading cannot go on; the problem that says why has been recorded.
struct Stop;

pub(super) struct Loader {
    limits: Limits,
    documents: Vec<Node>,
    problems: Problems,
    frames: Vec<Frame>,
    anchors: BTreeMap<usize, (Node, Cost)>,
    spent: Cost,
    aliases: usize,
}

impl Loader {
    /// A loader that has spent nothing yet.
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            documents: Vec::new(),
            problems: Problems::default(),
            frames: Vec::new(),
            anchors: BTreeMap::new(),
            spent: Cost::default(),
            aliases: 0,
        }
    }

    /// Reads the whole text.
    pub(super) fn load(mut self, text: &str) -> Loaded {
        // A stop has left its problem behind; that it happened is all there is to say about it.
        let complete = self.run(text).is_ok();
        Loaded {
            documents: self.documents,
            problems: self.problems.into_sorted(),
            complete,
        }
    }

    fn run(&mut self, text: &str) -> Result<(), Stop> {
        if let Err(refusal) = text::check(text, &self.limits) {
            return self.refuse(refusal);
        }
        let mut options = parser::options! {
            flow_nesting_limit: self.limits.depth,
            block_nesting_limit: self.limits.depth,
        };
        options.set_emit_comments(false);
        for item in Parser::new_from_str_with_options(text, options) {
            match item {
                Ok((event, span)) => self.take(event, text::place(&span))?,
                Err(error) => return self.refuse(text::grammar(&error, text, &self.limits)),
            }
        }
        Ok(())
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Stop> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let node = self.scalar(text, style, tag.as_deref(), span);
                self.spend(
                    span,
                    Cost {
                        nodes: 1,
                        bytes: Cost::text(&node),
                        height: 0,
                    },
                )?;
                self.complete(node, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.open(span, tag.as_deref(), "seq")?;
                self.frames.push(Frame::Sequence {
                    span,
                    anchor,
                    items: Vec::new(),
                });
                Ok(())
            }
            Event::MappingStart(_, anchor, tag) => {
                self.open(span, tag.as_deref(), "map")?;
                self.frames.push(Frame::Mapping {
                    span,
                    anchor,
                    entries: Entries::default(),
                    key: None,
                });
                Ok(())
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(target) => self.alias(target, span),
            Event::UnresolvedAlias(name) => self.stop(
                span,
                format!("the alias {} names no anchor above it", quoted(&name)),
                "",
            ),
            Event::DocumentStart(..) => {
                // Anchors end with their document.
                self.anchors.clear();
                Ok(())
            }
            Event::StreamStart | Event::StreamEnd | Event::DocumentEnd | Event::Anchor(..) => Ok(()),
            other @ (Event::Comment(..) | _) => self.stop(
                span,
                format!("the parser reported {other:?}, which is not understood"),
                "",
            ),
        }
    }

    /// The node of a scalar. Its style decides later whether it may be a number or a boolean.
    fn scalar(&mut self, text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>, span: Span) -> Node {
        let text = text.into_owned();
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
            ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
        };
        let core = tag.map(|tag| (tag, tag.suffix_in_namespace(CORE_TAGS)));
        let (text, style) = match core.as_ref().map(|(tag, core)| (tag, core.as_deref())) {
            None => (text, style),
            Some((_, Some("str"))) => (text, Style::Quoted),
            Some((tag, None)) if tag.original() == "!" => (text, Style::Quoted),
            Some((_, Some("int" | "bool" | "float" | "null" | "timestamp" | "merge"))) => (text, Style::Plain),
            Some((_, Some("binary"))) => (self.decode_binary(&text, span), Style::Quoted),
            Some((tag, _)) => {
                self.refuse_tag(tag, span);
                (text, style)
            }
        };
        let value = if style == Style::Plain && NULLS.contains(&text.as_str()) {
            Value::Null
        } else {
            Value::Scalar(Scalar { text, style })
        };
        Node { span, value }
    }

    fn decode_binary(&mut self, text: &str, span: Span) -> String {
        let compact: String = text.chars().filter(|character| !character.is_whitespace()).collect();
        let bytes = data_encoding::BASE64.decode(compact.as_bytes());
        match bytes.map(String::from_utf8) {
            Ok(Ok(decoded)) => decoded,
            Ok(Err(_)) => {
                self.report(
                    span,
                    "the `!!binary` value is not UTF-8 text",
                    "only text can be given here",
                );
                String::new()
            }
            Err(error) => {
                let message = format!("the `!!binary` value is not base64: {error}");
                self.report(span, message, "write padded base64 of the standard alphabet");
                String::new()
            }
        }
    }

    fn refuse_tag(&mut self, tag: &Tag, span: Span) {
        let message = format!("the tag {} is not supported", quoted(&tag.original()));
        self.report(
            span,
            message,
            "remove it: every value is read by what its field expects",
        );
    }

    /// Counts the start of a collection.
    fn open(&mut self, span: Span, tag: Option<&Tag>, expected: &str) -> Result<(), Stop> {
        if let Some(tag) = tag
            && tag.suffix_in_namespace(CORE_TAGS).as_deref() != Some(expected)
        {
            self.refuse_tag(tag, span);
        }
        if let Some(Frame::Mapping { key: None, .. }) = self.frames.last() {
            return self.stop(span, "a key must be text, found a list or mapping", "");
        }
        self.check_depth(span, 1)?;
        self.spend(
            span,
            Cost {
                nodes: 1,
                bytes: 0,
                height: 0,
            },
        )
    }

    fn close(&mut self) -> Result<(), Stop> {
        match self.frames.pop() {
            Some(Frame::Sequence { span, anchor, items }) => self.complete(
                Node {
                    span,
                    value: Value::Sequence(items),
                },
                anchor,
            ),
            Some(Frame::Mapping {
                span,
                anchor,
                entries,
                key: _,
            }) => {
                let node = Node {
                    span,
                    value: Value::Mapping(self.merge(entries)),
                };
                self.complete(node, anchor)
            }
            None => self.stop(Span::default(), "the parser closed a collection that was not open", ""),
        }
    }

    fn alias(&mut self, target: usize, span: Span) -> Result<(), Stop> {
        self.aliases = self.aliases.saturating_add(1);
        if self.aliases > self.limits.aliases {
            let message = format!("the file has more than the {} aliases allowed", self.limits.aliases);
            return self.stop(span, message, "write the values out");
        }
        let Some((node, cost)) = self.anchors.get(&target) else {
            return self.stop(span, "the alias stands inside the value it names", "");
        };
        let (node, cost) = (
            Node {
                span,
                value: node.value.clone(),
            },
            *cost,
        );
        self.check_depth(span, cost.height)?;
        self.spend(span, cost)?;
        self.complete(node, 0)
    }

    /// A node is whole: remember it under its anchor, hand it to what it stands in.
    fn complete(&mut self, node: Node, anchor: usize) -> Result<(), Stop> {
        if anchor != 0 {
            let cost = Cost::of(&node);
            self.spend(node.span, cost)?;
            self.anchors.insert(anchor, (node.clone(), cost));
        }
        match self.frames.last_mut() {
            None => self.documents.push(node),
            Some(Frame::Sequence { items, .. }) => items.push(node),
            Some(Frame::Mapping { entries, key, .. }) => match key.take() {
                Some(Key::Plain(name)) => {
                    // Nothing was written: the key is the place to look at.
                    let span = if node.value == Value::Null && node.span.length == 0 {
                        name.span
                    } else {
                        node.span
                    };
                    entries.own.push((name, Node { span, ..node }));
                }
                Some(Key::Merge) => entries.merged.push(node),
                Some(Key::Refused(_)) => {}
                None => return self.begin_entry(node),
            },
        }
        Ok(())
    }

    /// The node is a key: the next one is its value.
    fn begin_entry(&mut self, node: Node) -> Result<(), Stop> {
        let Node { span, value } = node;
        let (text, style) = match value {
            Value::Scalar(Scalar { text, style }) => (text, style),
            Value::Null => return self.stop(span, "a key must be text, found nothing", "put the word in quotes"),
            Value::Sequence(_) | Value::Mapping(_) => {
                return self.stop(span, "a key must be text, found a list or mapping", "");
            }
        };
        let Some(Frame::Mapping { entries, key, .. }) = self.frames.last_mut() else {
            return self.stop(span, "the parser gave a key outside of a mapping", "");
        };
        let is_merge = text == "<<" && style == Style::Plain;
        let duplicate = if is_merge {
            std::mem::replace(&mut entries.merges, true)
        } else {
            !entries.names.insert(text.clone())
        };
        if duplicate {
            *key = Some(Key::Refused(text.clone()));
            let message = format!("the key {} is given twice in one mapping", quoted(&text));
            self.report(span, message, "keep one of them");
        } else if is_merge {
            *key = Some(Key::Merge);
        } else {
            *key = Some(Key::Plain(Located::new(text, span)));
        }
        Ok(())
    }

    /// The entries of a mapping and of what it merges: its own win, then the earlier merged mapping.
    fn merge(&mut self, entries: Entries) -> Vec<(Located<String>, Node)> {
        let Entries {
            mut own,
            mut names,
            merged,
            merges: _,
        } = entries;
        for source in merged {
            let mappings = match source.value {
                Value::Sequence(items) => items,
                Value::Mapping(_) | Value::Null | Value::Scalar(_) => vec![source],
            };
            for mapping in mappings {
                if let Value::Mapping(inherited) = mapping.value {
                    own.extend(
                        inherited
                            .into_iter()
                            .filter(|(name, _)| names.insert(name.value.clone())),
                    );
                } else {
                    let message = format!("the merge key `<<` needs a mapping, found {}", mapping.value);
                    self.report(
                        mapping.span,
                        message,
                        "name an anchored mapping, such as `<<: *defaults`",
                    );
                }
            }
        }
        own
    }

    fn check_depth(&mut self, span: Span, more: usize) -> Result<(), Stop> {
        if self.frames.len().saturating_add(more) > self.limits.depth {
            return self.refuse(text::too_deep(span, &self.limits));
        }
        Ok(())
    }

    fn spend(&mut self, span: Span, cost: Cost) -> Result<(), Stop> {
        self.spent.nodes = self.spent.nodes.saturating_add(cost.nodes);
        self.spent.bytes = self.spent.bytes.saturating_add(cost.bytes);
        if self.spent.nodes > self.limits.nodes {
            let message = format!(
                "the file has more than the {} keys and values allowed",
                self.limits.nodes
            );
            return self.stop(span, message, "split it, or use fewer aliases");
        }
        if self.spent.bytes > self.limits.bytes.saturating_mul(2) {
            let message = format!(
                "the text is longer than {} bytes once aliases are expanded",
                self.limits.bytes * 2
            );
            return self.stop(span, message, "use fewer aliases");
        }
        Ok(())
    }

    fn report(&mut self, span: Span, message: impl Into<String>, help: &str) {
        let field = frames::path(&self.frames);
        self.problems.push(Problem::new(span, field, message, help));
    }

    fn refuse<T>(&mut self, refusal: Refusal) -> Result<T, Stop> {
        self.stop(refusal.span, refusal.message, refusal.help)
    }

    fn stop<T>(&mut self, span: Span, message: impl Into<String>, help: &str) -> Result<T, Stop> {
        self.report(span, message, help);
        Err(Stop)
    }
}
