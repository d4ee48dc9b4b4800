//! The carrier's computers, for the crowd: they announce parcels and want some back, with a hub that dies now and then.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::error::DemoError;
use super::super::hub_client::text;
use super::super::people::{Item, Place};
use super::Crowd;
use super::Moment;

/// A change reaches the locker within this time, kills and sync's back-off included.
const REACHES_WITHIN: Duration = Duration::from_secs(60);

impl Crowd<'_, '_> {
    /// Announces a parcel, mostly. Some come by deposit pass, some unannounced; some people wait for several.
    ///
    /// # Errors
    /// The hub refuses.
    pub fn carrier_sends(&mut self) -> Result<(), DemoError> {
        if self.people_so_far == 0 || !self.chance.percent(20) {
            self.people_so_far += 1;
        }
        let recipient = format!("person {}", self.people_so_far);
        let label = self.stage.people.next_label();
        let item = match self.chance.below(100) {
            0..10 => self.makes_pass(&label, &recipient)?,
            10..22 => self.makes_deposit_pass(&label, &recipient)?,
            _ => self.announces(&label, &recipient)?,
        };
        self.tell(Moment::Told);
        if item.parcel.is_some() && item.deposit_pass.is_none() {
            self.unheard.insert(item.label.clone());
        }
        self.stage.people.add(item);
        Ok(())
    }

    fn announces(&mut self, label: &str, recipient: &str) -> Result<Item, DemoError> {
        let body = self.particulars(label, recipient)?;
        let mut answer = self.ask_hub(|stage| stage.api.post(&stage.carrier, "/v1/parcels", &body))?;
        let parcel = text(&answer, "parcel")?;
        if answer["code"] == Value::Null {
            // The hub was killed before its answer came: what it tells only once was lost, and is made anew.
            let path = format!("/v1/parcels/{parcel}/new-code");
            answer = self.ask_hub(|stage| stage.api.post(&stage.carrier, &path, &json!({})))?;
            // The locker may hear of the code only after the parcel is in: the pass counts in any case.
            answer["code"] = Value::Null;
        }
        self.stage.says("carrier", format!("announces {label} for {recipient}"));
        Ok(Item {
            parcel: Some(parcel),
            code: answer["code"].as_str().map(str::to_owned),
            pass: Some(text(&answer, "pass")?),
            ..bare(label, recipient)
        })
    }

    fn makes_deposit_pass(&mut self, label: &str, recipient: &str) -> Result<Item, DemoError> {
        let mut body = self.particulars(label, recipient)?;
        body["lives_s"] = json!(10 * 24 * 60 * 60);
        let answer = self.ask_hub(|stage| {
            // A pass that was made and not heard of is nobody's: the next one is for another label.
            match stage.api.post(&stage.carrier, "/v1/deposit-passes", &body) {
                Err(DemoError::Hub { why, .. }) if why.starts_with("409") => Ok(None),
                answer => answer.map(Some),
            }
        })?;
        let Some(answer) = answer else {
            let other = self.stage.people.next_label();
            return self.announces(&other, recipient);
        };
        self.stage.says("carrier", format!("makes a deposit pass for {label}, for {recipient}"));
        Ok(Item {
            parcel: Some(text(&answer, "parcel")?),
            code: Some(text(&answer, "code")?),
            pass: Some(text(&answer, "pass")?),
            deposit_pass: Some(text(&answer, "deposit_pass")?),
            ..bare(label, recipient)
        })
    }

    /// For a parcel of which the hub hears only once it is in the locker.
    fn makes_pass(&mut self, label: &str, recipient: &str) -> Result<Item, DemoError> {
        let reference = self.stage.people.reference(recipient);
        let body = json!({ "locker": self.stage.locker()?, "label": label, "recipient": reference });
        let answer = self.ask_hub(|stage| stage.api.post(&stage.carrier, "/v1/passes", &body))?;
        self.stage.says("carrier", format!("gives {recipient} a pass for {label}, and announces nothing"));
        Ok(Item { pass: Some(text(&answer, "pass")?), ..bare(label, recipient) })
    }

