//! What is believed of boards whose frames carry no check: noise can make one door's state of another unseen, but it does not
//! strike two answers in the same way. So a change counts only when the next answer says all the same.

use crate::board::ChannelReading;

/// The answers of one board, by the question.
pub(super) struct Corroboration {
    questions: Vec<Answers>,
}

#[derive(Clone, Default)]
struct Answers {
    believed: Option<Vec<ChannelReading>>,
    last: Option<Vec<ChannelReading>>,
    asked_again: bool,
}

/// What becomes of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weighed {
    /// It is a reading: nothing changed, or the answer before it says the same.
    Believed,
    /// It says something new: the same is asked again at once.
    AskAgain,
    /// Asked again, it says something else once more. The question comes again in its own time, so that a board whose every
    /// answer is struck does not fill the wire.
    Doubted,
}

impl Corroboration {
    /// Nothing is known of a board that takes so many questions.
    pub(super) fn new(questions: u8) -> Self {
        Self { questions: vec![Answers::default(); usize::from(questions.max(1))] }
    }

    /// Weighs the answer to a question, counted from 0, by those before it.
    pub(super) fn weigh(&mut self, question: u8, said: &[ChannelReading]) -> Weighed {
        let Some(answers) = self.questions.get_mut(usize::from(question)) else { return Weighed::Doubted };
        let corroborated = [&answers.believed, &answers.last].map(Option::as_deref).contains(&Some(said));
        answers.last = Some(said.to_vec());
        if corroborated {
            answers.believed.clone_from(&answers.last);
            answers.asked_again = false;
            return Weighed::Believed;
        }
        answers.asked_again = !answers.asked_again;
        if answers.asked_again { Weighed::AskAgain } else { Weighed::Doubted }
    }

    /// The board was lost: what was believed of its doors is so no longer.
    pub(super) fn forget(&mut self) {
        self.questions.fill(Answers::default());
    }
}

#[cfg(test)]
mod tests {
    use super::Weighed::{AskAgain, Believed, Doubted};
    use super::*;
    use crate::board::ItemState;
    use crate::bus::DoorState;

    /// Three doors, by whether they are open.
    fn doors(open: [bool; 3]) -> Vec<ChannelReading> {
        let door = |open| if open { DoorState::Open } else { DoorState::Closed };
        let read = |(channel, open)| ChannelReading { channel, door: door(open), item: ItemState::Unknown };
        (1..).zip(open).map(read).collect()
    }

    const SHUT: [bool; 3] = [false; 3];
    const FIRST: [bool; 3] = [true, false, false];
    const LAST: [bool; 3] = [false, false, true];

    /// What becomes of these answers, one after the other.
    fn weighed(answers: &[[bool; 3]]) -> Vec<Weighed> {
        let mut board = Corroboration::new(1);
        answers.iter().map(|open| board.weigh(0, &doors(*open))).collect()
    }

    #[test]
    fn a_change_counts_when_the_next_answer_says_the_same_and_no_change_at_once() {
        assert_eq!(weighed(&[SHUT, SHUT, SHUT]), [AskAgain, Believed, Believed]);
        assert_eq!(weighed(&[SHUT, SHUT, FIRST, FIRST, FIRST])[2..], [AskAgain, Believed, Believed]);
    }

    #[test]
    fn one_struck_answer_is_forgotten() {
        assert_eq!(weighed(&[SHUT, SHUT, FIRST, SHUT, SHUT])[2..], [AskAgain, Believed, Believed]);
        assert_eq!(weighed(&[SHUT, SHUT, FIRST, SHUT, FIRST])[2..], [AskAgain, Believed, AskAgain]);
    }

    #[test]
    fn two_answers_struck_differently_are_both_doubted() {
        assert_eq!(weighed(&[SHUT, SHUT, FIRST, LAST, SHUT])[2..], [AskAgain, Doubted, Believed]);
    }

    #[test]
    fn a_struck_answer_before_a_true_change_delays_it_by_one_answer_only() {
        assert_eq!(weighed(&[SHUT, SHUT, LAST, FIRST, FIRST])[2..], [AskAgain, Doubted, Believed]);
    }

    #[test]
    fn where_every_answer_differs_every_second_one_is_asked_again_at_once() {
        let answers: Vec<[bool; 3]> =
            (0..8u8).map(|number| [number & 1 > 0, number & 2 > 0, number & 4 > 0]).collect();
        assert_eq!(weighed(&answers), [AskAgain, Doubted].repeat(4));
    }

    #[test]
    fn after_a_loss_the_doors_are_proven_anew_and_questions_are_kept_apart() {
        let mut board = Corroboration::new(2);
        for expected in [AskAgain, Believed] {
            assert_eq!(board.weigh(0, &doors(SHUT)), expected);
        }
        assert_eq!(board.weigh(1, &doors(SHUT)), AskAgain, "another part of the board");
        board.forget();
        assert_eq!(board.weigh(0, &doors(SHUT)), AskAgain);
    }
}
