//! The small cabinets that are looked at, each with its people, its parcels, and what may go wrong in it.

use locker_core::Intent;
use locker_protocol::event::{Answer, Event, Guess};
use locker_protocol::{Change, CompartmentId, LockerId, Size, StaffId};

use crate::people::{ANA, BEN, CORA, DAN, Item, staff};
use crate::situation::{Token, Word, World, all_intents};

/// One door in front of which nobody has been, two couriers whom the hub has told of, and what a thief can hold up.
fn cabinet(name: &'static str) -> World {
    World {
        name,
        doors: 1,
        items: Vec::new(),
        tokens: vec![Token::Badge(CORA), Token::Forged],
        words: Vec::new(),
        intents: all_intents(),
        answers: vec![Answer::Sent, Answer::NotSent, Answer::Refused, Answer::Unclear],
        again: false,
        cuts: None,
        ghosts: false,
        silence: false,
        almost: false,
        before: vec![Event::Enrolled { locker: LockerId(1) }],
        inside: Vec::new(),
    }
    .told(Change::Staff { staff: staff(CORA) })
    .told(Change::Staff { staff: staff(DAN) })
}

impl World {
    fn told(mut self, change: Change) -> Self {
        let number = self.before.len() as u64;
        self.before.push(Event::Applied { number, change });
        self
    }

    /// An item that the hub may have announced.
    fn item(mut self, item: Item) -> Self {
        self.items.push(item);
        if let Some(announcement) = item.return_announcement() {
            return self.told(Change::AnnounceReturn { announcement });
        }
        match item.announcement() {
            Some(announcement) if item != Item::Passed => self.told(Change::Announce { announcement }),
            _ => self,
        }
    }

    /// The same, and it lies behind this door already, where staff have seen it.
    fn item_inside(mut self, item: Item, door: u16) -> Self {
        self = self.item(item);
        self.inside.push((door, item));
        let there = |at: u16| move |(door, _): &&(u16, Item)| *door == at;
        let holds = self.inside.iter().filter(there(door)).filter_map(|(_, item)| item.parcel()).collect();
        self.before.push(Event::Settled { compartment: CompartmentId(door), holds, by: Some(StaffId(13)) });
        self
    }

    fn tokens(mut self, tokens: &[Token]) -> Self {
        self.tokens.extend(tokens);
        self
    }

    fn words(mut self, words: &[Word]) -> Self {
        self.words.extend(words);
        self
    }

    fn doors(mut self, doors: u16) -> Self {
        self.doors = doors;
        self
    }

    /// Doors open by themselves, sensors fall silent.
    fn faulty(mut self) -> Self {
        self.ghosts = true;
        self.silence = true;
        self
    }
}

/// One parcel from its deposit to whatever becomes of it.
pub fn one_parcel() -> World {
    cabinet("one parcel").item(Item::Announced).tokens(&[
        Token::Code(Item::Announced),
        Token::Badge(DAN),
        Token::Pass(BEN),
        Token::Label(Item::Announced),
    ])
}

/// The same, with doors and sensors that fail, and labels that come again.
pub fn one_parcel_and_faults() -> World {
    let mut world = one_parcel().faulty();
    world.name = "one parcel, faulty doors and sensors";
    world.again = true;
    world.almost = true;
    world
}

/// Everything that the hub can say about a parcel that waits, and about people.
pub fn the_hubs_words() -> World {
    cabinet("a waiting parcel and the hub's words")
        .item_inside(Item::Announced, 1)
        .tokens(&[
            Token::Code(Item::Announced),
            Token::NewCode(Item::Announced),
            Token::Badge(DAN),
            Token::OldBadge(CORA),
            Token::Pass(ANA),
        ])
        .words(&[
            Word::Announce(Item::Announced),
            Word::Cancel(Item::Announced),
            Word::Extend(Item::Announced),
            Word::Recall(Item::Announced),
            Word::NewCode(Item::Announced),
            Word::Revoke(CORA),
            Word::TakeBack(CORA),
            Word::OutOfService(1),
            Word::InService(1),
        ])
}

/// One door for two people's parcels, of two carriers, one after the other.
pub fn two_people() -> World {
    cabinet("two people, one door after another")
        .item_inside(Item::Announced, 1)
        .item(Item::Others)
        .tokens(&[
            Token::Badge(DAN),
            Token::Code(Item::Announced),
            Token::Code(Item::Others),
            Token::Label(Item::Announced),
            Token::Label(Item::Others),
        ])
        .words(&[Word::Recall(Item::Announced), Word::Recall(Item::Others)])
}

/// Two doors, three parcels, and one lock at a time.
pub fn two_doors() -> World {
    cabinet("two doors, three parcels")
        .doors(2)
        .item_inside(Item::Announced, 1)
        .item_inside(Item::Others, 2)
        .item(Item::Second)
        .tokens(&[
            Token::Badge(DAN),
            Token::Code(Item::Announced),
            Token::Code(Item::Others),
            Token::Code(Item::Second),
            Token::Pass(ANA),
            Token::Label(Item::Second),
        ])
        .words(&[Word::Recall(Item::Announced), Word::Recall(Item::Others), Word::Revoke(CORA)])
}

