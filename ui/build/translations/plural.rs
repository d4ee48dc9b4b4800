//! Which plural form a number takes: the expression in C after `plural=` in a catalogue's header, as far as Slint knows it
//! (numbers, `n`, `%`, comparisons, `&&`, `||`, `?:`).

/// Parsed once, asked for many numbers. Truth is 1 and 0, as in C.
#[derive(Debug)]
pub struct Rule(Term);

#[derive(Debug)]
enum Term {
    N,
    Number(u32),
    Both(&'static str, Box<Term>, Box<Term>),
    Choice(Box<Term>, Box<Term>, Box<Term>),
}

/// From the loosest to the tightest; within one, the longer first.
const LEVELS: [&[&str]; 4] = [&["||"], &["&&"], &["==", "!=", "<=", ">=", "<", ">"], &["%"]];

/// Deeper than any language's rule, and far from the end of the stack.
const DEEPEST: usize = 32;

impl Rule {
    pub fn parse(source: &str) -> Result<Self, String> {
        let (term, rest) = choice(source, DEEPEST)?;
        if rest.trim().is_empty() {
            Ok(Self(term))
        } else {
            Err(format!("the plural rule ends before {rest:?}"))
        }
    }

    /// The position of the form for this number.
    pub fn form(&self, n: u32) -> Result<usize, String> {
        let form = self.0.of(n).ok_or("the plural rule divides by nothing")?;
        usize::try_from(form).map_err(|_| "the plural rule gives too large a form".to_owned())
    }
}

impl Term {
    fn of(&self, n: u32) -> Option<u32> {
        Some(match self {
            Self::N => n,
            Self::Number(number) => *number,
            Self::Choice(condition, yes, no) => {
                return if condition.of(n)? != 0 { yes.of(n) } else { no.of(n) };
            }
            Self::Both(operator, left, right) => {
                let (left, right) = (left.of(n)?, right.of(n)?);
                match *operator {
                    "%" => left.checked_rem(right)?,
                    "||" => u32::from(left != 0 || right != 0),
                    "&&" => u32::from(left != 0 && right != 0),
                    "==" => u32::from(left == right),
                    "!=" => u32::from(left != right),
                    "<=" => u32::from(left <= right),
                    ">=" => u32::from(left >= right),
                    "<" => u32::from(left < right),
                    _ => u32::from(left > right),
                }
            }
        })
    }
}

/// A term, and what follows it.
type Parsed<'a> = Result<(Term, &'a str), String>;

fn choice(source: &str, depth: usize) -> Parsed<'_> {
    let depth = depth.checked_sub(1).ok_or("the plural rule is too deep")?;
    let (condition, rest) = level(source, 0, depth)?;
    let Some(rest) = rest.trim_start().strip_prefix('?') else { return Ok((condition, rest)) };
    let (yes, rest) = choice(rest, depth)?;
    let rest = rest.trim_start().strip_prefix(':').ok_or("a ? without its : in the plural rule")?;
    let (no, rest) = choice(rest, depth)?;
    Ok((Term::Choice(condition.into(), yes.into(), no.into()), rest))
}

fn level(source: &str, at: usize, depth: usize) -> Parsed<'_> {
    let Some(operators) = LEVELS.get(at) else { return single(source.trim_start(), depth) };
    let (mut left, mut rest) = level(source, at + 1, depth)?;
    while let Some((operator, after)) =
        operators.iter().find_map(|operator| Some((*operator, rest.trim_start().strip_prefix(operator)?)))
    {
        let (right, after) = level(after, at + 1, depth)?;
        left = Term::Both(operator, left.into(), right.into());
        rest = after;
    }
    Ok((left, rest))
}

fn single(source: &str, depth: usize) -> Parsed<'_> {
    if let Some(rest) = source.strip_prefix('n') {
        return Ok((Term::N, rest));
    }
    if let Some(inside) = source.strip_prefix('(') {
        let (term, rest) = choice(inside, depth)?;
        let rest = rest.trim_start().strip_prefix(')').ok_or("a ( without its ) in the plural rule")?;
        return Ok((term, rest));
    }
    let end = source.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(source.len());
    let (digits, rest) = source.split_at(end);
    let number = digits.parse().map_err(|_| format!("the plural rule is not understood at {source:?}"))?;
    Ok((Term::Number(number), rest))
}
