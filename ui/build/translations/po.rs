//! Reads a gettext catalogue as far as ours go, and refuses the rest, so that nothing is overlooked.

use super::screens::literal;

/// One language's words.
#[derive(Debug, Default)]
pub struct Catalogue {
    pub header_line: usize,
    /// `nplurals`.
    pub forms: usize,
    /// The expression after `plural=`.
    pub rule: String,
    pub entries: Vec<Entry>,
}

/// One word with its translations.
#[derive(Debug, Default)]
pub struct Entry {
    /// Of its `msgid`, counted from 1.
    pub line: usize,
    pub text: String,
    pub plural: Option<String>,
    pub forms: Vec<String>,
    pub fuzzy: bool,
}

/// Why, and at which line, a catalogue cannot be read.
type Unreadable = (usize, String);

/// Reads a catalogue.
pub fn parse(source: &str) -> Result<Catalogue, Unreadable> {
    let mut entries: Vec<Entry> = vec![];
    let mut fuzzy = false;
    // What the next continued line belongs to.
    let mut field = Field::None;
    for (line, text) in source.lines().enumerate().map(|(index, text)| (index + 1, text.trim())) {
        let fault = |what: &str| (line, what.to_owned());
        if text.starts_with("#~") {
            return Err(fault("an obsolete translation: remove it"));
        }
        if let Some(flags) = text.strip_prefix("#,") {
            fuzzy |= flags.split(',').any(|flag| flag.trim() == "fuzzy");
        }
        if text.is_empty() || text.starts_with('#') {
            field = Field::None;
            continue;
        }
        let (keyword, quoted) = text.split_at(text.find('"').ok_or_else(|| fault("no text in quotes"))?);
        let (value, after) = literal(quoted).map_err(|what| (line, what))?;
        if !after.is_empty() {
            return Err(fault("something follows the text in quotes"));
        }
        if keyword.trim() == "msgid" {
            entries.push(Entry { line, text: value, fuzzy: std::mem::take(&mut fuzzy), ..Entry::default() });
            field = Field::Text;
            continue;
        }
        let entry = entries.last_mut().ok_or_else(|| fault("a msgid comes first"))?;
        match keyword.trim() {
            "" => entry.open_text(field).ok_or_else(|| fault("this continues nothing"))?.push_str(&value),
            "msgid_plural" => {
                entry.plural = Some(value);
                field = Field::Plural;
            }
            keyword => {
                let next = if entry.plural.is_some() {
                    format!("msgstr[{}]", entry.forms.len())
                } else {
                    "msgstr".into()
                };
                if keyword != next || (entry.plural.is_none() && !entry.forms.is_empty()) {
                    return Err((
                        line,
                        format!("{keyword} is not understood here: msgid, msgid_plural or {next} is"),
                    ));
                }
                entry.forms.push(value);
                field = Field::Form;
            }
        }
    }
    with_header(entries)
}

#[derive(Clone, Copy)]
enum Field {
    None,
    Text,
    Plural,
    Form,
}

impl Entry {
    /// The text that a continued line continues.
    fn open_text(&mut self, field: Field) -> Option<&mut String> {
        match field {
            Field::None => None,
            Field::Text => Some(&mut self.text),
            Field::Plural => self.plural.as_mut(),
            Field::Form => self.forms.last_mut(),
        }
    }
}

/// The first entry translates the empty text, into what is to be known of the language.
fn with_header(mut entries: Vec<Entry>) -> Result<Catalogue, Unreadable> {
    let missing = |line| (line, "the header needs Plural-Forms: nplurals=...; plural=...;".to_owned());
    if entries.first().is_none_or(|entry| !entry.text.is_empty()) {
        return Err(missing(1));
    }
    let header = entries.remove(0);
    let line = header.line;
    let plural_forms = header
        .forms
        .iter()
        .flat_map(|form| form.lines())
        .find_map(|field| field.strip_prefix("Plural-Forms:"))
        .ok_or_else(|| missing(line))?;
    let value = |name: &str| {
        plural_forms
            .split(';')
            .filter_map(|part| part.split_once('='))
            .find_map(|(key, value)| (key.trim() == name).then(|| value.trim()))
    };
    let forms = value("nplurals").and_then(|forms| forms.parse().ok()).ok_or_else(|| missing(line))?;
    let rule = value("plural").ok_or_else(|| missing(line))?.to_owned();
    Ok(Catalogue { header_line: line, forms, rule, entries })
}
