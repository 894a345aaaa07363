//! The replies of `testdata/replies.csv`: what must be caught, what must be let through, measured and held.

#![cfg(all(feature = "decide", feature = "classify"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a panic is the way to fail"
)]

use fixedops_consent::{ReplyContext, ReplyScope, classify};
use fixedops_vocab::Scope;

struct Row {
    text: String,
    label: String,
    scope: String,
    notes: String,
}

fn rows() -> Vec<Row> {
    csv::Reader::from_reader(include_bytes!("../testdata/replies.csv").as_slice())
        .records()
        .map(|record| {
            let record = record.unwrap();
            Row {
                text: record[0].into(),
                label: record[1].into(),
                scope: record[2].into(),
                notes: record[3].into(),
            }
        })
        .collect()
}

fn read(row: &Row) -> ReplyScope {
    classify(&row.text, &ReplyContext::default()).scope
}

/// Whether what is suppressed covers what was meant.
fn covers(got: ReplyScope, meant: &str) -> bool {
    let ReplyScope::Suppress(got) = got else { return false };
    match got {
        Scope::All => true,
        Scope::Number => meant != "email",
        narrow => narrow.as_str() == meant,
    }
}

#[test]
fn every_opt_out_is_caught_and_nothing_else_is_suppressed() {
    let (mut missed, mut false_alarms, mut let_through, mut held) = (vec![], vec![], vec![], vec![]);
    let (mut meant, mut not_meant, mut unclear) = (0, 0, 0);
    for row in rows() {
        let got = read(&row);
        let line = format!("{:?} {} -> {got}", row.text, row.scope);
        match row.scope.as_str() {
            "none" => {
                not_meant += 1;
                match got {
                    ReplyScope::None => {}
                    ReplyScope::Clarify => held.push(line),
                    ReplyScope::Suppress(_) => false_alarms.push(line),
                }
            }
            "clarify" => {
                unclear += 1;
                if got == ReplyScope::None {
                    let_through.push(line);
                }
            }
            scope => {
                meant += 1;
                if !covers(got, scope) {
                    missed.push(line);
                }
            }
        }
    }
    assert_eq!((meant, not_meant, unclear), (184, 267, 17));
    assert_eq!(missed, [""; 0], "missed");
    assert_eq!(false_alarms, [""; 0], "suppressed although nothing was meant");
    assert_eq!(let_through, [""; 0], "unclear and let through");
    assert_eq!(held, [""; 0], "held although nothing was meant");
}

