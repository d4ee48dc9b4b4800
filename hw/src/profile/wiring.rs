//! How a bank is wired, beyond what every family needs.

use serde::Deserialize;

/// Which bit of an item sensor means that something lies in the compartment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum ItemIs {
    /// A set bit.
    #[serde(rename = "1")]
    One,
    /// A clear bit.
    #[serde(rename = "0")]
    Zero,
}

/// Where a Modbus board with relays tells what its door switches say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelayInputs {
    /// How it is asked.
    pub by: InputsBy,
    /// The Modbus address of the first channel's input or register, as it is sent.
    pub first: u16,
    /// The address of the board that has the inputs, where it is another one; several relay boards may share it.
    pub board: Option<u8>,
}

/// The question to which a Modbus board tells its inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum InputsBy {
    /// Function 02, discrete inputs: a bit for each channel.
    #[serde(rename = "fc02")]
    DiscreteInputs,
    /// Function 03, holding registers: a register for each channel, from 0081 (hexadecimal) on Eletechsup boards.
    #[serde(rename = "fc03-0081")]
    HoldingRegisters,
}

impl InputsBy {
    /// Where the first channel is, if the profile does not say.
    pub fn usual_first(self) -> u16 {
        match self {
            Self::DiscreteInputs => 0,
            Self::HoldingRegisters => 0x81,
        }
    }
}

/// Locks and door switches on the lines of a GPIO chip. Lines are numbered as the chip numbers them (on a Raspberry Pi: BCM).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GpioWiring {
    /// The line that switches each channel's lock, from channel 1.
    pub outputs: Vec<u32>,
    /// The line that each channel's door switch is on, from channel 1; `None` where there is no switch.
    pub inputs: Vec<Option<u32>>,
    /// An output is on when its line is low, as on relay boards with a low-level trigger.
    pub active_low: bool,
    /// The resistor inside the chip that the inputs use.
    pub pull: Pull,
    /// The line that lets the locks' supply through; high only while a lock is to be energised.
    pub enable: Option<u32>,
}

/// What holds an input where nothing drives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pull {
    /// A resistor of the chip to its supply: for a switch to ground. A cut wire then reads high.
    Up,
    /// A resistor of the chip to ground.
    Down,
    /// Nothing of the chip: there is a resistor outside.
    None,
}
