//! The places in a text that are filled in: `{}` in their order, `{0}` and `{1}` where another language needs another order,
//! `{n}` the number that the plural goes by.

use std::collections::BTreeSet;

#[derive(Debug, PartialEq, Eq, Default)]
struct Holes {
    in_order: usize,
    numbered: BTreeSet<usize>,
    number: bool,
}

fn holes(text: &str) -> Result<Holes, String> {
    let mut holes = Holes::default();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or("a { is not closed")?;
        match name {
            "" => holes.in_order += 1,
            "n" => holes.number = true,
            name => {
                let index = name.parse().map_err(|_| format!("nothing fills {{{name}}}"))?;
                holes.numbered.insert(index);
            }
        }
        rest = after;
    }
    if holes.in_order > 0 && !holes.numbered.is_empty() {
        return Err("{} and {0} cannot be mixed".into());
    }
    Ok(holes)
}

/// Is the translation filled in like the text? A plural form for one number only may say that number in words.
pub fn same(text: &str, translation: &str, number_may_go: bool) -> Result<(), String> {
    let (wanted, given) = (holes(text)?, holes(translation)?);
    let count = |holes: &Holes| holes.in_order + holes.numbered.len();
    let numbered_from_zero = given.numbered.iter().copied().eq(0..given.numbered.len());
    if count(&wanted) != count(&given) || !numbered_from_zero {
        return Err(format!("needs {} of {{}}, or {{0}}, {{1}} in another order", count(&wanted)));
    }
    if wanted.number != given.number && !(wanted.number && number_may_go) {
        return Err(if wanted.number { "needs {n}" } else { "nothing fills {n}" }.into());
    }
    Ok(())
}
