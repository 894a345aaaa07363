//! Forms of tablets and shop systems, read into a [`Sheet`].
//!
//! A document that is no document is refused; what does not read inside it is set aside with its path, and the rest is
//! read. What a form does not say is taken from [`Beside`] or left out, never guessed.

use core::fmt;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use fixedops_vocab::{
    Currency, DistanceUnit, InspectionCode, InspectionId, Miles, Money, OpCode, RawOdometer, RoId, VehicleId,
    Vin,
};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::{Detail, Evidence, Finding, Inspection, Measurement, Medium, NamedPart, PartNames, Sheet, Unit};

/// What the caller knows beside the form, used where the form says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct Beside {
    /// The repair order.
    pub ro: Option<RoId>,
    /// The vehicle, as the store's own system names it. A VIN on the form is never taken for it.
    pub vehicle: Option<VehicleId>,
    /// The currency of amounts that do not name theirs: the store's. Without it they are set aside.
    pub currency: Option<Currency>,
    /// When the technician completed it.
    pub completed_at: Option<DateTime<Utc>>,
}

/// A form, as far as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "a plain answer")]
pub struct Form {
    /// What was read.
    pub sheet: Sheet,
    /// What was not, in the order of the document.
    pub set_aside: Vec<Unread>,
}

/// Something that did not read, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {reason}")]
#[allow(clippy::exhaustive_structs, reason = "path and reason are all there is")]
pub struct Unread {
    /// Where in the document: `labor_operations[1].inspections[0].value`; `document` for all of it.
    pub path: String,
    /// Why.
    pub reason: String,
}

/// Reads a multi-point inspection or a repair order in STAR's JSON.
///
/// Both vocabularies are read: `GREEN` and `YELLOW_MAY_REQUIRE_ATTENTION`, `name` and `labor_operation_name`,
/// `labor_operation_status` and `labor_operation_status_type`. `POINTS` are thirty-seconds of an inch where tread is
/// measured, as in STAR's own example; inches become thousandths. A number on a part we know no measurement of is one by the
/// part's own name (`eng_oil`). Words in `value` (`LEAKING_FL`) become the finding's condition. An operation's
/// amount is the price of its finding where it has one finding only. A part that is not in `names` is set aside as a
/// name, and its finding stands in the section `other`.
///
/// It counts as completed at the last event of a completed operation where the document says `COMPLETED` or
/// `PENDING_CUSTOMER_ACTION`; where it says neither, [`Beside::completed_at`] decides.
///
/// ```
/// use fixedops_mpi_score::{PartNames, forms};
/// let text = r#"{"multi_point_inspection_key": "i-7", "repair_order_key": "ro-9",
///   "vehicle_identifier": {"vin": "1HGCM82633A004352", "odometer": {"value": "42500", "uom": "MILES"}},
///   "labor_operations": [{"labor_operation_key": "op-1", "inspections": [
///     {"part_inspected": "Rear Brake Pads", "inspection_code": "RED_IMMEDIATE_ATTENTION", "value": "2",
///      "narrative_uom_type": "MILLIMETER"}]}]}"#;
/// let beside = forms::Beside { vehicle: "v-7".parse().ok(), ..forms::Beside::default() };
/// let form = forms::read_star(text, &PartNames::shipped(), &beside)?;
/// let pads = &form.sheet.inspection.findings[0];
/// assert_eq!((pads.section.as_str(), pads.measurements[0].place.as_deref()), ("brakes", Some("rear")));
/// assert!(form.set_aside.is_empty());
/// # Ok::<(), forms::Unread>(())
/// ```
///
/// # Errors
/// [`Unread`] where the text is no JSON object, nobody says which inspection or order it is, or [`Beside`] knows no vehicle:
/// STAR names it by its VIN alone, and a VIN is no name to keep in a journal.
pub fn read_star(text: &str, names: &PartNames, beside: &Beside) -> Result<Form, Unread> {
    let value = parse(text)?;
    let document = At::root(&value);
    let mut aside = Vec::new();
    let key = document.text("multi_point_inspection_key").or_else(|| document.text("repair_order_key"));
    let key = key.ok_or_else(|| document.unread("says no multi_point_inspection_key"))?;
    let inspection = InspectionId::new(key).map_err(|e| document.unread(e.to_string()))?;
    let order = document.text("repair_order_key").or_else(|| document.text("repair_order_id"));
    let ro =
        id(order, beside.ro.as_ref(), RoId::new).map_err(|e| document.at("repair_order_key").unread(e))?;
    let car = document.at("vehicle_identifier");
    let Some(vehicle) = beside.vehicle.clone() else {
        return Err(
            car.unread("names the vehicle by its VIN at most: say which of the store's vehicles it is")
        );
    };

    let mut sheet =
        Sheet::of(Inspection { inspection, ro, vehicle, completed_at: None, findings: Vec::new() });
    sheet.store = document.text("service_dealer_name").map(str::to_owned);
    sheet.vin = car.parsed("vin", &mut aside, |text| text.parse::<Vin>().map_err(|e| e.to_string()));
    sheet.odometer = car.at("odometer").odometer(&mut aside);
    let mut completed = None;
    for operation in document.at("labor_operations").each(&mut aside) {
        star_operation(&operation, names, beside, &mut sheet, &mut aside);
        completed = completed.max(star_completed(&operation, &mut aside));
    }
    let status = document.text("multi_point_inspection_status_code");
    let done = matches!(status, Some("COMPLETED" | "PENDING_CUSTOMER_ACTION"));
    sheet.inspection.completed_at = completed.filter(|_| done).or(beside.completed_at);
    Ok(Form { sheet, set_aside: aside })
}