/// Opt-outs in words that the file does not hold.
const OTHER_WORDS: &[(&str, &str)] = &[
    ("I do not consent to these messages", "all"),
    ("you don't have my permission to text me", "all"),
    ("please refrain from texting me", "all"),
    ("Reported as spam", "all"),
    ("spam!", "all"),
    ("Get rid of my number", "all"),
    ("knock it off with these texts", "all"),
    ("my mom passed away, please take her off", "all"),
    ("off the list please", "all"),
    ("never text me", "sms"),
    ("stop textng me", "sms"),
    ("stop massaging me", "sms"),
    ("dont ever call here again", "calls"),
    ("no more robocalls", "calls"),
    ("quit calling my house", "calls"),
    ("I'd like to be taken off your list", "all"),
    ("please have my number removed", "all"),
    ("can someone remove me", "all"),
    ("I want off this list", "all"),
    ("For the last time STOP", "all"),
    ("If you text me again I will sue", "all"),
    ("sick of these texts, stop", "all"),
    ("text only please", "calls"),
    ("nobody here by that name", "number"),
    ("we don't own a Toyota", "this_vehicle"),
    ("my daughter sold it", "this_vehicle"),
    ("we no longer have the vehicle", "this_vehicle"),
    ("borrame de tu lista", "all"),
    ("basta de mensajes", "all"),
    ("ya no tengo esa troca", "this_vehicle"),
    ("persona equivocada", "number"),
    ("no mas promociones por favor", "marketing"),
    ("arrete", "all"),
    ("Stop sending me these messages", "all"),
    ("Please stop.", "all"),
    ("STOP!!! I said stop", "all"),
    ("no more messages", "all"),
    ("Plz unsubscribe me", "all"),
    ("i want to unsubscribe", "all"),
    ("Please take my number off your list", "all"),
    ("remove my number from your system", "all"),
    ("Quit messaging me", "sms"),
    ("do not text me again", "sms"),
    ("Don't text this number", "sms"),
    ("please don't call me anymore", "calls"),
    ("stop calling this number", "calls"),
    ("never contact me again", "all"),
    ("I don't want to receive texts from you", "sms"),
    ("I no longer wish to receive these messages", "all"),
    ("How do I opt out?", "all"),
    ("opt me out please", "all"),
    ("Take me off your mailing list", "all"),
    ("lose my number", "all"),
    ("stop spamming me", "all"),
    ("this is harassment", "all"),
    ("I'm blocking this number", "all"),
    ("STAHP... s t o p", "all"),
    ("st0p", "all"),
    ("S.T.O.P", "all"),
    ("unsubscribed", "all"),
    ("unsbscribe", "all"),
    ("Sotp", "all"),
    ("STOPPPP", "all"),
    ("ok stop", "all"),
    ("Would you please stop texting", "sms"),
    ("I never signed up for this", "all"),
    ("who gave you permission to text me", "all"),
    ("please stop the reminders", "marketing"),
    ("no more advertisements", "marketing"),
    ("I don't want your promotions", "marketing"),
    ("stop emailing me", "email"),
    ("no more emails please", "email"),
    ("Unsubscribe me from all emails", "email"),
    ("wrong #", "number"),
    ("you have the wrong number", "number"),
    ("Sorry wrong person", "number"),
    ("this isn't Mike", "number"),
    ("I don't know any Sandra", "number"),
    ("This number no longer belongs to him", "number"),
    ("Sorry, you've got the wrong guy", "number"),
    ("I sold my Camry last month", "this_vehicle"),
    ("We traded in the Highlander", "this_vehicle"),
    ("no longer own that truck", "this_vehicle"),
    ("The car was stolen", "this_vehicle"),
    ("I don't have the Civic anymore", "this_vehicle"),
    ("car got totaled", "this_vehicle"),
    ("no me mande mas mensajes", "all"),
    ("por favor paren", "all"),
    ("ya no quiero mensajes", "all"),
    ("numero equivocado", "number"),
    ("no me llamen mas", "calls"),
    ("deje de escribirme", "all"),
    ("vendi el carro", "this_vehicle"),
    ("Hey can you guys stop with the texts", "sms"),
    ("leave me alone please", "all"),
    ("please remove me from your contacts", "all"),
    ("END!", "all"),
    ("cancel", "all"),
    ("Revoked", "all"),
    ("I opt out", "all"),
    ("opting out", "all"),
    ("Do not contact me by phone or text", "all"),
    ("stop all communications", "all"),
    ("I wish to be removed", "all"),
    ("delete me", "all"),
    ("F*** off", "all"),
    ("stop bugging me", "all"),
    ("I told you to stop texting me!!!", "sms"),
    ("No. Stop.", "all"),
    ("thanks but stop", "all"),
    ("yes do the brakes and stop texting me", "sms"),
    ("confirmed for tuesday. no more ads", "marketing"),
    ("fix the brakes, unsubscribe", "all"),
    ("quit", "all"),
    ("Quit sending these", "all"),
    ("not interested, remove me", "all"),
    ("please discontinue", "all"),
    ("take me off", "all"),
    ("Get me off this list", "all"),
    ("no more texts about the Tahoe", "this_vehicle"),
    ("please dont call my work", "calls"),
];

