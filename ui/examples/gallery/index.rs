//! The page that shows the pictures. Plain HTML: it needs nothing from elsewhere.

use std::fmt::Write;

/// One drawn screen.
pub struct Picture {
    pub screen: &'static str,
    pub size: &'static str,
    pub language: &'static str,
    pub night: bool,
    pub larger_text: bool,
}

impl Picture {
    /// Its file's name.
    pub fn file(&self) -> String {
        let Self { screen, size, language, night, larger_text } = self;
        format!("{size}-{language}-{}-{}-{screen}.png", light(*night), text(*larger_text))
    }
}

pub fn light(night: bool) -> &'static str {
    if night { "night" } else { "day" }
}

pub fn text(larger: bool) -> &'static str {
    if larger { "larger" } else { "normal" }
}

const HEAD: &str = r#"<!doctype html>
<html lang="en"><meta charset="utf-8"><title>locker: every screen</title>
<style>
body { margin: 0; font: 16px/1.4 system-ui, sans-serif; background: #dfe3e8; color: #12181f; }
form { position: sticky; top: 0; display: flex; flex-wrap: wrap; gap: 4px 24px; padding: 12px 16px; background: #fff; }
label { white-space: nowrap; }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(320px, 1fr)); gap: 16px; padding: 16px; align-items: start; }
figure { margin: 0; }
figure[hidden] { display: none; }
img { display: block; width: 100%; height: auto; background: #fff; }
figcaption { font-size: 13px; }
</style>
<form>
"#;

/// Shows the pictures of which every part is chosen, and loads no others.
const TAIL: &str = r#"</main>
<script>
const choices = [...document.querySelectorAll("select")];
function choose() {
  let shown = 0;
  for (const figure of document.querySelectorAll("figure")) {
    figure.hidden = !choices.every(choice => choice.value === "" || figure.dataset[choice.name] === choice.value);
    shown += figure.hidden ? 0 : 1;
  }
  document.querySelector("output").value = shown + " pictures";
}
choices.forEach(choice => choice.addEventListener("change", choose));
choose();
</script>
</html>
"#;

/// The page, with the first of each choice chosen: the screens of one form beside each other.
pub fn page(pictures: &[Picture]) -> String {
    let mut html = String::from(HEAD);
    let mut choice = |name: &str, of: &dyn Fn(&Picture) -> &'static str, all: bool| {
        let mut values: Vec<&str> = vec![];
        for value in pictures.iter().map(of) {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        let _ = write!(html, "<label>{name} <select name=\"{name}\">");
        if all {
            html.push_str("<option value=\"\" selected>all</option>");
        }
        for value in &values {
            let _ = write!(html, "<option>{value}</option>");
        }
        if !all {
            html.push_str("<option value=\"\">all</option>");
        }
        html.push_str("</select></label>\n");
    };
    choice("size", &|picture| picture.size, false);
    choice("language", &|picture| picture.language, false);
    choice("light", &|picture| light(picture.night), false);
    choice("text", &|picture| text(picture.larger_text), false);
    choice("screen", &|picture| picture.screen, true);
    html.push_str("<output></output></form>\n<main>\n");
    for picture in pictures {
        let Picture { screen, size, language, night, larger_text } = picture;
        let (light, text, file) = (light(*night), text(*larger_text), picture.file());
        let _ = writeln!(
            html,
            "<figure hidden data-size=\"{size}\" data-language=\"{language}\" data-light=\"{light}\" \
             data-text=\"{text}\" data-screen=\"{screen}\"><img loading=\"lazy\" src=\"{file}\" alt=\"{screen}\">\
             <figcaption>{screen}</figcaption></figure>"
        );
    }
    html.push_str(TAIL);
    html
}