fn star_operation(
    operation: &At<'_>,
    names: &PartNames,
    beside: &Beside,
    sheet: &mut Sheet,
    aside: &mut Vec<Unread>,
) {
    for staff in operation.at("staff_assignments").each(aside) {
        let number = staff.text("staff_key").or_else(|| staff.text("staff_reference_id"));
        let has = |role: &str| staff.at("role_types").list().iter().any(|found| found.as_str() == Some(role));
        if has("PRIMARY_TECHNICIAN") && sheet.technician.is_none() {
            sheet.technician = number.map(str::to_owned);
        }
        if has("SERVICE_ADVISOR") && sheet.advisor.is_none() {
            sheet.advisor = number.map(str::to_owned);
        }
    }
    let inspections = operation.at("inspections").each(aside);
    let alone = inspections.len() == 1;
    let operation_key =
        operation.text("labor_operation_key").or_else(|| operation.text("labor_operation_id"));
    let op_code = operation
        .parsed("labor_operation_id", aside, |text| OpCode::new(text).map_err(|e| e.to_string()))
        .filter(|_| alone);
    let price = if alone { operation.at("amount").star_money(beside.currency, aside) } else { None };
    let kind = operation.text("labor_operation_type");
    let recall = matches!(kind, Some("RECALL" | "SAFETY_RECALL"));
    let status =
        operation.text("labor_operation_status").or_else(|| operation.text("labor_operation_status_type"));
    for (index, found) in inspections.iter().enumerate() {
        let Some(code) = found.color("inspection_code", aside) else { continue };
        let Some(item) = found.text("part_inspected") else {
            aside.push(found.at("part_inspected").unread("is missing"));
            continue;
        };
        let id = found.text("inspection_key").map_or_else(
            || format!("{}/{}", operation_key.unwrap_or(&operation.path), index + 1),
            str::to_owned,
        );
        let part = found.part("part_inspected", item, names, aside);
        let (measured, condition) = found.measured(part, item, aside);
        let mut photos = Vec::new();
        for media in found.at("medias").each(aside) {
            if let Some(evidence) = media.star_media(&id, aside) {
                if evidence.medium == Medium::Photo {
                    photos.push(evidence.href.clone());
                }
                sheet.evidence.push(evidence);
            }
        }
        sheet.details.push(Detail {
            finding: id.clone(),
            recommendation: found.text("inspection_recommendation").map(str::to_owned),
            condition,
            op_codes: op_code.iter().cloned().collect(),
            status: status.map(str::to_owned),
            ..Detail::default()
        });
        sheet.inspection.findings.push(Finding {
            id,
            section: section(part),
            item: item.to_owned(),
            code,
            measurements: measured.into_iter().collect(),
            photos,
            note: operation.text("labor_operation_description").map(str::to_owned),
            service: None,
            op_code: op_code.clone(),
            price,
            recall,
        });
    }
}