/// What revokes nothing, in words that the file does not hold.
const NO_OPT_OUT: &[&str] = &[
    "I'm at the stop sign by your lot",
    "engine quits at idle",
    "it cancels itself when I start it",
    "when will you be done with it",
    "how come you need my number",
    "are you done yet",
    "Nothing is wrong with it",
    "somebody else is driving it in",
    "I was told to stop by for a part",
    "end of day is fine",
    "my old car was sold by you guys",
    "did you remove the old filter",
    "No call needed, just text",
    "no need to call, text is better",
    "you can call or text",
    "I need to stop at the bank first",
    "ok I'll call to cancel",
    "is the appointment cancelled?",
    "the cruise control cancels",
    "I got a message about a recall",
    "didn't get a reminder this time",
    "send me a reminder the day before",
    "any specials on tires",
    "no specials on brakes?",
    "wrong day, I meant friday",
    "that's the wrong price",
    "not mileage due yet, 41,200",
    "Can I stop by tomorrow?",
    "I'll stop over after work",
    "the car won't stop shaking",
    "brakes squeal when I stop",
    "can you check the stop light",
    "Do you guys stop taking cars at 4?",
    "it stopped making the noise",
    "when does the special end",
    "the front end is loose",
    "we will be there at the end of the day",
    "quit working on me again",
    "the AC quit",
    "can I cancel my oil change",
    "cancel my appointment for monday",
    "Need to cancel tomorrow",
    "can you remove the roof rack",
    "please remove the spare tire too",
    "what is the cancel fee",
    "How long does it take",
    "did you call me?",
    "You never called me back",
    "I didn't get your text",
    "Can you text me when it's ready",
    "just text me the total",
    "call me when it's done",
    "don't call until after 5",
    "text or call me whenever",
    "I don't need the tires",
    "no on the filter",
    "not the flush",
    "Not today thanks",
    "no thanks",
    "no thank you",
    "I'll pass this time",
    "maybe later",
    "yes",
    "ok",
    "sure",
    "Yes go ahead",
    "do it all",
    "approve everything",
    "just the oil change please",
    "start with the brakes",
    "can I get help with a rental",
    "where are you located",
    "who is this?",
    "is this a scam?",
    "I already had it done",
    "my husband will bring it in",
    "It has 45k miles",
    "52000",
    "Loved “Your car is ready. Reply STOP to end”",
    "Liked “Reply STOP to opt out”",
    "👍 to “Reply STOP to opt out”",
    "I'm driving and will reply later",
    "Will the noise go away",
    "how do I turn off the maintenance light",
    "can you drop me off at work",
    "take your time",
    "Don't forget to top off the washer fluid",
    "do not replace the belt",
    "I want to drop it off early",
    "is the recall for my car",
    "can you move it to 3",
    "be there in 10",
    "running 15 late",
    "that is too expensive",
    "$400 is crazy",
    "can you beat this price",
    "me pueden llamar",
    "cuanto cuesta",
    "a que hora cierran",
    "si esta bien",
    "gracias por todo",
    "no los frenos",
    "My wife has the car today",
    "I don't have my car right now",
    "I live in Tampa can you pick up",
    "I moved my appointment to friday",
    "we need the car back by 5",
    "it needs to stop leaking",
    "should I stop driving until then",
    "does it remove rust",
    "The light went off",
    "take the bus lol",
    "can someone else pick it up",
    "asdf",
    "not yet",
    "not sure",
    "not bad",
    "Not really",
    "this is not my appointment time",
    "never mind I found it",
    "I have a new phone number 404-555-0188",
    "wrong oil was used",
    "you put the wrong tire on",
    "I got the wrong bill",
    "the wrong part came in",
    "Can you send me the estimate by email",
    "I prefer texts",
    "texting is better",
    "no problem",
    "no worries",
    "no rush",
    "no more noise, thanks!",
    "any more openings?",
    "all good on my end",
];

