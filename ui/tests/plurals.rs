//! Numbers of things are said as people say them, on the real screen.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;

use locker_ui::{Display, Kiosk, Scene, ScreenOptions};

/// What the screen says first when typing is paused for so many minutes.
fn paused(language: &str, minutes: &[u32]) -> Vec<String> {
    let mut options = ScreenOptions::new(Display::Offscreen, Arc::new(|| 0));
    options.language = language.into();
    let kiosk = Kiosk::new(&options).unwrap();
    let said = |minutes: &u32| {
        kiosk.show(Scene::CodesPaused { minutes: *minutes });
        let spoken = kiosk.seen().spoken;
        let first = spoken.split(['.', '。']).next().unwrap();
        first.rsplit([':', '：']).next().unwrap().replace('\u{a0}', " ").trim().to_owned()
    };
    minutes.iter().map(said).collect()
}

macro_rules! said {
    ($($test:ident: $language:literal $($minutes:literal $said:literal)*;)*) => {
        $(#[test]
        fn $test() {
            assert_eq!(paused($language, &[$($minutes),*]), [$($said),*]);
        })*
    };
}

said! {
    english_knows_one_and_many: "en" 0 "0 minutes" 1 "1 minute" 2 "2 minutes" 21 "21 minutes";
    french_counts_nothing_as_one: "fr" 0 "0 minute" 1 "1 minute" 2 "2 minutes";
    polish_counts_to_four_by_the_last_digit_but_not_the_teens: "pl"
        0 "0 minut" 1 "1 minuta" 2 "2 minuty" 4 "4 minuty" 5 "5 minut" 12 "12 minut" 21 "21 minut" 22 "22 minuty"
        112 "112 minut";
    ukrainian_begins_again_at_twenty_one: "uk"
        0 "0 хвилин" 1 "1 хвилина" 2 "2 хвилини" 5 "5 хвилин" 11 "11 хвилин" 14 "14 хвилин" 21 "21 хвилина" 22 "22 хвилини"
        111 "111 хвилин";
    latvian_has_a_form_for_round_numbers: "lv"
        0 "0 minūšu" 1 "1 minūte" 2 "2 minūtes" 10 "10 minūšu" 11 "11 minūšu" 19 "19 minūšu" 21 "21 minūte"
        22 "22 minūtes" 111 "111 minūšu";
    chinese_has_one_form: "zh" 0 "0 分钟" 1 "1 分钟" 12 "12 分钟";
    arabic_has_six_and_says_one_and_two_in_words: "ar"
        0 "أقل من دقيقة" 1 "دقيقة واحدة" 2 "دقيقتان" 3 "3 دقائق" 10 "10 دقائق" 11 "11 دقيقة" 99 "99 دقيقة"
        100 "100 دقيقة" 103 "103 دقائق";
}