/// The last event that completed an operation.
fn star_completed(operation: &At<'_>, aside: &mut Vec<Unread>) -> Option<DateTime<Utc>> {
    let events = operation.at("labor_operation_events").each(aside);
    let completed = events.iter().filter(|event| event.text("new_status_type") == Some("COMPLETED"));
    completed.filter_map(|event| event.instant("occurrence_timestamp", aside)).max()
}

/// Reads a list of Shop-Ware recommendations: one form for every repair order, in order of first mention.
///
/// A recommendation's inspections are its findings; `unchecked` ones were not looked at and are left out. Its quick price
/// (cents) is the price where it has one inspection. Shop-Ware measures nothing in them and has no section: the name leads
/// to it.
///
/// # Errors
/// [`Unread`] where the text is no list of recommendations, or [`Beside`] knows no vehicle.
pub fn read_shopware(text: &str, names: &PartNames, beside: &Beside) -> Result<Vec<Form>, Unread> {
    let value = parse(text)?;
    let document = At::root(&value);
    if document.at("results").value.and_then(Value::as_array).is_none() {
        return Err(document.at("results").unread("is no list"));
    }
    let Some(vehicle) = &beside.vehicle else {
        return Err(document.unread("Shop-Ware's recommendations do not name the vehicle: say which it is"));
    };
    let mut forms = Vec::<Form>::new();
    let mut place = BTreeMap::<String, usize>::new();
    let mut before = Vec::new();
    for result in document.at("results").each(&mut before) {
        let mut aside = core::mem::take(&mut before);
        let order = result.at("repair_order_id").word();
        let ids = order.ok_or_else(|| "is missing".to_owned()).and_then(|order| {
            let ro = RoId::new(order.clone()).map_err(|e| e.to_string())?;
            Ok((InspectionId::new(format!("ro-{order}")).map_err(|e| e.to_string())?, ro, order))
        });
        let (inspection, ro, order) = match ids {
            Ok(ids) => ids,
            Err(reason) => {
                before.push(result.at("repair_order_id").unread(reason));
                continue;
            }
        };
        let at = *place.entry(order).or_insert_with(|| {
            let (vehicle, completed_at) = (vehicle.clone(), beside.completed_at);
            let empty = Inspection { inspection, ro, vehicle, completed_at, findings: Vec::new() };
            forms.push(Form { sheet: Sheet::of(empty), set_aside: Vec::new() });
            forms.len() - 1
        });
        let Some(form) = forms.get_mut(at) else { continue };
        let inspections = result.at("service").at("inspections").each(&mut aside);
        let alone = inspections.len() == 1;
        for found in inspections {
            let state = found.text("state");
            if matches!(state, None | Some("unchecked")) {
                continue;
            }
            let Some(code) = found.color("state", &mut aside) else { continue };
            let Some(item) = found.text("name") else {
                aside.push(found.at("name").unread("is missing"));
                continue;
            };
            let (of, number) = (result.at("id").word(), found.at("id").word());
            let id = format!("{}-{}", of.unwrap_or_default(), number.unwrap_or_default());
            let part = found.part("name", item, names, &mut aside);
            let price =
                if alone { result.at("quick_price_cents").cents(beside.currency, &mut aside) } else { None };
            let status = match result.text("approved") {
                Some("true") => Some("APPROVED"),
                Some("false") => Some("DECLINED"),
                _ => None,
            };
            form.sheet.details.push(Detail {
                finding: id.clone(),
                recommendation: result.text("description").map(str::to_owned),
                status: status.map(str::to_owned),
                ..Detail::default()
            });
            form.sheet.inspection.findings.push(plain(id, item, part, code, price));
        }
        form.set_aside.append(&mut aside);
    }
    match forms.last_mut() {
        Some(form) => form.set_aside.append(&mut before),
        None if !before.is_empty() => return Err(before.remove(0)),
        None => {}
    }
    Ok(forms)
}