/// Written by a reader who had not seen the grammar, with the narrowest scope that honours each.
const FRESH_OPT_OUTS: &[(&str, &str)] = &[
    ("This phone belongs to a business now", "number"),
    ("please really stop texting", "sms"),
    ("Please quit blowing up my phone", "all"),
    ("take me off whatever list this is", "all"),
    ("I don't want any more of these messages thanks", "all"),
    ("no more txts pls", "sms"),
    ("Kindly discontinue all communications to this number.", "all"),
    ("stpo", "all"),
    ("STOOOP", "all"),
    ("unsuscribe", "all"),
    ("Unsubscribe me please and thank you!", "all"),
    ("s t o p", "all"),
    ("lose my number", "all"),
    ("leave me alone", "all"),
    ("Do not contact me again or I will call my lawyer", "all"),
    ("how many times do I have to tell you to stop texting me???", "sms"),
    ("for the love of god STOP", "all"),
    ("ya no me manden mensajes por favor", "sms"),
    ("Quítenme de su lista", "all"),
    ("no quiero recibir mas textos", "sms"),
    ("dejen de molestarme", "all"),
    ("cancelar suscripción", "all"),
    ("ALTO", "all"),
    ("Basta ya de mensajes", "sms"),
    ("arrêt", "all"),
    ("stop calling me, texting is ok", "calls"),
    ("dont call my cell anymore. text only", "calls"),
    ("you can email me but quit texting", "sms"),
    ("please remove my email from your newsletter", "email"),
    ("no more coupons please, just tell me when the car is done", "marketing"),
    ("quit sending me your specials", "marketing"),
    ("only message me about my repair, not promotions", "marketing"),
    ("I traded that truck in last spring", "this_vehicle"),
    ("that car got totaled in June", "this_vehicle"),
    ("we sold the Camry so dont need this", "this_vehicle"),
    ("ya vendí el carro", "this_vehicle"),
    ("You've got the wrong person, nobody named Dave here", "number"),
    ("This isn't Maria's phone anymore", "number"),
    ("numero equivocado", "number"),
    ("I never signed up for this. Remove.", "all"),
    ("Opt me out", "all"),
    ("i would like to opt-out of these", "all"),
    ("Don't text this number", "sms"),
    ("stop please, my appointment is still on though right?", "all"),
    ("end this", "all"),
    ("would you mind not messaging me anymore?", "all"),
    ("this is harassment, I'm reporting you to the FCC if you text again", "sms"),
    ("stp txting me", "sms"),
    ("Stop.\n\nSent from my iPhone", "all"),
    ("\u{1F44E} stop", "all"),
    ("STOP 2 END", "all"),
    ("revoke my consent", "all"),
    ("cancel", "all"),
    ("I'm begging you stop", "all"),
    ("stop now please I mean it", "all"),
    ("can we not do these texts anymore", "sms"),
    ("You have texted me six times this week. No more.", "all"),
    ("I asked to be taken off last month", "all"),
    ("no longer want your text reminders", "marketing"),
    ("i do not need texts from a car dealer", "sms"),
    ("Please take this number out of your system.", "all"),
    ("remove my number from the list", "all"),
    ("unsubcribe", "all"),
    ("cease all contact", "all"),
    ("DO NOT TEXT", "sms"),
    ("never text me again", "sms"),
    ("quit", "all"),
    ("Stop it", "all"),
    ("stop.stop.stop", "all"),
    ("Stop!! I said STOP!!", "all"),
    ("por favor no me escriban mas", "all"),
    ("no me llamen por favor", "calls"),
    ("quiero darme de baja", "all"),
    ("Ya no quiero recibir sus mensajes", "sms"),
    ("borren mi numero", "all"),
    ("paren de mandar mensajes", "sms"),
    ("no more phone calls, thanks. Texts are ok", "calls"),
    ("I prefer email, stop the texts", "sms"),
    ("stop the marketing stuff", "marketing"),
    ("No more ads please but keep the service reminders", "marketing"),
    ("we no longer own the Tacoma", "this_vehicle"),
    ("the car was stolen last week", "this_vehicle"),
    ("Gave that car to my nephew", "this_vehicle"),
    ("Sorry wrong #", "number"),
    ("Carlos changed his number, this is someone else", "number"),
    ("I am not Jennifer", "number"),
    ("Would appreciate not being contacted further", "all"),
    ("Get me off this thing", "all"),
    ("I'm opting out", "all"),
    ("you're spamming me", "all"),
    ("Consider this my notice to stop", "all"),
    ("I did not consent to this", "all"),
    ("STOP\u{200B}", "all"),
    ("S\u{200B}TOP", "all"),
    ("qui\u{301}tenme de la lista", "all"),
    ("\u{1D5E6}\u{1D5E7}\u{1D5E2}\u{1D5E3}", "all"),
];

/// By the same reader: nothing to revoke.
const FRESH_NO_OPT_OUTS: &[&str] = &[
    "we asked you to stop the oil leak",
    "Love it, stop lights work again",
    "I changed my number, new one is 555 0100",
    "someone else will pick it up",
    "I can stop by at 5 if thats ok",
    "Cancel my appointment for Tuesday please",
    "can you cancel the 3pm and put me at 4",
    "Liked \u{201C}Reply STOP to opt out. Your Civic is due for service.\u{201D}",
    "Laughed at \"Text STOP to end\"",
    "the brakes won't stop squeaking",
    "car wont stop leaking oil, help",
    "does the stop light on the back need replacing?",
    "don't stop working on it, go ahead",
    "I'll be there at the end of the day",
    "No thanks, not the wipers. Do the tires.",
    "dont do the alignment",
    "what happens if I stop driving it",
    "Stop at 300 dollars, call me if its more",
    "quit on me again on the highway, can you look at it?",
    "paso a las 5, esta bien?",
    "si, hagan los frenos",
    "42,310 miles",
    "remove the cabin filter from the estimate",
    "Is the end of the month sale still on?",
    "Who is this?",
    "I unsubscribed from the radio thing, does the car still need that module?",
    "I can't get off the freeway, running late",
    "Never mind, I'll keep the appointment",
    "No need to call me back, text is fine",
    "It keeps stalling when I come to a stop",
    "start it up and see if it makes the noise",
    "Thanks! Don't change the oil though, did it myself",
    "can you stop the rattling",
    "please stop the leak first",
    "car stops fine now",
    "is it ok to stop for gas on the way",
    "I'll stop in tomorrow",
    "need to end the call, ok to do brakes",
    "cancel the oil change but keep the tires",
    "cancel Friday, kids are sick",
    "please remove the stickers from the window",
    "Can you text me when its done, no need to call",
    "did the recall fix the not stopping problem",
    "my wife will stop to sign",
    "Emphasized \u{201C}STOP to opt out\u{201D}",
    "it quit again",
    "the AC quit working",
    "end of the week works",
    "start stop button is broken",
    "Can you take 10% off",
    "no more than $200 please",
    "did you get my messages?",
    "dont send it to the other shop",
    "no me pueden cambiar la cita?",
    "para el viernes esta bien",
    "no quiero cambiar los frenos",
    "cancelar mi cita por favor",
    "I want the tires but not the wipers",
    "do you have any coupons?",
    "stop light is out, can you check?",
    "No coupons this month?",
    "I wont be able to stop over today",
    "will the engine light stop if I do this",
];

