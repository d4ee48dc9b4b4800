//! The carrier's computers: they announce parcels to the hub and pass its messages on to phones.

use std::time::Duration;

use locker_hw::profile::Size;
use serde_json::{Value, json};

use super::super::error::DemoError;
use super::super::hub_client::{number, text};
use super::super::screen::PATIENCE;
use super::super::stage::Stage;
use super::super::verdict;
use super::{Item, Place};

/// Longer than the outage of the tour, so that nothing expires in it.
const RETENTION_S: u32 = 7 * 24 * 60 * 60;
/// Longer than the outage of the tour.
const DEPOSIT_PASS_LIVES_S: u32 = 10 * 24 * 60 * 60;

/// Sizes as the hub calls them, from the largest.
const SIZES: [(&str, Size); 3] = [("L", Size::L), ("M", Size::M), ("S", Size::S)];

impl Stage<'_> {
    /// The number of the locker.
    ///
    /// # Errors
    /// It has none yet.
    pub fn locker(&self) -> Result<u32, DemoError> {
        self.people.locker().ok_or_else(|| DemoError::Odd("the locker is not enrolled".to_owned()))
    }

    /// The carrier hires a courier, who gets a badge.
    ///
    /// # Errors
    /// The hub refuses.
    pub fn hire_courier(&mut self) -> Result<(), DemoError> {
        let body = json!({ "role": "courier", "lockers": [self.locker()?] });
        let answer = self.api.post(&self.carrier, "/v1/staff", &body)?;
        let badge = text(&answer["passes"][0], "pass")?;
        self.people.learn_badge(badge);
        self.says("carrier", format!("hires courier {}, who gets a badge", number(&answer, "staff")?));
        Ok(())
    }

    /// The carrier's server wants to hear what happens to its parcels.
    ///
    /// # Errors
    /// The hub refuses.
    pub fn subscribe_carrier(&mut self) -> Result<(), DemoError> {
        // Addresses of earlier runs are nobody's now.
        for earlier in self.api.list(&self.carrier, "/v1/webhooks")? {
            self.api.delete(&self.carrier, &format!("/v1/webhooks/{}", number(&earlier, "webhook")?))?;
        }
        let url = self.post.url();
        self.api.post(&self.carrier, "/v1/webhooks", &json!({ "url": url }))?;
        Ok(())
    }

    /// The carrier announces a parcel, and waits until the locker knows of it.
    ///
    /// # Errors
    /// The hub refuses, or the locker never hears of it.
    pub fn announce(&mut self, recipient: &str, size: &str) -> Result<String, DemoError> {
        let size = self.size_to_be_had(recipient, size)?;
        let label = self.announce_unheard(recipient, size)?;
        self.wait_known_there(&label)?;
        Ok(label)
    }

    /// The size of a parcel that is wanted, or a smaller one where two doors of it are not free: one may come to stay in doubt.
    fn size_to_be_had<'s>(&self, recipient: &str, wanted: &'s str) -> Result<&'s str, DemoError> {
        let books = verdict::books(self, self.locker()?)?;
        // A door that no event has named yet is empty.
        let is_free = |door: &u16| books.get(door).is_none_or(|book| book.contents == "empty");
        let no_larger = SIZES.iter().skip_while(|(name, _)| *name != wanted);
        let enough = |size: Size| self.world.doors_from(size).filter(is_free).count() >= 2;
        let had = no_larger.into_iter().find(|(_, size)| enough(*size)).map_or(wanted, |(name, _)| name);
        if had != wanted {
            self.says(
                "carrier",
                format!("few doors of size {wanted} are free: what comes for {recipient} is {had}"),
            );
        }
        Ok(had)
    }

    /// The carrier announces a parcel.
    ///
    /// # Errors
    /// The hub refuses.
    pub fn announce_unheard(&mut self, recipient: &str, size: &str) -> Result<String, DemoError> {
        let label = self.people.next_label();
        let body = self.particulars(&label, recipient, size)?;
        let answer = self.api.post(&self.carrier, "/v1/parcels", &body)?;
        self.people.add(Item {
            label: label.clone(),
            recipient: recipient.to_owned(),
            parcel: Some(text(&answer, "parcel")?),
            code: Some(text(&answer, "code")?),
            pass: Some(text(&answer, "pass")?),
            deposit_pass: None,
            place: Place::Van,
        });
        self.says("carrier", format!("announces {label}, size {size}, for {recipient}"));
        Ok(label)
    }

    /// Waits until the locker has said that it knows of a parcel.
    ///
    /// # Errors
    /// It never does.
    pub fn wait_known_there(&mut self, label: &str) -> Result<(), DemoError> {
        let path = format!("/v1/parcels/{}", self.parcel_of(label)?);
        self.wait_for(&format!("the locker to know of {label}"), PATIENCE, |stage| {
            let view = stage.api.get(&stage.carrier, &path)?;
            Ok((view["known_there"] == Value::Bool(true)).then_some(()))
        })
    }

    /// The carrier makes a deposit pass for the courier's phone; the locker hears nothing of it.
    ///
    /// # Errors
    /// The hub refuses.
    pub fn make_deposit_pass(&mut self, recipient: &str, size: &str) -> Result<String, DemoError> {
        let label = self.people.next_label();
        let mut body = self.particulars(&label, recipient, size)?;
        body["lives_s"] = json!(DEPOSIT_PASS_LIVES_S);
        let answer = self.api.post(&self.carrier, "/v1/deposit-passes", &body)?;
        self.people.add(Item {
            label: label.clone(),
            recipient: recipient.to_owned(),
            parcel: Some(text(&answer, "parcel")?),
            code: Some(text(&answer, "code")?),
            pass: Some(text(&answer, "pass")?),
            deposit_pass: Some(text(&answer, "deposit_pass")?),
            place: Place::Van,
        });
        self.says("carrier", format!("makes a deposit pass for {label}, size {size}, for {recipient}"));
        Ok(label)
    }

    /// A parcel of which the hub hears only once it is in the locker.
    pub fn unannounced(&mut self, recipient: &str) -> String {
        let label = self.people.next_label();
        self.people.add(Item {
            label: label.clone(),
            recipient: recipient.to_owned(),
            parcel: None,
            code: None,
            pass: None,
            deposit_pass: None,
            place: Place::Van,
        });
        label
    }

    /// The carrier makes a pass for the recipient of a parcel that nobody announced.
    ///
    /// # Errors
    /// The hub refuses.
    pub fn make_pass_for(&mut self, label: &str) -> Result<(), DemoError> {
        let recipient = self.people.item(label)?.recipient.clone();
        let body = json!({ "locker": self.locker()?, "label": label, "recipient": self.people.reference(&recipient) });
        let answer = self.api.post(&self.carrier, "/v1/passes", &body)?;
        let pass = text(&answer, "pass")?;
        self.people.learn(label, |item| item.pass = Some(pass));
        self.says("carrier", format!("sends {recipient} a pass for {label}"));
        Ok(())
    }

    /// The hub tells the carrier that a parcel is inside, and the carrier its recipient.
    ///
    /// # Errors
    /// It never does.
    pub fn wait_notified(&mut self, label: &str) -> Result<(), DemoError> {
        let parcel = self.parcel_of(label)?;
        let recipient = self.people.item(label)?.recipient.clone();
        let post = self.post.clone();
        self.wait_for(&format!("the hub to say that {label} is inside"), PATIENCE, |_| {
            Ok(post.wait("parcel.inside", &parcel, Duration::from_millis(200)).then_some(()))
        })?;
        self.says("phone", format!("{recipient}'s: your parcel {label} is here; code and pass"));
        Ok(())
    }

    fn parcel_of(&self, label: &str) -> Result<String, DemoError> {
        let parcel = self.people.item(label)?.parcel.clone();
        parcel.ok_or_else(|| DemoError::Odd(format!("the hub has not told the number of {label}")))
    }

    fn particulars(&self, label: &str, recipient: &str, size: &str) -> Result<Value, DemoError> {
        Ok(json!({
            "locker": self.locker()?,
            "label": label,
            "recipient": self.people.reference(recipient),
            "size": size,
            "retention_s": RETENTION_S,
        }))
    }
}
