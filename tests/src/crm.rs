//! A CRM on this machine, as strict as the real ones: it gives out tokens, asks for them, and finds a contact by the processor's
//! customer id only.
//!
//! HubSpot: developers.hubspot.com/docs/api/crm/contacts, "Upsert a batch of contacts". Dataverse: learn.microsoft.com, "Upsert a
//! table row using the Web API". Salesforce: REST API Developer Guide, "Insert or Update (Upsert) a Record Using an External ID".

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard},
    thread,
};

use anyhow::{Context, Result};
use serde_json::{Value, json};

/// What signs in.
pub const CLIENT_ID: &str = "paybus";
/// Its secret; also HubSpot's token.
pub const SECRET: &str = "only on this machine";
const TOKEN: &str = "a-token-for-an-hour";

/// Which CRM it plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// HubSpot.
    HubSpot,
    /// Microsoft Dataverse.
    Dataverse,
    /// Salesforce.
    Salesforce,
}

impl Kind {
    /// As the parameter `Crm` has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HubSpot => "hubspot",
            Self::Dataverse => "dataverse",
            Self::Salesforce => "salesforce",
        }
    }
}

/// A request and how it was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// `PATCH /services/...`.
    pub request: String,
    /// The body, as it came.
    pub body: String,
    /// The status.
    pub status: u16,
}

type Contact = BTreeMap<String, String>;

#[derive(Debug, Default)]
struct State {
    calls: Vec<Call>,
    contacts: BTreeMap<String, Contact>,
    is_token_revoked: bool,
}

/// A running CRM; it ends with the test.
#[derive(Debug, Clone)]
pub struct Crm {
    /// Where it is.
    pub url: String,
    kind: Kind,
    state: Arc<Mutex<State>>,
}

impl Crm {
    /// Starts it.
    pub fn start(kind: Kind) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("some port is free")?;
        let url = format!("http://{}", listener.local_addr()?);
        let crm = Self { url, kind, state: Arc::default() };
        let server = crm.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A caller that goes away mid-request is that caller's matter.
                drop(server.serve(stream));
            }
        });
        Ok(crm)
    }

    /// Everything that was asked.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }

    /// A contact, by the customer's id.
    #[must_use]
    pub fn contact(&self, customer: &str) -> Option<Contact> {
        self.state().contacts.get(customer).cloned()
    }

    /// How many contacts there are.
    #[must_use]
    pub fn contacts(&self) -> usize {
        self.state().contacts.len()
    }

    /// The next request finds its token revoked, although it has not expired.
    pub fn revoke_the_token(&self) {
        self.state().is_token_revoked = true;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics while holding it")
    }

    fn serve(&self, mut stream: TcpStream) -> Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let request = line.rsplit_once(' ').map(|(request, _)| request.to_owned()).unwrap_or_default();
        let mut headers = BTreeMap::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':') {
                headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
            }
        }
        let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let body = String::from_utf8(body).context("a body is UTF-8")?;
        let (status, answer) = self.answer(&request, headers.get("authorization").map(String::as_str), &body);
        self.state().calls.push(Call { request, body, status });
        let answer = answer.to_string();
        write!(
            stream,
            "HTTP/1.1 {status} -\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{answer}",
            answer.len()
        )?;
        Ok(())
    }

    fn answer(&self, request: &str, authorization: Option<&str>, body: &str) -> (u16, Value) {
        if request == "POST /token" {
            return self.give_token(body);
        }
        let expected = match self.kind {
            Kind::HubSpot => format!("Bearer {SECRET}"),
            Kind::Dataverse | Kind::Salesforce => format!("Bearer {TOKEN}"),
        };
        if authorization != Some(expected.as_str()) || std::mem::take(&mut self.state().is_token_revoked) {
            return (401, json!({ "message": "the token is not good" }));
        }
        let Ok(Value::Object(body)) = serde_json::from_str(body) else {
            return (400, json!({ "message": "the body is no JSON object" }));
        };
        match self.kind {
            Kind::HubSpot if request == "POST /crm/v3/objects/contacts/batch/upsert" => {
                self.upsert_batch(&body["inputs"])
            }
            Kind::Dataverse => {
                let key = request.strip_prefix("PATCH /api/data/v9.2/contacts(paybus_customerid='");
                key.and_then(|key| key.strip_suffix("')")).map_or_else(not_found, |id| {
                    self.upsert(id, &Value::Object(body), None);
                    (204, json!({}))
                })
            }
            Kind::Salesforce => {
                let id = request.strip_prefix("PATCH /services/data/v61.0/sobjects/Contact/PaybusCustomerId__c/");
                let Some(id) = id else { return not_found() };
                if body.contains_key("PaybusCustomerId__c") || (self.contact(id).is_none() && body["LastName"] == "") {
                    return (400, json!([{ "errorCode": "REQUIRED_FIELD_MISSING" }]));
                }
                let is_new = self.upsert(id, &Value::Object(body), None);
                (if is_new { 201 } else { 200 }, json!({ "success": true, "created": is_new }))
            }
            Kind::HubSpot => not_found(),
        }
    }

    fn give_token(&self, form: &str) -> (u16, Value) {
        let has = |pair: &str| form.split('&').any(|found| found.replace('+', " ").replace("%20", " ") == pair);
        let is_good = has("grant_type=client_credentials")
            && has(&format!("client_id={CLIENT_ID}"))
            && has(&format!("client_secret={SECRET}"))
            && (self.kind != Kind::Dataverse || form.contains("scope=https%3A%2F%2Fcrm.example%2F.default"));
        if !is_good {
            return (401, json!({ "error": "invalid_client" }));
        }
        (200, json!({ "access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600 }))
    }

    fn upsert_batch(&self, inputs: &Value) -> (u16, Value) {
        let inputs = inputs.as_array().cloned().unwrap_or_default();
        for input in &inputs {
            let (Some(id), "paybus_customer_id") =
                (input["id"].as_str(), input["idProperty"].as_str().unwrap_or_default())
            else {
                return (400, json!({ "category": "VALIDATION_ERROR" }));
            };
            self.upsert(id, &input["properties"], Some("paybus_customer_id"));
        }
        (200, json!({ "status": "COMPLETE" }))
    }

    /// Adds or changes a contact; an empty text empties its field. Whether it is new.
    fn upsert(&self, id: &str, fields: &Value, id_field: Option<&str>) -> bool {
        let mut state = self.state();
        let is_new = !state.contacts.contains_key(id);
        let contact = state.contacts.entry(id.to_owned()).or_default();
        for (name, value) in fields.as_object().into_iter().flatten() {
            match value.as_str() {
                Some(text) if !text.is_empty() && Some(name.as_str()) != id_field => {
                    contact.insert(name.clone(), text.to_owned());
                }
                _ => {
                    contact.remove(name);
                }
            }
        }
        is_new
    }
}

fn not_found() -> (u16, Value) {
    (404, json!({ "message": "there is nothing here" }))
}
