//! Finds the words in a screen's source: what stands in `@tr("...")` or `@tr("..." | "..." % count)`.

/// A word of the screens.
#[derive(Debug, PartialEq, Eq)]
pub struct Word {
    pub text: String,
    pub plural: Option<String>,
    /// Counted from 1.
    pub line: usize,
}

/// All words of a source, in their order; or the line that cannot be read, and why.
pub fn words(source: &str) -> Result<Vec<Word>, (usize, String)> {
    let mut words = vec![];
    let mut rest = source;
    while let Some(found) = rest.find(['/', '"', '@']) {
        rest = &rest[found..];
        if let Some(comment) = rest.strip_prefix("//") {
            rest = comment.split_once('\n').map_or("", |(_, after)| after);
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, after)| after);
        } else if let Some(call) = rest.strip_prefix("@tr(") {
            let line = source[..source.len() - rest.len()].matches('\n').count() + 1;
            let (text, after) = literal(call.trim_start()).map_err(|what| (line, what))?;
            let after = after.trim_start();
            if after.starts_with("=>") {
                return Err((line, format!("{text:?} is a context: the translations have none")));
            }
            let (plural, after) = match after.strip_prefix('|') {
                Some(after) => literal(after.trim_start())
                    .map(|(plural, after)| (Some(plural), after))
                    .map_err(|what| (line, what))?,
                None => (None, after),
            };
            words.push(Word { text, plural, line });
            rest = after;
        } else if rest.starts_with('"') {
            let line = source[..source.len() - rest.len()].matches('\n').count() + 1;
            rest = literal(rest).map_err(|what| (line, what))?.1;
        } else {
            rest = &rest[1..];
        }
    }
    Ok(words)
}

/// What follows `\u`: a letter's number in hexadecimal, in braces.
fn letter_by_number(letters: &mut std::str::CharIndices<'_>) -> Option<char> {
    let (number, after) = letters.as_str().strip_prefix('{')?.split_once('}')?;
    let letter = u32::from_str_radix(number, 16).ok().and_then(char::from_u32)?;
    while letters.as_str().len() > after.len() {
        letters.next();
    }
    Some(letter)
}

/// A string in quotes at the beginning, with its escapes undone, and what follows it.
pub fn literal(source: &str) -> Result<(String, &str), String> {
    let inside = source.strip_prefix('"').ok_or("a text in quotes is expected")?;
    let mut text = String::new();
    let mut letters = inside.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Ok((text, &inside[at + 1..])),
            '\\' => text.push(match letters.next() {
                Some((_, 'n')) => '\n',
                Some((_, same @ ('"' | '\\'))) => same,
                // Letters that nobody would see in the source, such as a space that no line breaks at.
                Some((_, 'u')) => letter_by_number(&mut letters).ok_or("\\u{..} gives no letter")?,
                other => {
                    return Err(format!(
                        "the escape \\{} is not known here",
                        other.map_or(' ', |(_, letter)| letter)
                    ));
                }
            }),
            '\n' => break,
            letter => text.push(letter),
        }
    }
    Err("a text in quotes does not end on its line".into())
}