/// A parcel that nobody announced.
pub fn unannounced() -> World {
    cabinet("an unannounced parcel")
        .item(Item::Unannounced)
        .tokens(&[
            Token::Label(Item::Unannounced),
            Token::PassFor(Item::Unannounced),
            Token::Code(Item::Unannounced),
            Token::Pass(ANA),
            Token::Badge(DAN),
            Token::Unreadable,
        ])
        .words(&[Word::Match(Item::Unannounced), Word::Cancel(Item::Unannounced)])
}

/// A parcel that comes with its deposit pass, brought by whoever holds it.
pub fn deposit_pass() -> World {
    cabinet("a deposit pass")
        .item(Item::Passed)
        .item(Item::Announced)
        .tokens(&[
            Token::DepositPass(Item::Passed),
            Token::Code(Item::Passed),
            Token::Label(Item::Announced),
            Token::Label(Item::Passed),
            Token::Code(Item::Announced),
        ])
        .words(&[Word::Cancel(Item::Passed), Word::Recall(Item::Passed)])
}

/// Two people's parcels behind one door, as staff found them.
pub fn shared_by_two() -> World {
    cabinet("one door shared by two people")
        .item_inside(Item::Announced, 1)
        .item_inside(Item::Others, 1)
        .tokens(&[
            Token::Badge(DAN),
            Token::Code(Item::Announced),
            Token::Code(Item::Others),
            Token::Pass(ANA),
            Token::Pass(BEN),
        ])
        .words(&[Word::Recall(Item::Announced), Word::Recall(Item::Others)])
}

/// A parcel waits, and whoever comes has no right to it: whatever they hold up, and whatever fails.
pub fn thieves() -> World {
    let mut world = cabinet("a waiting parcel and only thieves")
        .item_inside(Item::Announced, 1)
        .tokens(&[
            Token::Badge(DAN),
            Token::OldBadge(CORA),
            Token::WrongCode,
            Token::NewCode(Item::Announced),
            Token::Pass(BEN),
            Token::Label(Item::Announced),
            Token::Pin(DAN),
            Token::WrongPin(CORA),
            Token::Foreign,
            Token::Unreadable,
        ])
        .faulty();
    // Its own carrier has a right to it one day.
    world.tokens.retain(|token| *token != Token::Badge(CORA));
    world
}

/// Two parcels of one person behind one door.
pub fn shared_by_one() -> World {
    cabinet("one door, two parcels of one person")
        .item_inside(Item::Announced, 1)
        .item_inside(Item::Second, 1)
        .tokens(&[
            Token::Badge(DAN),
            Token::Code(Item::Announced),
            Token::Code(Item::Second),
            Token::Pass(BEN),
        ])
        .words(&[Word::Recall(Item::Announced), Word::Recall(Item::Second)])
}

/// Somebody has tried codes and PINs for so long that typing rests.
pub fn guesses_used_up() -> World {
    let mut world = cabinet("codes and PINs used up")
        .item_inside(Item::Announced, 1)
        .tokens(&[
            Token::Code(Item::Announced),
            Token::WrongCode,
            Token::Mistyped,
            Token::Pass(ANA),
            Token::Pin(CORA),
            Token::WrongPin(CORA),
        ])
        .words(&[Word::Refill, Word::Recall(Item::Announced), Word::Revoke(CORA)]);
    world.before.extend((0..20).map(|_| Event::Missed { guess: Guess::Code }));
    world.before.extend((0..5).map(|_| Event::Missed { guess: Guess::Pin }));
    world
}

/// Small worlds of which nothing is left out: who comes to such a door has nothing else to hold up or to touch.
pub fn whole() -> Vec<World> {
    vec![
        depositing(),
        retrieving(),
        collecting(),
        one_life(),
        unannounced_life(),
        deposit_pass_life(),
        sending(),
        shared_by_two(),
        thieves(),
    ]
}

/// Only these buttons.
fn touching(mut world: World, intents: &[Intent]) -> World {
    world.intents = intents.to_vec();
    world
}

/// The power does not fail, and boards that answer say what is so.
fn undisturbed(mut world: World) -> World {
    world.cuts = Some(0);
    world.answers = vec![Answer::Sent];
    world
}

/// An announced parcel, its courier and another's, whatever boards say and however often the power fails: from the badge until
/// it is inside, or is not.
fn depositing() -> World {
    let world = cabinet("an announced parcel and its courier")
        .item(Item::Announced)
        .tokens(&[Token::Label(Item::Announced), Token::Badge(DAN)]);
    touching(world, &[Intent::SignIn, Intent::NotInThere, Intent::Pick(0), Intent::Back, Intent::Finish])
}

