//! What the rules do, seen from outside: scenarios in words, one subject a file, and arbitrary sequences. Everything that
//! happens in any of them is judged by [`locker_core::promises`].

#![allow(clippy::expect_used, reason = "a helper of a test may fail the test")]
#![allow(clippy::print_stdout, reason = "what a failing run did, and what a run reached, is told")]

mod adding;
mod answered_cases;
mod arbitrary;
mod at_the_door;
mod badges;
mod bench;
mod change_order;
mod change_table;
mod codes;
mod collecting;
mod complaints;
mod depositing;
mod evidence;
mod items;
mod kept;
mod left_open;
mod limits;
mod people;
mod restarts;
mod retention;
mod sending;
mod several_doors;
mod shared_doors;
mod slips;
mod stops;
mod stuck;
mod surroundings;
mod taking_back;
mod taking_out;
mod technician;
mod visits;
mod world;
