//! Properties over generated texts: nothing panics, one image has one form, and a pattern's neighbours stay outside.

use proptest::prelude::*;

use super::super::{Digest, LegacyAllowList, Pattern, Reference, TagPattern, describe};

const HOST: &str = "([a-z0-9]{1,4}[.]){1,2}[a-z]{2,3}(:[1-9][0-9]{1,3})?\
                    |[A-Za-z]{1,5}:[1-9][0-9]{0,3}\
                    |\\[[0-9a-f]{1,4}::[0-9a-f]{1,3}\\](:443)?";
const NAME: &str = "[a-z0-9]{1,5}([._-][a-z0-9]{1,3})?";

fn written() -> impl Strategy<Value = String> {
    let tag = prop_oneof![Just(String::new()), ":[A-Za-z0-9_][A-Za-z0-9_.-]{0,8}"];
    let digest = prop_oneof![
        Just(String::new()),
        "[a-f0-9]{64}".prop_map(|hex| format!("@sha256:{hex}"))
    ];
    (prop::option::of(HOST), prop::collection::vec(NAME, 1..4), tag, digest).prop_map(|(host, path, tag, digest)| {
        let host = host.map(|host| format!("{host}/")).unwrap_or_default();
        format!("{host}{}{tag}{digest}", path.join("/"))
    })
}

proptest! {
    #[test]
    fn no_text_makes_a_parser_panic(text in any::<String>(), near in "[a-zA-Z0-9.:/@_\\[\\]*?!{}\\\\ %-]{0,40}") {
        for text in [text, near] {
            let _ = Reference::parse(&text);
            let _ = Digest::parse(&text);
            let _ = TagPattern::parse(&text);
            let patterns: Vec<Pattern> = Pattern::parse(&text).into_iter().collect();
            let described = describe(&text, &patterns);
            prop_assert_eq!(described.valid, described.error.is_none());
            if let Some(error) = described.error {
                let is_plain = error.chars().all(|c| c == ' ' || c.is_ascii_graphic());
                prop_assert!(is_plain, "a message must not carry what it refuses: {:?}", error);
            }
            if let Ok(list) = LegacyAllowList::parse(&text) {
                let image = Reference::parse("docker.io/library/alpine:3").unwrap();
                prop_assert!(!(list.is_empty() && list.matches(&image)));
            }
        }
    }

    #[test]
    fn the_normalised_form_is_read_as_the_same_image(text in written()) {
        if let Ok(image) = Reference::parse(&text) {
            let again = Reference::parse(&image.to_string());
            prop_assert_eq!(again.as_ref(), Ok(&image));
            prop_assert_eq!(again.unwrap().to_string(), image.to_string());
            prop_assert_eq!(image.registry().to_ascii_lowercase(), image.registry());
            let pinned = Reference::parse(&image.pinned(&Digest::of_bytes(b""))).unwrap();
            prop_assert_eq!(pinned.name(), image.name());
        }
    }

    #[test]
    fn a_name_as_a_pattern_names_itself_and_no_neighbour(text in written(), extra in "[a-z0-9]{1,3}") {
        let Ok(image) = Reference::parse(&text) else { return Ok(()) };
        let name = image.name();
        let pattern = Pattern::parse(&name).unwrap();
        prop_assert!(pattern.matches(&image));
        let host = image.registry();
        let path = image.repository();
        let neighbours = [
            format!("{extra}{name}"), format!("{name}{extra}"), format!("{extra}.{name}"), format!("{name}/{extra}"),
            format!("{host}.{extra}/{path}"), format!("{host}/{extra}/{path}"), format!("{host}/{extra}{path}"),
            format!("evil.example/{name}"), format!("evil.example/{path}"),
        ];
        for neighbour in neighbours {
            if let Ok(neighbour) = Reference::parse(&neighbour) {
                prop_assert!(!pattern.matches(&neighbour), "{} names {}", pattern, neighbour);
            }
        }
    }

    #[test]
    fn a_star_stays_inside_its_name_and_two_inside_their_registry(text in written(), extra in NAME) {
        let Ok(image) = Reference::parse(&text) else { return Ok(()) };
        let (host, path) = (image.registry(), image.repository());
        let Some((parent, _)) = path.rsplit_once('/') else { return Ok(()) };
        let star = Pattern::parse(&format!("{host}/{parent}/*")).unwrap();
        let stars = Pattern::parse(&format!("{host}/{parent}/**")).unwrap();
        prop_assert!(star.matches(&image) && stars.matches(&image));
        let deeper = Reference::parse(&format!("{host}/{path}/{extra}")).unwrap();
        prop_assert!(!star.matches(&deeper) && stars.matches(&deeper));
        let outsiders =
            [format!("{host}/{parent}x/{extra}"), format!("{host}/x{parent}/{extra}"), format!("evil.example/{path}")];
        for outside in outsiders {
            let outside = Reference::parse(&outside).unwrap();
            prop_assert!(!star.matches(&outside) && !stars.matches(&outside), "{} names {}", stars, outside);
        }
    }

    #[test]
    fn an_old_list_of_a_literal_image_admits_that_image_alone(text in written(), other in written()) {
        let (Ok(image), Ok(other)) = (Reference::parse(&text), Reference::parse(&other)) else { return Ok(()) };
        let escaped = image.to_string().replace('[', "\\[").replace(']', "\\]");
        let list = LegacyAllowList::parse(&escaped).unwrap();
        prop_assert!(list.matches(&image), "{}", image);
        prop_assert_eq!(list.matches(&other), image == other);
    }
}