/// Reads the inspection a dealer management system keeps inside a repair order: CDK's `visitInspection` rows, flat.
///
/// The document is `{"roNumber": ..., "vehicle": {"vin": ..., "vehId": ...}, "visitInspection": [...]}`; a row's
/// `formName` leads to the part, `itemNo` is its id, and its colour is read from `itemStatus` or `itemStatusDesc`
/// (`G`, `Y`, `R` or the words). Nothing is measured there.
///
/// # Errors
/// [`Unread`] where the text is no such document, or nobody says which order or vehicle it is: [`Beside`] or `vehId`, where
/// that is no VIN.
pub fn read_visit_inspection(text: &str, names: &PartNames, beside: &Beside) -> Result<Form, Unread> {
    let value = parse(text)?;
    let document = At::root(&value);
    let mut aside = Vec::new();
    let order = document.at("roNumber").word();
    let ro =
        id(order.as_deref(), beside.ro.as_ref(), RoId::new).map_err(|e| document.at("roNumber").unread(e))?;
    let inspection = InspectionId::new(ro.as_str()).map_err(|e| document.unread(e.to_string()))?;
    let car = document.at("vehicle");
    let number = car.at("vehId").word().filter(|_| beside.vehicle.is_none());
    if number.as_ref().is_some_and(|number| number.parse::<Vin>().is_ok()) {
        return Err(car.at("vehId").unread("is a VIN: say which of the store's vehicles it is"));
    }
    let vehicle = id(number.as_deref(), beside.vehicle.as_ref(), VehicleId::new)
        .map_err(|e| car.at("vehId").unread(e))?;
    let completed_at = beside.completed_at;
    let mut sheet = Sheet::of(Inspection { inspection, ro, vehicle, completed_at, findings: Vec::new() });
    sheet.vin = car.parsed("vin", &mut aside, |text| text.parse::<Vin>().map_err(|e| e.to_string()));
    for (index, row) in document.at("visitInspection").each(&mut aside).iter().enumerate() {
        let field =
            if row.text("itemStatus").and_then(color).is_some() { "itemStatus" } else { "itemStatusDesc" };
        let Some(code) = row.color(field, &mut aside) else { continue };
        let Some(item) = row.text("formName") else {
            aside.push(row.at("formName").unread("is missing"));
            continue;
        };
        let part = row.part("formName", item, names, &mut aside);
        let id = row.at("itemNo").word().unwrap_or_else(|| (index + 1).to_string());
        let mut finding = plain(id, item, part, code, None);
        finding.note = row.text("itemNotes").map(str::to_owned);
        finding.op_code =
            row.parsed("itemOpCode", &mut aside, |text| OpCode::new(text).map_err(|e| e.to_string()));
        if sheet.technician.is_none() {
            sheet.technician = row.at("technicianId").word();
        }
        sheet.inspection.findings.push(finding);
    }
    Ok(Form { sheet, set_aside: aside })
}

