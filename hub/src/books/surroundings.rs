//! What happens around the doors: power, tampering, temperatures. A parcel that lies where a thermometer leaves its range is
//! named to its carrier: it may be perishable.

use locker_protocol::event::{Stamp, Supply};
use locker_protocol::{CompartmentId, ParcelId};

use super::{BookError, Page};
use crate::database::{signed, unsigned};
use crate::facts::{Around, Fact, FactKind, SupplyView};
use crate::parcels;
use crate::words::word;

/// How many thermometers of one locker may be out of their range: as many as a locker can have.
const MAX_OUT_OF_RANGE: u32 = 64;
/// The most characters of a sensor's name that are kept.
const MAX_SENSOR: usize = 40;

impl Page<'_> {
    pub(super) fn power(&self, supply: Supply, at: Stamp) -> Result<(), BookError> {
        self.transaction
            .prepare_cached("UPDATE lockers SET supply = ?2, supply_unix_s = ?3 WHERE id = ?1")?
            .execute((self.locker.0, word(&supply), signed(at.unix_s)))?;
        self.note_surroundings()?;
        self.tell_around(FactKind::PowerChanged, Around::Supply(SupplyView::from(supply)))
    }

    pub(super) fn tampered(&self, sensor: &str, at: Stamp) -> Result<(), BookError> {
        self.transaction
            .prepare_cached("UPDATE lockers SET tampered = ?2, tampered_unix_s = ?3 WHERE id = ?1")?
            .execute((self.locker.0, short(sensor), signed(at.unix_s)))?;
        self.note_surroundings()?;
        self.tell_around(FactKind::Tampered, Around::Sensor(short(sensor)))
    }

    /// A thermometer left its range. Of one that is in many compartments, several events tell.
    pub(super) fn out_of_range(
        &self,
        sensor: &str,
        tenths_c: Option<i16>,
        compartments: &[CompartmentId],
        at: Stamp,
    ) -> Result<(), BookError> {
        let sensor = short(sensor);
        let is_news = self
            .transaction
            .prepare_cached(
                "INSERT OR IGNORE INTO out_of_range (locker, sensor, tenths_c, since_unix_s)
                 SELECT ?1, ?2, ?3, ?4 WHERE (SELECT COUNT(*) FROM out_of_range WHERE locker = ?1) < ?5",
            )?
            .execute((self.locker.0, &sensor, tenths_c, signed(at.unix_s), MAX_OUT_OF_RANGE))?
            == 1;
        if !is_news && !self.is_out_of_range(&sensor)? {
            return Err(BookError::Senseless(format!(
                "more than {MAX_OUT_OF_RANGE} thermometers out of range"
            )));
        }
        self.note_surroundings()?;
        let reading = Around::Reading { sensor: sensor.clone(), tenths_c };
        if is_news {
            self.tell_around(FactKind::OutOfRange, reading.clone())?;
        }
        for &compartment in compartments {
            self.transaction
                .prepare_cached(
                    "INSERT OR IGNORE INTO out_of_range_compartments (locker, sensor, compartment)
                     VALUES (?1, ?2, ?3)",
                )?
                .execute((self.locker.0, &sensor, compartment.0))?;
            for parcel in self.lying_in(compartment)? {
                self.lies_out_of_range(parcel, &reading)?;
            }
        }
        Ok(())
    }

    /// A parcel came into a compartment. Its thermometer may have left its range while the door stood open.
    pub(super) fn check_range(&self, parcel: ParcelId, compartment: CompartmentId) -> Result<(), BookError> {
        let readings: Vec<_> = {
            let mut select = self.transaction.prepare_cached(
                "SELECT sensor, tenths_c FROM out_of_range JOIN out_of_range_compartments USING (locker, sensor)
                 WHERE locker = ?1 AND compartment = ?2 ORDER BY sensor",
            )?;
            let rows = select.query_map((self.locker.0, compartment.0), |row| {
                Ok(Around::Reading { sensor: row.get(0)?, tenths_c: row.get(1)? })
            })?;
            rows.collect::<Result<_, _>>()?
        };
        readings.iter().try_for_each(|reading| self.lies_out_of_range(parcel, reading))
    }

    /// Tells it once of each parcel.
    fn lies_out_of_range(&self, parcel: ParcelId, reading: &Around) -> Result<(), BookError> {
        let is_news = self
            .transaction
            .prepare_cached(
                "INSERT OR IGNORE INTO out_of_range_parcels (locker, sensor, parcel) VALUES (?1, ?2, ?3)",
            )?
            .execute((self.locker.0, reading.sensor(), signed(parcel.0)))?
            == 1;
        if !is_news {
            return Ok(());
        }
        self.transaction
            .prepare_cached(
                "UPDATE parcels SET out_of_range_unix_s =
                 (SELECT since_unix_s FROM out_of_range WHERE locker = ?2 AND sensor = ?3)
                 WHERE id = ?1 AND out_of_range_unix_s IS NULL",
            )?
            .execute((signed(parcel.0), self.locker.0, reading.sensor()))?;
        self.tell_of_parcel(FactKind::ParcelOutOfRange, parcel, reading)
    }

    /// A thermometer is back in its range. Carriers hear of the parcels that still lie there.
    pub(super) fn back_in_range(&self, sensor: &str, tenths_c: Option<i16>) -> Result<(), BookError> {
        let sensor = short(sensor);
        self.note_surroundings()?;
        // The first of several events has told all of it.
        if !self.is_out_of_range(&sensor)? {
            return Ok(());
        }
        let reading = Around::Reading { sensor: sensor.clone(), tenths_c };
        self.tell_around(FactKind::InRange, reading.clone())?;
        for parcel in self.parcels_out_of_range(&sensor)? {
            self.tell_of_parcel(FactKind::ParcelInRange, parcel, &reading)?;
        }
        self.end_out_of_range(&sensor)
    }

    /// A thermometer was taken out of the locker's profile: nothing is known of what it would say.
    pub(super) fn forget_thermometer(&self, sensor: &str) -> Result<(), BookError> {
        let sensor = short(sensor);
        self.note_surroundings()?;
        if !self.is_out_of_range(&sensor)? {
            return Ok(());
        }
        self.tell_around(FactKind::InRange, Around::Reading { sensor: sensor.clone(), tenths_c: None })?;
        self.end_out_of_range(&sensor)
    }

    /// The journal was damaged: the locker tells anew what is not as it should be.
    pub(super) fn cut_surroundings(&self) -> Result<(), BookError> {
        self.transaction
            .prepare_cached("UPDATE lockers SET supply = NULL, supply_unix_s = NULL WHERE id = ?1")?
            .execute([self.locker.0])?;
        self.transaction
            .prepare_cached("DELETE FROM out_of_range WHERE locker = ?1")?
            .execute([self.locker.0])?;
        Ok(())
    }

    fn is_out_of_range(&self, sensor: &str) -> Result<bool, BookError> {
        Ok(self
            .transaction
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM out_of_range WHERE locker = ?1 AND sensor = ?2)")?
            .query_row((self.locker.0, sensor), |row| row.get(0))?)
    }

    fn end_out_of_range(&self, sensor: &str) -> Result<(), BookError> {
        self.transaction
            .prepare_cached("DELETE FROM out_of_range WHERE locker = ?1 AND sensor = ?2")?
            .execute((self.locker.0, sensor))?;
        Ok(())
    }

    /// What lies, or may lie, in a compartment.
    fn lying_in(&self, compartment: CompartmentId) -> Result<Vec<ParcelId>, BookError> {
        let mut select = self.transaction.prepare_cached(
            "SELECT id FROM parcels WHERE locker = ?1 AND state IN ('inside', 'doubtful') AND compartment = ?2
             ORDER BY id",
        )?;
        let rows =
            select.query_map((self.locker.0, compartment.0), |row| row.get(0).map(unsigned).map(ParcelId))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What still lies, or may lie, where this thermometer is.
    fn parcels_out_of_range(&self, sensor: &str) -> Result<Vec<ParcelId>, BookError> {
        let mut select = self.transaction.prepare_cached(
            "SELECT parcel FROM out_of_range_parcels AS lay JOIN parcels ON parcels.id = lay.parcel
             JOIN out_of_range_compartments AS doors ON doors.locker = lay.locker AND doors.sensor = lay.sensor
             AND doors.compartment = parcels.compartment
             WHERE lay.locker = ?1 AND lay.sensor = ?2 AND state IN ('inside', 'doubtful') ORDER BY parcel",
        )?;
        let rows = select.query_map((self.locker.0, sensor), |row| row.get(0).map(unsigned).map(ParcelId))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Tells whose parcel it is, if it is still there.
    fn tell_of_parcel(&self, kind: FactKind, parcel: ParcelId, reading: &Around) -> Result<(), BookError> {
        let Some(found) = parcels::booked(self.transaction, parcel)? else { return Ok(()) };
        let Some(compartment) = found.compartment else { return Ok(()) };
        self.tell_fact(&Fact {
            kind,
            locker: self.locker,
            tenant: Some(found.tenant),
            parcel: Some(parcel),
            compartment: Some(CompartmentId(compartment)),
            case: None,
            around: Some(reading.clone()),
        })
    }

    fn tell_around(&self, kind: FactKind, around: Around) -> Result<(), BookError> {
        self.tell_fact(&Fact {
            kind,
            locker: self.locker,
            tenant: None,
            parcel: None,
            compartment: None,
            case: None,
            around: Some(around),
        })
    }

    /// Notes where in the journal this stands.
    fn note_surroundings(&self) -> Result<(), BookError> {
        self.transaction
            .prepare_cached(
                "INSERT INTO surroundings (locker, journal, seq, received_unix_s) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute((self.locker.0, &self.journal.0[..], signed(self.seq), signed(self.now_unix_s)))?;
        Ok(())
    }
}

fn short(sensor: &str) -> String {
    sensor.chars().take(MAX_SENSOR).collect()
}
