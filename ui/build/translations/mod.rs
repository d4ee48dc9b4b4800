//! Compares every translation with the words of the screens. Slint shows English for what is missing and says nothing; a
//! locker in Riga must not, so the build stops.

mod holes;
mod plural;
pub mod po;
pub mod screens;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use po::{Catalogue, Entry};
use screens::Word;

/// Something to mend, and where.
#[derive(Debug)]
pub struct Complaint {
    /// The file, as seen from the crate's folder.
    pub file: PathBuf,
    /// Counted from 1.
    pub line: usize,
    /// What is wrong, and what to do.
    pub what: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}:{}: {}", self.file.display(), self.line, self.what)
    }
}

/// Everything that is wrong with the translations of these languages, in the order of the files.
///
/// # Errors
/// A folder or file cannot be read.
pub fn complaints(screens: &Path, lang: &Path, codes: &[&str]) -> io::Result<Vec<Complaint>> {
    let mut complaints = vec![];
    let mut words = BTreeMap::new();
    for file in sorted(screens)? {
        if file.extension().is_none_or(|extension| extension != "slint") {
            continue;
        }
        match screens::words(&std::fs::read_to_string(&file)?) {
            Ok(found) => {
                for word in found {
                    words.entry(word.text.clone()).or_insert((file.clone(), word));
                }
            }
            Err((line, what)) => complaints.push(Complaint { file, line, what }),
        }
    }
    for folder in sorted(lang)? {
        let known = codes.iter().any(|code| folder.ends_with(code));
        if !known {
            let what =
                "no language has this folder: add it to LANGUAGES (src/language/table.rs), or remove it"
                    .into();
            complaints.push(Complaint { file: folder, line: 1, what });
        }
    }
    for code in codes {
        let file = lang.join(code).join("LC_MESSAGES/locker-ui.po");
        match std::fs::read_to_string(&file) {
            Ok(source) => complaints.extend(of_catalogue(&words, &file, &source)),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
                let what = format!(
                    "the words of {code:?} are missing: copy another language's file, and translate it"
                );
                complaints.push(Complaint { file, line: 1, what });
            }
            Err(cause) => return Err(cause),
        }
    }
    Ok(complaints)
}

fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files: Vec<_> =
        std::fs::read_dir(folder)?.map(|file| Ok(file?.path())).collect::<io::Result<_>>()?;
    files.sort();
    Ok(files)
}

/// The words of all screens, each with the file it was first seen in.
type Words = BTreeMap<String, (PathBuf, Word)>;

fn of_catalogue(words: &Words, file: &Path, source: &str) -> Vec<Complaint> {
    let at = |line, what| Complaint { file: file.to_owned(), line, what };
    let catalogue = match po::parse(source) {
        Ok(catalogue) => catalogue,
        Err((line, what)) => return vec![at(line, what)],
    };
    let mut complaints = vec![];
    let alone = match numbers_alone(&catalogue) {
        Ok(alone) => alone,
        Err(what) => {
            complaints.push(at(catalogue.header_line, what));
            vec![None; catalogue.forms]
        }
    };
    let mut seen = BTreeSet::new();
    for entry in &catalogue.entries {
        if !seen.insert(&entry.text) {
            complaints.push(at(entry.line, format!("{:?} is translated twice: keep one", entry.text)));
        }
        let Some((_, word)) = words.get(&entry.text) else {
            complaints.push(at(entry.line, format!("no screen says {:?} any more: remove it", entry.text)));
            continue;
        };
        complaints.extend(of_entry(entry, word, &alone).into_iter().map(|what| at(entry.line, what)));
    }
    let end = source.lines().count();
    for (text, (screen, word)) in words.iter().filter(|(text, _)| !seen.contains(text)) {
        let place = format!("{}:{}", screen.display(), word.line);
        complaints.push(at(end, format!("{text:?} is not translated ({place} says it): add it")));
    }
    complaints
}

/// For each plural form the one number that it is for, where it is for one only.
fn numbers_alone(catalogue: &Catalogue) -> Result<Vec<Option<u32>>, String> {
    let rule = plural::Rule::parse(&catalogue.rule)?;
    let mut numbers = vec![vec![]; catalogue.forms];
    for n in 0..=1000 {
        let form = rule.form(n)?;
        let Some(of_form) = numbers.get_mut(form) else {
            return Err(format!(
                "Plural-Forms gives form {form} for {n}, but nplurals is {}",
                catalogue.forms
            ));
        };
        of_form.push(n);
    }
    if let Some(never) = numbers.iter().position(Vec::is_empty) {
        return Err(format!(
            "Plural-Forms never gives form {never}: nplurals is too large, or the rule is wrong"
        ));
    }
    Ok(numbers.iter().map(|numbers| if let [only] = numbers[..] { Some(only) } else { None }).collect())
}

fn of_entry(entry: &Entry, word: &Word, alone: &[Option<u32>]) -> Vec<String> {
    let text = &entry.text;
    let mut complaints = vec![];
    if entry.fuzzy {
        complaints.push(format!("{text:?} is marked fuzzy: check it, and remove the mark"));
    }
    if entry.plural != word.plural {
        complaints.push(format!("the plural of {text:?} is {:?} on the screen: take that", word.plural));
        return complaints;
    }
    let wanted = if word.plural.is_some() { alone.len() } else { 1 };
    if entry.forms.len() != wanted {
        complaints.push(format!("{text:?} has {} forms, not {wanted}: give each", entry.forms.len()));
        return complaints;
    }
    for (form, only) in entry.forms.iter().zip(alone.iter().chain(std::iter::repeat(&None))) {
        if form.trim().is_empty() {
            complaints.push(format!("{text:?} is translated by nothing: say it"));
        } else if let Err(what) = holes::same(text, form, word.plural.is_some() && only.is_some()) {
            complaints.push(format!("{form:?} for {text:?}: {what}"));
        }
    }
    complaints
}