/// Reads the form of this crate: an [`Inspection`] or a [`Sheet`] as JSON, finding by finding and field by field. What does
/// not read is set aside alone, with its path, and the rest goes on: a finding with a bad price is a finding without a price.
///
/// A finding is set aside whole where its id or its colour does not read. Without a section it stands in `other`, without an
/// item it is called by its id, and where nobody can read whether it is a recall it has no price.
///
/// # Errors
/// [`Unread`] where the text is no JSON object, its findings are no list, or it does not say which inspection, order or vehicle
/// it is.
pub fn read_sheet(text: &str) -> Result<Form, Unread> {
    let mut value = parse(text)?;
    let mut aside = Vec::new();
    let Some(document) = value.as_object_mut() else {
        return Err(Unread { path: "document".to_owned(), reason: "is no object".to_owned() });
    };
    let findings = match document.insert("findings".to_owned(), Value::Array(Vec::new())) {
        Some(Value::Array(findings)) => findings,
        _ => return Err(Unread { path: "findings".to_owned(), reason: "is no list".to_owned() }),
    };
    let mut beside = Fields { of: core::mem::take(document), path: String::new() };
    let completed_at = beside.field("completed_at", &mut aside);
    let technician = beside.field("technician", &mut aside);
    let advisor = beside.field("advisor", &mut aside);
    let store = beside.field("store", &mut aside);
    let vin = beside.field("vin", &mut aside);
    let odometer = beside.field("odometer", &mut aside);
    let ro_opened_at = beside.field("ro_opened_at", &mut aside);
    let details = beside.of.remove("details");
    let evidence = beside.of.remove("evidence");
    beside.of.insert("completed_at".to_owned(), Value::Null);
    let inspection: Inspection = serde_json::from_value(Value::Object(beside.of))
        .map_err(|error| Unread { path: "document".to_owned(), reason: error.to_string() })?;
    let mut sheet =
        Sheet { technician, advisor, store, vin, odometer, ro_opened_at, ..Sheet::of(inspection) };
    sheet.inspection.completed_at = completed_at;
    for (index, found) in findings.into_iter().enumerate() {
        sheet.inspection.findings.extend(finding(found, format!("findings[{index}]"), &mut aside));
    }
    sheet.details = rows(details, "details", &mut aside);
    sheet.evidence = rows(evidence, "evidence", &mut aside);
    for index in sheet.stray_evidence() {
        let (path, reason) = (format!("evidence[{index}].finding"), "there is no such finding".to_owned());
        aside.push(Unread { path, reason });
    }
    Ok(Form { sheet, set_aside: aside })
}

/// One finding of our own form, without what does not read.
fn finding(found: Value, path: String, aside: &mut Vec<Unread>) -> Option<Finding> {
    let Value::Object(of) = found else {
        aside.push(Unread { path, reason: "is no object".to_owned() });
        return None;
    };
    let mut found = Fields { of, path };
    let id: String = found.needed("id", aside)?;
    let code = found.needed("code", aside)?;
    let section = found.needed("section", aside).unwrap_or_else(|| "other".to_owned());
    let item = found.needed("item", aside).unwrap_or_else(|| id.clone());
    let before = aside.len();
    let recall: Option<bool> = found.field("recall", aside);
    let doubtful = aside.len() > before;
    let price = found.field("price", aside).filter(|_| !doubtful);
    let mut list = |field: &str| (found.of.remove(field), format!("{}.{field}", found.path));
    let ((measured, measured_at), (photos, photos_at)) = (list("measurements"), list("photos"));
    Some(Finding {
        id,
        section,
        item,
        code,
        measurements: rows(measured, &measured_at, aside),
        photos: rows(photos, &photos_at, aside),
        note: found.field("note", aside),
        service: found.field("service", aside),
        op_code: found.field("op_code", aside),
        price,
        recall: recall.unwrap_or_default(),
    })
}

/// The fields of an object, each read by itself.
struct Fields {
    of: serde_json::Map<String, Value>,
    path: String,
}

impl Fields {
    /// A field that may be left out.
    fn field<T: serde::de::DeserializeOwned>(&mut self, field: &str, aside: &mut Vec<Unread>) -> Option<T> {
        let value = self.of.remove(field)?;
        match serde_json::from_value(value) {
            Ok(value) => value,
            Err(error) => {
                aside.push(self.unread(field, error.to_string()));
                None
            }
        }
    }

