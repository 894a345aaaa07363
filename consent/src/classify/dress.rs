//! Letters in disguise: accents, fancy alphabets, look-alikes of other scripts, signs that take no room.

/// Marks that stand on a letter or take no room: accents written apart, joiners, direction marks, blank letters.
pub(super) const fn is_unseen(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36F}' | '\u{483}'..='\u{489}' | '\u{AD}' | '\u{61C}'
        | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}' | '\u{1AB0}'..='\u{1AFF}'
        | '\u{1DC0}'..='\u{1DFF}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{20D0}'..='\u{20FF}' | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FE20}'..='\u{FE2F}'
        | '\u{FEFF}' | '\u{FFA0}' | '\u{1F3FB}'..='\u{1F3FF}' | '\u{E0000}'..='\u{E01EF}')
}

/// Rows of look-alikes: the letter they stand for first.
const ALIKE: &[&str] = &[
    "aáàâäãåāăąǎạảấầẩẫậắằẳẵặαаａᴀɑ",
    "bƀвьъбʙ",
    "cçćĉċčсϲᴄ",
    "dďđḍԁᴅ",
    "eéèêëēĕėęěẹẻẽếềểễệеёεєᴇҽ",
    "fƒғꜰ",
    "gĝğġģɡɢց",
    "hĥħнһʜ",
    "iíìîïĩīĭįıịỉіїιɪ",
    "jĵјᴊ",
    "kķκкᴋ",
    "lĺļľŀłʟⅼӏ",
    "mмᴍⅿ",
    "nñńņňŉŋпηɴ",
    "oóòôöõøōŏőọỏốồổỗộớờởỡợơοоσᴏօ",
    "pρрᴘ",
    "qʠԛ",
    "rŕŗřгʀ",
    "sśŝşšșѕꜱʂ",
    "tţťŧțтτᴛ",
    "uúùûüũūŭůűųưụủứừửữựυцᴜս",
    "vνѵᴠⅴ",
    "wŵωшщѡᴡԝ",
    "xχхⅹ",
    "yýÿŷуүγʏ",
    "zźżžᴢ",
    "AÁÀÂÄÃÅĀĂĄΑА",
    "BΒВ",
    "CÇĆČСϹ",
    "DĎĐ",
    "EÉÈÊËĒĖĘĚΕЕЁ",
    "FϜ",
    "GĞĢ",
    "HΗН",
    "IÍÌÎÏĪĮİΙІЇ",
    "JЈ",
    "KΚК",
    "LŁĹĽ",
    "MΜМ",
    "NÑŃŇΝП",
    "OÓÒÔÖÕØŌŐΟО",
    "PΡР",
    "RŔŘ",
    "SŚŠŞȘЅ",
    "TŤŢȚΤТ",
    "UÚÙÛÜŪŮŰ",
    "VѴ",
    "WŴ",
    "XΧХ",
    "YÝŸΥУ",
    "ZŹŻŽΖ",
];

/// Every look-alike with its letter, in order.
static FOLDED: std::sync::LazyLock<Vec<(char, char)>> = std::sync::LazyLock::new(|| {
    let mut folded: Vec<(char, char)> = ALIKE
        .iter()
        .filter_map(|row| row.chars().next().map(|first| (first, row)))
        .flat_map(|(first, row)| row.chars().skip(1).map(move |alike| (alike, first)))
        .collect();
    folded.sort_unstable();
    folded
});

