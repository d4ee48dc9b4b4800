//! Check digits.

/// UPU S10, nine digits with the check digit last: weights 8 6 4 2 3 5 9 7, eleven less the remainder by eleven, where
/// 10 is written 0, and 11 is written 5.
pub(super) fn s10(digits: &str) -> bool {
    const WEIGHTS: [u32; 8] = [8, 6, 4, 2, 3, 5, 9, 7];
    let mut values = digits.bytes().map(value);
    let sum: u32 = WEIGHTS.iter().zip(&mut values).map(|(weight, value)| weight * value).sum();
    let expected = match 11 - sum % 11 {
        10 => 0,
        11 => 5,
        digit => digit,
    };
    values.next() == Some(expected)
}

/// GS1, the check digit last: from the right weights 1 3 1 3 ..., and the sum ends in 0 (GS1 General Specifications,
/// 7.9).
pub(super) fn gs1(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .map(value)
        .zip([1, 3].into_iter().cycle())
        .map(|(value, weight)| value * weight)
        .sum();
    sum.is_multiple_of(10)
}

/// UPS, what follows `1Z`, the check digit last: letters count as digits (A is 2, B is 3, ... modulo 10), every second one
/// twice, and the sum with the check digit ends in 0.
pub(super) fn ups(characters: &str) -> bool {
    let last = characters.len().saturating_sub(1);
    let (body, check) = characters.split_at(last);
    let sum: u32 =
        body.bytes().map(value).zip([1, 2].into_iter().cycle()).map(|(value, weight)| value * weight).sum();
    let check_value: u32 = check.bytes().map(value).sum();
    check.bytes().all(|byte| byte.is_ascii_digit()) && (sum + check_value).is_multiple_of(10)
}

/// A digit's value; of a capital, the digit that UPS counts it as.
fn value(byte: u8) -> u32 {
    match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        letter => (u32::from(letter) + 7) % 10,
    }
}