    /// A field that may not.
    fn needed<T: serde::de::DeserializeOwned>(&mut self, field: &str, aside: &mut Vec<Unread>) -> Option<T> {
        if self.of.get(field).is_none_or(Value::is_null) {
            aside.push(self.unread(field, "is missing".to_owned()));
            return None;
        }
        self.field(field, aside)
    }

    fn unread(&self, field: &str, reason: String) -> Unread {
        let path = if self.path.is_empty() { field.to_owned() } else { format!("{}.{field}", self.path) };
        Unread { path, reason }
    }
}

/// The rows of a list that read; none where there is no list.
fn rows<T: serde::de::DeserializeOwned>(list: Option<Value>, path: &str, aside: &mut Vec<Unread>) -> Vec<T> {
    list.filter(|list| !list.is_null()).map(|list| each(list, path, aside)).unwrap_or_default()
}

/// The rows of a list that read.
fn each<T: serde::de::DeserializeOwned>(rows: Value, path: &str, aside: &mut Vec<Unread>) -> Vec<T> {
    let Value::Array(rows) = rows else {
        aside.push(Unread { path: path.to_owned(), reason: "is no list".to_owned() });
        return Vec::new();
    };
    let mut read = Vec::with_capacity(rows.len());
    for (index, row) in rows.into_iter().enumerate() {
        match serde_json::from_value(row) {
            Ok(row) => read.push(row),
            Err(error) => aside.push(Unread { path: format!("{path}[{index}]"), reason: error.to_string() }),
        }
    }
    read
}

fn parse(text: &str) -> Result<Value, Unread> {
    let value: Value = serde_json::from_str(text)
        .map_err(|error| Unread { path: "document".to_owned(), reason: error.to_string() })?;
    if value.is_object() {
        Ok(value)
    } else {
        Err(Unread { path: "document".to_owned(), reason: "is no object".to_owned() })
    }
}

fn id<T: Clone, E: fmt::Display>(
    found: Option<&str>,
    beside: Option<&T>,
    new: impl Fn(String) -> Result<T, E>,
) -> Result<T, String> {
    match (found, beside) {
        (Some(text), _) => new(text.to_owned()).map_err(|error| error.to_string()),
        (None, Some(beside)) => Ok(beside.clone()),
        (None, None) => Err("is missing, and nothing is known beside the form".to_owned()),
    }
}

/// Why an amount is set aside whose currency nobody says.
const NO_CURRENCY: &str = "names no currency, and the store's is not known";

/// The name of a measurement that has none but its part's: `ENG OIL` is `eng_oil`.
fn own_name(item: &str) -> String {
    let words = item.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("_")
}

fn section(part: Option<&NamedPart>) -> String {
    part.map_or_else(|| "other".to_owned(), |part| part.section.clone())
}

fn plain(
    id: String,
    item: &str,
    part: Option<&NamedPart>,
    code: InspectionCode,
    price: Option<Money>,
) -> Finding {
    Finding {
        id,
        section: section(part),
        item: item.to_owned(),
        code,
        measurements: Vec::new(),
        photos: Vec::new(),
        note: None,
        service: None,
        op_code: None,
        price,
        recall: false,
    }
}

fn color(text: &str) -> Option<InspectionCode> {
    let first = text.trim().split(|c: char| !c.is_ascii_alphabetic()).next()?;
    match first.to_ascii_uppercase().as_str() {
        "GREEN" | "G" => Some(InspectionCode::Green),
        "YELLOW" | "Y" => Some(InspectionCode::Yellow),
        "RED" | "R" => Some(InspectionCode::Red),
        _ => None,
    }
}

/// A place in a document.
struct At<'a> {
    value: Option<&'a Value>,
    path: String,
}

impl<'a> At<'a> {
    fn root(value: &'a Value) -> Self {
        Self { value: Some(value), path: String::new() }
    }