    /// Loads a courier's bag with parcels of which the locker knows, or needs not know.
    ///
    /// # Errors
    /// The locker never hears of any.
    pub fn loads(&mut self, most: usize) -> Result<Vec<String>, DemoError> {
        for label in self.unheard.clone() {
            let Some(parcel) = self.stage.people.item(&label)?.parcel.clone() else { continue };
            let path = format!("/v1/parcels/{parcel}");
            self.until(&format!("the locker to know of {label}"), REACHES_WITHIN, |stage| {
                Ok((stage.api.get(&stage.carrier, &path)?["known_there"] == Value::Bool(true)).then_some(()))
            })?;
            self.unheard.remove(&label);
        }
        let in_van = self.stage.people.items().filter(|item| item.place == Place::Van);
        let to_bring = in_van.filter(|item| !self.confused.contains(&item.label));
        let mut bag: Vec<String> = to_bring.map(|item| item.label.clone()).collect();
        // The newest first: what found no door for long is not to fill the bag for ever.
        bag.reverse();
        bag.truncate(most);
        Ok(bag)
    }

    /// Wants a parcel back, and waits until the locker knows that; gives whether it is to be had back.
    ///
    /// # Errors
    /// The hub refuses, or the locker never hears of it.
    pub fn recalls(&mut self, label: &str) -> Result<bool, DemoError> {
        // What is asked of a parcel whose door somebody left open waits until that is over.
        if let Place::Door(door) = self.stage.people.item(label)?.place
            && self.stage.world.is_open(door)
        {
            return Ok(false);
        }
        let Some(parcel) = self.number_of(label)? else { return Ok(false) };
        let (path, recall) = (format!("/v1/parcels/{parcel}"), format!("/v1/parcels/{parcel}/recall"));
        let asked = self.ask_hub(|stage| match stage.api.post(&stage.carrier, &recall, &json!({})) {
            Err(DemoError::Hub { why, .. }) if why.starts_with("409") => Ok(false),
            answer => answer.map(|_| true),
        })?;
        if !asked {
            return Ok(false);
        }
        self.tell(Moment::Told);
        self.stage.says("carrier", format!("wants {label} back"));
        let answered = self.until("the answer to a recall", REACHES_WITHIN, |stage| {
            let view = stage.api.get(&stage.carrier, &path)?;
            let over = view["state"] == "out";
            let newest = view["changes"].as_array().and_then(|changes| changes.first()).cloned();
            let answer = newest.and_then(|change| change["answer"].as_str().map(str::to_owned));
            Ok(if over { Some(false) } else { answer.map(|answer| answer == "applied") })
        })?;
        if answered {
            self.recalled.insert(label.to_owned());
        }
        Ok(answered)
    }

    /// Whether a parcel has waited for as long as it may, by the hub's books.
    ///
    /// # Errors
    /// The hub refuses.
    pub fn is_expired(&mut self, label: &str) -> Result<bool, DemoError> {
        let Some(parcel) = self.number_of(label)? else { return Ok(false) };
        let path = format!("/v1/parcels/{parcel}");
        self.ask_hub(|stage| Ok(stage.api.get(&stage.carrier, &path)?["expired"] == Value::Bool(true)))
    }

    /// The hub's number of a parcel, by its label where it came unannounced; nothing while the hub does not know it.
    fn number_of(&mut self, label: &str) -> Result<Option<String>, DemoError> {
        if let Some(parcel) = self.stage.people.item(label)?.parcel.clone() {
            return Ok(Some(parcel));
        }
        let locker = self.stage.locker()?;
        let parcels =
            self.ask_hub(|stage| stage.api.list(&stage.operator, &format!("/v1/parcels?locker={locker}")))?;
        parcels
            .iter()
            .rev()
            .find(|parcel| parcel["label"] == label)
            .map(|parcel| text(parcel, "parcel"))
            .transpose()
    }

    fn particulars(&mut self, label: &str, recipient: &str) -> Result<Value, DemoError> {
        let size = self.chance.weighted(&[(6, "S"), (3, "M"), (1, "L")]).unwrap_or("S");
        Ok(json!({
            "locker": self.stage.locker()?,
            "label": label,
            "recipient": self.stage.people.reference(recipient),
            "size": size,
            "retention_s": self.habits.retention_s,
        }))
    }
}

fn bare(label: &str, recipient: &str) -> Item {
    Item {
        label: label.to_owned(),
        recipient: recipient.to_owned(),
        parcel: None,
        code: None,
        pass: None,
        deposit_pass: None,
        place: Place::Van,
    }
}