#[test]
fn opt_outs_in_other_words_are_caught_too() {
    let missed: Vec<String> = OTHER_WORDS
        .iter()
        .chain(FRESH_OPT_OUTS)
        .map(|(text, meant)| (text, meant, classify(text, &ReplyContext::default())))
        .filter(|(_, meant, got)| !covers(got.scope, meant))
        .map(|(text, meant, got)| format!("{text:?} {meant} -> {} {}", got.label, got.scope))
        .collect();
    assert_eq!(missed, [""; 0]);
}

#[test]
fn an_opt_out_at_the_end_of_a_very_long_text_is_read() {
    let text = "I have been a customer for years. ".repeat(200) + "Please stop texting me";
    assert_eq!(classify(&text, &ReplyContext::default()).scope, ReplyScope::Suppress(Scope::Sms));
}

#[test]
fn other_words_that_sound_like_it_revoke_nothing() {
    let wrong: Vec<String> = NO_OPT_OUT
        .iter()
        .chain(FRESH_NO_OPT_OUTS)
        .map(|text| (text, classify(text, &ReplyContext::default())))
        .filter(|(_, got)| got.scope != ReplyScope::None)
        .map(|(text, got)| format!("{text:?} -> {} {}", got.label, got.scope))
        .collect();
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn a_word_that_revokes_by_itself_does_so_in_any_dress() {
    let per_se: Vec<Row> = rows().into_iter().filter(|row| row.notes.contains("per-se word")).collect();
    assert_eq!(per_se.iter().filter(|row| row.label == "opt_out_keyword").count(), 20);
    for row in per_se.iter().filter(|row| row.label == "opt_out_keyword") {
        assert_eq!(read(row), ReplyScope::Suppress(Scope::All), "{:?}", row.text);
    }
}

#[test]
fn the_labels_agree_as_often_as_the_chapter_says() {
    let same = rows()
        .iter()
        .filter(|row| classify(&row.text, &ReplyContext::default()).label.as_str() == row.label)
        .count();
    assert_eq!(same, 444, "of 468: put the new figure into the chapter");
}

#[test]
fn cancel_it_means_the_messages_where_no_appointment_is_open() {
    for (open, expected) in [
        (None, ReplyScope::Clarify),
        (Some(true), ReplyScope::Clarify),
        (Some(false), ReplyScope::Suppress(Scope::All)),
    ] {
        let context = ReplyContext { open_appointment: open, ..ReplyContext::default() };
        assert_eq!(classify("cancel it", &context).scope, expected, "{open:?}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_panics_and_reading_repeats(text in "\\PC{0,80}") {
        let context = ReplyContext::default();
        proptest::prop_assert_eq!(classify(&text, &context), classify(&text, &context));
    }

    #[test]
    fn stop_revokes_in_any_case_and_punctuation(stop in "[sS][tT][oO][pP]", before in "[ *\n]{0,3}", after in "[ .!?*,\n]{0,4}") {
        let reading = classify(&format!("{before}{stop}{after}"), &ReplyContext::default());
        proptest::prop_assert_eq!(reading.scope, ReplyScope::Suppress(Scope::All));
    }
}
