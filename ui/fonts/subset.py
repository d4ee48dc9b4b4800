#!/usr/bin/env python3
"""Cuts the fonts of scripts that the signage font lacks to the letters that the screens use.

    subset.py SOURCES        SOURCES holds the unpacked packages, as `just fonts` fetches them

The same translations, packages and fonttools give the same bytes.
"""

import re
import sys
from pathlib import Path
from typing import NamedTuple

from fontTools import subset
from fontTools.ttLib import TTFont

UI = Path(__file__).resolve().parent.parent
FONTS = UI / "fonts"
WEIGHTS = ("400Regular", "700Bold")
SIGNAGE = "AtkinsonHyperlegibleNext"

# A small alphabet goes in whole, so that another sentence needs no other font.
UKRAINIAN = "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя"
ARABIC = "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىيًٌٍَُِّْ،؛؟"


class Script(NamedTuple):
    """One font beside the signage font."""

    package: str
    file: str
    languages: tuple
    alphabet: str
    # The measure of OS/2 by which its letters are made as tall as those of the signage font, beside whose digits they stand.
    as_tall_by: str | None
    # How far its letters reach above and below the base line, in em: a text's box ends there, and what goes beyond is cut
    # off. None: as in the signage font.
    line: tuple | None


SCRIPTS = (
    Script("noto-sans", "NotoSans", ("uk",), UKRAINIAN + UKRAINIAN.upper(), "sxHeight", None),
    Script("noto-sans-sc", "NotoSansSC", ("zh",), "", None, None),
    Script("noto-sans-arabic", "NotoSansArabic", ("ar",), ARABIC, "sCapHeight", (0.915, 0.435)),
)


def own_names():
    """The languages' names in their own letters: they stand on every screen."""
    source = (UI / "src/language/table.rs").read_text(encoding="utf-8")
    return dict(re.findall(r'"([a-z]{2})",\s*(?:name:\s*)?"([^"]+)"', source))


def translated(language):
    po = (UI / f"lang/{language}/LC_MESSAGES/locker-ui.po").read_text(encoding="utf-8")
    return "".join(re.findall(r'^msgstr(?:\[\d\])? "(.*)"$', po.split("\n\n", 1)[1], re.MULTILINE))


def cut(source, target, letters, script, signage):
    options = subset.Options()
    options.hinting = False
    options.notdef_outline = True
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.layout_closure = True
    options.recalc_timestamp = False
    options.drop_tables += ["STAT", "gasp", "vhea", "vmtx", "BASE"]
    font = subset.load_font(source, options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=sorted(letters))
    cutter.subset(font)
    em = font["head"].unitsPerEm
    if script.as_tall_by:
        own, wanted = (getattr(each["OS/2"], script.as_tall_by) / each["head"].unitsPerEm for each in (font, signage))
        em = font["head"].unitsPerEm = round(em * own / wanted)
    ascent, descent = (abs(value) / signage["head"].unitsPerEm for value in (signage["hhea"].ascent, signage["hhea"].descent))
    above, below = script.line or (ascent, descent)
    for glyph in drawn(font):
        if glyph.yMin / em < -below - 0.001:
            sys.exit(f"{target.name} has a letter down to {glyph.yMin / em} em, below its line")
    # The line is as high as this font says: ascent, descent and gap together. Its base line stands in the middle of it, but for
    # half of what the highest ascent on it exceeds the deepest descent. The signage font's digits have the highest, so
    # the same ascent here keeps the base line where it is, with and without digits.
    height = above + below
    descent = 2 * below + ascent - height
    for table, names in (
        ("hhea", ("ascent", "descent", "lineGap")),
        ("OS/2", ("sTypoAscender", "sTypoDescender", "sTypoLineGap")),
    ):
        for name, value in zip(names, (ascent, -descent, height - ascent - descent)):
            setattr(font[table], name, round(value * em))
    font["OS/2"].usWinAscent, font["OS/2"].usWinDescent = round(above * em), round(below * em)
    subset.save_font(font, target, options)
    if target.stat().st_size >= 300_000:
        sys.exit(f"{target.name} is larger than 300 KB")
    print(f"{target.name}: {len(letters)} letters, {target.stat().st_size} bytes")


def drawn(font):
    glyphs = font["glyf"]
    return [glyphs[name] for name in font.getGlyphOrder() if glyphs[name].numberOfContours]


def main():
    sources = Path(sys.argv[1])
    names = own_names()
    for weight in WEIGHTS:
        signage = TTFont(FONTS / f"{SIGNAGE}_{weight}.ttf")
        for script in SCRIPTS:
            used = set(script.alphabet)
            for language in script.languages:
                used |= set(translated(language)) | set(names[language])
            letters = {ord(letter) for letter in used} - set(signage.getBestCmap())
            source = sources / script.package / weight / f"{script.file}_{weight}.ttf"
            lacks = letters - set(TTFont(source).getBestCmap())
            if lacks:
                sys.exit(f"{script.file} has no {[chr(letter) for letter in sorted(lacks)]}")
            cut(source, FONTS / f"{script.file}_{weight}.ttf", letters, script, signage)
    for script in SCRIPTS:
        licence = (sources / script.package / "LICENSE_FONT").read_text(encoding="utf-8")
        (FONTS / f"OFL-{script.file}.txt").write_text(licence, encoding="utf-8")


main()