    fn at(&self, field: &str) -> Self {
        let path = if self.path.is_empty() { field.to_owned() } else { format!("{}.{field}", self.path) };
        Self { value: self.value.and_then(|value| value.get(field)), path }
    }

    fn unread(&self, reason: impl Into<String>) -> Unread {
        let path = if self.path.is_empty() { "document".to_owned() } else { self.path.clone() };
        Unread { path, reason: reason.into() }
    }

    fn list(&self) -> &'a [Value] {
        self.value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// The objects of a list; what is none is set aside. A list that is not there is empty.
    fn each(&self, aside: &mut Vec<Unread>) -> Vec<Self> {
        if self.value.is_some_and(|value| !value.is_array() && !value.is_null()) {
            aside.push(self.unread("is no list"));
        }
        let mut rows = Vec::new();
        for (index, value) in self.list().iter().enumerate() {
            let row = Self { value: Some(value), path: format!("{}[{index}]", self.path) };
            if value.is_object() { rows.push(row) } else { aside.push(row.unread("is no object")) }
        }
        rows
    }

    fn text(&self, field: &str) -> Option<&'a str> {
        let text = self.value?.get(field)?.as_str()?.trim();
        (!text.is_empty()).then_some(text)
    }

    /// Text, or a whole number as text.
    fn word(&self) -> Option<String> {
        match self.value? {
            Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    fn parsed<T>(
        &self,
        field: &str,
        aside: &mut Vec<Unread>,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        match read(self.text(field)?) {
            Ok(value) => Some(value),
            Err(reason) => {
                aside.push(self.at(field).unread(reason));
                None
            }
        }
    }

    fn instant(&self, field: &str, aside: &mut Vec<Unread>) -> Option<DateTime<Utc>> {
        self.parsed(field, aside, |text| {
            let instant = DateTime::parse_from_rfc3339(text);
            instant.map(|at| at.with_timezone(&Utc)).map_err(|error| error.to_string())
        })
    }

    fn color(&self, field: &str, aside: &mut Vec<Unread>) -> Option<InspectionCode> {
        let found = self.text(field);
        let color = found.and_then(color);
        if color.is_none() {
            let reason = found.map_or_else(|| "is missing".to_owned(), |f| format!("{f:?} is no colour"));
            aside.push(self.at(field).unread(reason));
        }
        color
    }

    fn part<'n>(
        &self,
        field: &str,
        item: &str,
        names: &'n PartNames,
        aside: &mut Vec<Unread>,
    ) -> Option<&'n NamedPart> {
        let part = names.find(item);
        if part.is_none() {
            aside.push(self.at(field).unread(format!("{item:?} is no part known here: section other")));
        }
        part
    }

    /// A measurement, or what was seen in words.
    fn measured(
        &self,
        part: Option<&NamedPart>,
        item: &str,
        aside: &mut Vec<Unread>,
    ) -> (Option<Measurement>, Option<String>) {
        let Some(text) = self.at("value").word() else { return (None, None) };
        let Ok(value) = text.parse::<Decimal>() else { return (None, Some(text)) };
        // Where we know no measurement of the part, it is one by the part's own name: oil life in percent.
        let name = part.and_then(|part| part.measured.clone()).unwrap_or_else(|| own_name(item));
        let mut value = value;
        let unit = match self.text("narrative_uom_type") {
            Some("MILLIMETER" | "MILLIMETRE" | "MM") => Some(Unit::Millimetres),
            Some("INCH" | "INCHES") => value.checked_mul(Decimal::ONE_THOUSAND).map(|thousandths| {
                value = thousandths;
                Unit::ThousandthsInch
            }),
            Some("PERCENT") => Some(Unit::Percent),
            Some("VOLT" | "VOLTS") => Some(Unit::Volts),
            Some("POINTS" | "THIRTY_SECONDS" | "32NDS") if name == "tread" => Some(Unit::ThirtySeconds),
            _ => None,
        };
        match unit {
            Some(unit) => {
                let place = part.and_then(|part| part.place.clone());
                (Some(Measurement { name, place, value, unit }), None)
            }
            None => {
                let found = self.text("narrative_uom_type").unwrap_or("no unit");
                let reason = format!("{found} does not measure {item:?}");
                aside.push(self.at("narrative_uom_type").unread(reason));
                (None, Some(text))
            }
        }
    }

    fn star_media(&self, finding: &str, aside: &mut Vec<Unread>) -> Option<Evidence> {
        let Some(href) = self.text("media_href") else {
            aside.push(self.at("media_href").unread("is missing"));
            return None;
        };
        let ending = href.split(['?', '#']).next().and_then(|path| path.rsplit('.').next());
        let ending = ending.map(str::to_ascii_lowercase);
        let medium = match (self.text("media_type"), ending.as_deref()) {
            (Some("IMAGE" | "PHOTO"), _) => Medium::Photo,
            (Some("VIDEO"), _) => Medium::Video,
            (Some("AUDIO" | "VOICE"), _) => Medium::VoiceNote,
            (None, Some("jpg" | "jpeg" | "png" | "webp" | "heic")) => Medium::Photo,
            (None, Some("mp4" | "mov" | "webm")) => Medium::Video,
            (None, Some("m4a" | "mp3" | "wav" | "ogg")) => Medium::VoiceNote,
            (found, _) => {
                let reason = format!("{} is no photo, video or voice note", found.unwrap_or("nothing"));
                aside.push(self.at("media_type").unread(reason));
                return None;
            }
        };
        let taken_at = self.instant("taken_at", aside).or_else(|| self.instant("created_timestamp", aside));
        let (finding, href) = (Some(finding.to_owned()), href.to_owned());
        Some(Evidence { finding, medium, href, taken_at, vin: None, hash: None })
    }

    fn star_money(&self, store: Option<Currency>, aside: &mut Vec<Unread>) -> Option<Money> {
        let text = self.at("value").word()?;
        let read = || {
            let amount = text.parse::<Decimal>().map_err(|error| error.to_string())?;
            let currency = match self.text("currency_code") {
                Some(code) => code.parse().map_err(|e: fixedops_vocab::MoneyError| e.to_string())?,
                None => store.ok_or_else(|| NO_CURRENCY.to_owned())?,
            };
            Money::new(amount, currency).map_err(|error| error.to_string())
        };
        read().map_err(|reason| aside.push(self.at("value").unread(reason))).ok()
    }

    /// Whole cents of the store's currency, written as a float or not.
    fn cents(&self, store: Option<Currency>, aside: &mut Vec<Unread>) -> Option<Money> {
        let text = self.word()?;
        let Some(currency) = store else {
            aside.push(self.unread(NO_CURRENCY));
            return None;
        };
        let cents = text.parse::<Decimal>().ok().filter(|cents| cents.fract().is_zero());
        let money = cents
            .and_then(|cents| cents.checked_mul(Decimal::new(1, 2)))
            .and_then(|amount| Money::new(amount, currency).ok());
        if money.is_none() {
            aside.push(self.unread(format!("{text:?} is no number of cents")));
        }
        money
    }

    fn odometer(&self, aside: &mut Vec<Unread>) -> Option<Miles> {
        let text = self.at("value").word()?;
        let unit = match self.text("uom") {
            Some("MILES" | "MILE" | "MI") => DistanceUnit::Miles,
            Some("KILOMETERS" | "KILOMETER" | "KILOMETRES" | "KM") => DistanceUnit::Kilometres,
            found => {
                let reason = format!("{} is no distance", found.unwrap_or("nothing"));
                aside.push(self.at("uom").unread(reason));
                return None;
            }
        };
        let miles = RawOdometer::parse(&text, unit).ok().and_then(RawOdometer::to_miles);
        if miles.is_none() {
            aside.push(self.at("value").unread(format!("{text:?} is no odometer")));
        }
        miles
    }
}