/// The plain letter or mark behind `letter`.
pub(super) fn plain(letter: char) -> char {
    if letter.is_ascii() {
        return letter;
    }
    let code = u32::from(letter);
    let nth = |first: char, place: u32| char::from_u32(u32::from(first) + place).unwrap_or(letter);
    match letter {
        '“' | '”' | '„' | '‟' | '«' | '»' | '″' | '＂' | '❝' | '❞' => '"',
        '‘' | '’' | '´' | '`' | 'ʼ' | 'ʹ' | '′' | '＇' | '‛' | 'ˈ' => '\'',
        '–' | '—' | '‐' | '‑' | '‒' | '―' | '−' => '-',
        '。' | '．' | '․' | '·' | '•' | '∙' | '⋅' => '.',
        '\u{A0}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}' | '\u{1680}' => ' ',
        '\u{2028}' | '\u{2029}' | '\u{85}' => '\n',
        // Full width signs, digits and letters.
        '\u{FF01}'..='\u{FF5E}' => nth('!', code - 0xFF01),
        // Letters of the "fancy font" keyboards: thirteen alphabets of capitals and small letters, then digits.
        '\u{1D400}'..='\u{1D6A3}' => match (code - 0x1_D400) % 52 {
            place @ ..26 => nth('A', place),
            place => nth('a', place - 26),
        },
        '\u{1D7CE}'..='\u{1D7FF}' => nth('0', (code - 0x1_D7CE) % 10),
        // The gaps in those alphabets.
        'ℎ' | 'ℋ' | 'ℌ' | 'ℍ' => 'h',
        'ℯ' | 'ℰ' => 'e',
        'ℊ' => 'g',
        'ℴ' => 'o',
        'ℬ' => 'b',
        'ℱ' => 'f',
        'ℐ' | 'ℑ' | 'ℹ' => 'i',
        'ℒ' | 'ℓ' => 'l',
        'ℳ' => 'm',
        'ℛ' | 'ℜ' | 'ℝ' => 'r',
        'ℂ' | 'ℭ' => 'c',
        'ℕ' => 'n',
        'ℙ' => 'p',
        'ℚ' => 'q',
        'ℤ' | 'ℨ' => 'z',
        // In circles, brackets and squares; flags spell with letters of their own.
        '\u{24B6}'..='\u{24CF}' => nth('A', code - 0x24B6),
        '\u{24D0}'..='\u{24E9}' => nth('a', code - 0x24D0),
        '\u{249C}'..='\u{24B5}' => nth('a', code - 0x249C),
        '\u{1F110}'..='\u{1F129}' => nth('A', code - 0x1_F110),
        '\u{1F130}'..='\u{1F149}' => nth('A', code - 0x1_F130),
        '\u{1F150}'..='\u{1F169}' => nth('A', code - 0x1_F150),
        '\u{1F170}'..='\u{1F189}' => nth('A', code - 0x1_F170),
        '\u{1F1E6}'..='\u{1F1FF}' => nth('A', code - 0x1_F1E6),
        // Raised letters.
        'ˢ' => 's',
        'ᵗ' => 't',
        'ᵒ' => 'o',
        'ᵖ' => 'p',
        'ᵉ' => 'e',
        'ⁿ' => 'n',
        'ᵈ' => 'd',
        'ᵘ' => 'u',
        'ⁱ' => 'i',
        'ʳ' => 'r',
        'ᵐ' => 'm',
        'ᵛ' => 'v',
        _ => FOLDED
            .binary_search_by_key(&letter, |(alike, _)| *alike)
            .ok()
            .and_then(|found| FOLDED.get(found))
            .map_or(letter, |(_, plain)| *plain),
    }
}

/// Signs and emoji that speak.
pub(super) const fn sign(letter: char) -> Option<&'static str> {
    Some(match letter {
        '$' => "usd",
        '#' => "#",
        '&' | '+' => "and",
        '🛑' | '⛔' | '🚫' | '📵' | '🔕' | '🚷' => "stopsign",
        '✋' | '🤚' | '🖐' => "stophand",
        '🙅' | '❌' | '❎' | '✖' => "nosign",
        '👎' => "thumbsdown",
        '🖕' => "middlefinger",
        '👍' | '👌' | '🆗' => "thumbsup",
        '✅' | '✔' | '☑' => "check",
        '😡' | '🤬' | '😠' | '👿' => "rage",
        '🙏' => "thanksign",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_disguise_of_the_word_is_the_word() {
        for disguise in [
            "ｓｔｏｐ",
            "𝐬𝐭𝐨𝐩",
            "𝓼𝓽𝓸𝓹",
            "𝚜𝚝𝚘𝚙",
            "ѕтор",
            "ⓢⓣⓞⓟ",
            "ˢᵗᵒᵖ",
            "ştöp",
            "ѕtοр",
            "s\u{200D}t\u{200B}o\u{FEFF}p",
            "s\u{336}t\u{336}o\u{336}p\u{336}",
            "🆂🆃🅾🅿",
            "🅂🅃🄾🄿",
            "🇸🇹🇴🇵",
        ] {
            let read: String = disguise
                .chars()
                .filter(|letter| !is_unseen(*letter))
                .map(plain)
                .collect::<String>()
                .to_lowercase();
            assert_eq!(read, "stop", "{disguise}");
        }
    }

    #[test]
    fn no_look_alike_stands_for_two_letters() {
        assert!(FOLDED.windows(2).all(|two| two[0].0 != two[1].0), "{:?}", *FOLDED);
        assert!(FOLDED.iter().all(|(alike, plain)| !alike.is_ascii() && plain.is_ascii_alphabetic()));
    }
}
