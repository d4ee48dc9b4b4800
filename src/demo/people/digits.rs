//! Codes that people get wrong.

/// A code with one digit mistyped: its check digit tells.
pub fn with_a_slip(code: &str) -> String {
    code.char_indices().map(|(at, digit)| if at == 4 { other(digit) } else { digit }).collect()
}

/// A code that is well formed and nobody's: the digits before the last give another check digit.
pub fn of_nobody(code: &str) -> String {
    let nine: String = with_a_slip(code).chars().take(9).collect();
    format!("{nine}{}", damm(&nine))
}

fn other(digit: char) -> char {
    if digit == '9' { '0' } else { char::from(digit as u8 + 1) }
}

/// The check digit of Damm (2004), by the quasigroup that his thesis gives.
fn damm(digits: &str) -> u8 {
    const TABLE: [[u8; 10]; 10] = [
        [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
        [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
        [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
        [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
        [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
        [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
        [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
        [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
        [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
        [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
    ];
    digits
        .bytes()
        .filter(u8::is_ascii_digit)
        .fold(0, |interim, digit| TABLE[usize::from(interim)][usize::from(digit - b'0')])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_example_has_its_published_check_digit() {
        assert_eq!(damm("572"), 4);
    }

    #[test]
    fn a_slip_changes_one_digit() {
        assert_eq!(with_a_slip("0000000000"), "0000100000");
        assert_eq!(with_a_slip("1234967890"), "1234067890");
    }
}