/// A parcel that goes back, its carrier's courier and another's, whatever boards say and however often the power fails.
fn retrieving() -> World {
    let world = cabinet("a recalled parcel and two carriers' couriers")
        .item_inside(Item::Announced, 1)
        .tokens(&[Token::Badge(DAN)])
        .told(Change::Recall { parcel: Item::Announced.parcel().expect("it was announced") });
    let intents = [
        Intent::TakeOut,
        Intent::TryAgain,
        Intent::ItIsOpen,
        Intent::Skip,
        Intent::NotNow,
        Intent::Back,
        Intent::Finish,
    ];
    touching(world, &intents)
}

/// A parcel that waits and whoever has its code, whatever boards say and whatever they complain of.
pub fn collecting() -> World {
    let mut world = cabinet("a waiting parcel and its code")
        .item_inside(Item::Announced, 1)
        .tokens(&[Token::Code(Item::Announced), Token::WrongCode]);
    world.tokens.retain(|token| *token != Token::Badge(CORA));
    world.cuts = Some(0);
    let intents = [
        Intent::Collect,
        Intent::Reopen,
        Intent::TryAgain,
        Intent::ItIsOpen,
        Intent::Empty,
        Intent::Yes,
        Intent::No,
        Intent::NotMine,
        Intent::Skip,
        Intent::NotNow,
        Intent::Finish,
    ];
    touching(world, &intents)
}

/// The same, and the power fails once.
pub fn collecting_through_a_power_cut() -> World {
    let mut world = collecting();
    world.name = "a waiting parcel, its code, and a power cut";
    world.cuts = Some(1);
    world
}

/// One parcel from its deposit to its collection, or to its way back.
fn one_life() -> World {
    let world = cabinet("one parcel's life")
        .item(Item::Announced)
        .tokens(&[Token::Code(Item::Announced), Token::Label(Item::Announced)]);
    let intents = [Intent::Collect, Intent::SignIn, Intent::Reopen, Intent::TakeOut, Intent::Finish];
    undisturbed(touching(world, &intents))
}

/// The same of one that nobody announced: its recipient's pass, somebody else's, and the hub's later word of whose it is.
fn unannounced_life() -> World {
    let mut world = cabinet("an unannounced parcel's life").item(Item::Unannounced).tokens(&[
        Token::Label(Item::Unannounced),
        Token::PassFor(Item::Unannounced),
        Token::Pass(ANA),
    ]);
    world.tokens.retain(|token| *token != Token::Forged);
    let intents =
        [Intent::Collect, Intent::SignIn, Intent::ChooseSize(Size::S), Intent::Reopen, Intent::Finish];
    undisturbed(touching(world.words(&[Word::Match(Item::Unannounced)]), &intents))
}

/// The same of one that comes with its deposit pass, brought by whoever holds it.
fn deposit_pass_life() -> World {
    let mut world = cabinet("the life of a parcel with a deposit pass")
        .item(Item::Passed)
        .tokens(&[Token::DepositPass(Item::Passed), Token::Code(Item::Passed)]);
    world.tokens.retain(|token| !matches!(token, Token::Badge(_) | Token::Forged));
    let intents = [Intent::Collect, Intent::Reopen, Intent::NotInThere, Intent::Pick(0), Intent::Finish];
    undisturbed(touching(world, &intents))
}

/// A return from the sender's hand to its carrier's, whatever boards say: by its label, by its code, or by a pass that names it by mistake.
fn sending() -> World {
    let mut world = cabinet("a return's life").item(Item::Returned).tokens(&[
        Token::Label(Item::Returned),
        Token::Code(Item::Returned),
        Token::PassFor(Item::Returned),
        Token::Badge(DAN),
    ]);
    world.cuts = Some(0);
    world.tokens.retain(|token| *token != Token::Forged);
    let intents =
        [Intent::Send, Intent::SignIn, Intent::TryAgain, Intent::TakeOut, Intent::Back, Intent::Finish];
    touching(world, &intents)
}

/// The same beside everything else that is touched and goes wrong.
pub fn sending_among_faults() -> World {
    let mut world = cabinet("a return, faulty doors and sensors")
        .doors(2)
        .item(Item::Returned)
        .item(Item::Announced)
        .tokens(&[
            Token::Label(Item::Returned),
            Token::Code(Item::Returned),
            Token::PassFor(Item::Returned),
            Token::Label(Item::Announced),
            Token::Code(Item::Announced),
        ])
        .words(&[Word::Cancel(Item::Returned)])
        .faulty();
    world.almost = true;
    world
}

/// Worlds too large to be looked at wholly, each with everything in it that can be held up, touched and said.
pub fn all() -> Vec<World> {
    vec![
        one_parcel(),
        one_parcel_and_faults(),
        the_hubs_words(),
        two_people(),
        two_doors(),
        unannounced(),
        deposit_pass(),
        shared_by_two(),
        shared_by_one(),
        guesses_used_up(),
        sending_among_faults(),
    ]
}
