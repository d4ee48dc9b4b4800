//! The pins of a Raspberry Pi, by rppal. Lines are BCM numbers. For kernels without a GPIO character device that can be used.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use rppal::gpio::{Gpio, InputPin, OutputPin, Trigger};

use super::{Chip, DEBOUNCE, Edge, EdgeSink, GpioError, Inputs, Output, Outputs, RPPAL};
use crate::profile::Pull;

/// The Raspberry Pi's own pins.
#[derive(Debug)]
pub struct RaspberryChip {
    gpio: Gpio,
}

impl RaspberryChip {
    /// Opens them.
    ///
    /// # Errors
    /// This is no Raspberry Pi that rppal knows, or its pins may not be used.
    pub fn open() -> Result<Self, GpioError> {
        let no_chip =
            |why: rppal::gpio::Error| GpioError::NoChip { path: RPPAL.into(), why: why.to_string() };
        Ok(Self { gpio: Gpio::new().map_err(no_chip)? })
    }
}

fn no_lines(lines: &[u32], why: &dyn Display) -> GpioError {
    GpioError::NoLines { path: PathBuf::from(RPPAL), lines: lines.to_vec(), why: why.to_string() }
}

fn pin(gpio: &Gpio, line: u32) -> Result<rppal::gpio::Pin, GpioError> {
    let number = u8::try_from(line).map_err(|why| no_lines(&[line], &why))?;
    gpio.get(number).map_err(|why| no_lines(&[line], &why))
}

impl Chip for RaspberryChip {
    fn outputs(&self, outputs: &[Output]) -> Result<Arc<dyn Outputs>, GpioError> {
        let take = |output: &Output| {
            let pin = pin(&self.gpio, output.line)?;
            let mut pin = if output.active_low { pin.into_output_high() } else { pin.into_output_low() };
            // As an input, a pin drives nothing; but an active-low load may take that for on.
            pin.set_reset_on_drop(!output.active_low);
            Ok((output.line, (Mutex::new(pin), output.active_low)))
        };
        Ok(Arc::new(RaspberryOutputs(outputs.iter().map(take).collect::<Result<_, GpioError>>()?)))
    }

    fn inputs(&self, lines: &[u32], pull: Pull, edges: EdgeSink) -> Result<Box<dyn Inputs>, GpioError> {
        let mut inputs = BTreeMap::new();
        for &line in lines {
            let pin = pin(&self.gpio, line)?;
            let mut pin = match pull {
                Pull::Up => pin.into_input_pullup(),
                Pull::Down => pin.into_input_pulldown(),
                Pull::None => pin.into_input(),
            };
            let edges = edges.clone();
            pin.set_async_interrupt(Trigger::Both, Some(DEBOUNCE), move |event| {
                edges(Edge { line, high: event.trigger == Trigger::RisingEdge, at: Instant::now() });
            })
            .map_err(|why| no_lines(&[line], &why))?;
            inputs.insert(line, pin);
        }
        Ok(Box::new(RaspberryInputs(inputs)))
    }
}

/// By line: the pin, and whether on is low.
struct RaspberryOutputs(BTreeMap<u32, (Mutex<OutputPin>, bool)>);

impl Outputs for RaspberryOutputs {
    fn set(&self, line: u32, on: bool) -> Result<(), GpioError> {
        let (pin, active_low) =
            self.0.get(&line).ok_or_else(|| no_lines(&[line], &"not taken as an output"))?;
        // Switching is one write to memory: nobody holds this for long.
        let mut pin = pin.lock().unwrap_or_else(PoisonError::into_inner);
        if on == *active_low {
            pin.set_low()
        } else {
            pin.set_high()
        }
        Ok(())
    }

    fn all_off(&self) -> Result<(), GpioError> {
        self.0.keys().try_for_each(|line| self.set(*line, false))
    }
}

impl Drop for RaspberryOutputs {
    fn drop(&mut self) {
        // Cannot fail: every line is its own.
        let _ = self.all_off();
    }
}

struct RaspberryInputs(BTreeMap<u32, InputPin>);

impl Inputs for RaspberryInputs {
    fn read(&self) -> Result<Vec<(u32, bool)>, GpioError> {
        Ok(self.0.iter().map(|(line, pin)| (*line, pin.is_high())).collect())
    }
}
