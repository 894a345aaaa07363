//! A real headless Chromium, spoken to by its DevTools protocol.

use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use tungstenite::{Message, WebSocket};

const NAMES: [&str; 4] = ["chromium", "chromium-headless-shell", "chromium-browser", "google-chrome"];

/// No answer takes longer than this, on however slow a machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser of its own, with an empty profile, ended when dropped.
pub struct Chromium {
    child: Child,
    socket: WebSocket<TcpStream>,
    session: String,
    calls: u64,
    events: Vec<Value>,
    _profile: TempDir,
}

/// How a page is looked at.
#[derive(Clone, Copy, Debug)]
pub struct View {
    pub width: u32,
    pub height: u32,
    pub dark: bool,
    pub print: bool,
}

impl Chromium {
    pub fn start() -> Self {
        let name = std::env::var("FIXEDOPS_CHROMIUM").ok().or_else(|| {
            let there = |name: &&str| {
                let said =
                    Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
                said.is_ok_and(|status| status.success())
            };
            NAMES.iter().find(|name| there(name)).map(|name| (*name).to_owned())
        });
        let name =
            name.unwrap_or_else(|| panic!("no Chromium here (looked for {NAMES:?} and FIXEDOPS_CHROMIUM)"));
        let profile = TempDir::new().unwrap();
        let child = Command::new(&name)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            .args(["--disable-dev-shm-usage", "--hide-scrollbars", "--remote-debugging-port=0"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut child = Ended(Some(child));
        let (port, path) = address(profile.path(), &name);
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let (socket, _) = tungstenite::client(format!("ws://127.0.0.1:{port}{path}"), stream).unwrap();
        let child = child.0.take().unwrap();
        let mut it =
            Self { child, socket, session: String::new(), calls: 0, events: Vec::new(), _profile: profile };
        let target = it.call("Target.createTarget", json!({ "url": "about:blank" }));
        let attached =
            it.call("Target.attachToTarget", json!({ "targetId": target["targetId"], "flatten": true }));
        it.session = attached["sessionId"].as_str().unwrap().to_owned();
        for domain in ["Page", "Network", "Runtime", "Log"] {
            it.call(&format!("{domain}.enable"), json!({}));
        }
        it
    }

    /// Opens a file as `view` says; what the browser complained of and where it went is in [`Self::heard`].
    pub fn open(&mut self, file: &Path, view: View) {
        self.view(view);
        self.events.clear();
        let url = format!("file://{}", file.canonicalize().unwrap().display());
        let said = self.call("Page.navigate", json!({ "url": url }));
        assert!(said.get("errorText").is_none(), "{said}");
        self.wait_for("Page.loadEventFired");
    }

    pub fn view(&mut self, view: View) {
        let mobile = view.width < 600;
        self.call(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": view.width, "height": view.height, "deviceScaleFactor": 1, "mobile": mobile }),
        );
        let scheme = if view.dark { "dark" } else { "light" };
        self.call(
            "Emulation.setEmulatedMedia",
            json!({
                "media": if view.print { "print" } else { "screen" },
                "features": [{ "name": "prefers-color-scheme", "value": scheme }],
            }),
        );
    }

    /// The value of an expression on the page.
    pub fn evaluate(&mut self, expression: &str) -> Value {
        let said = self.call("Runtime.evaluate", json!({ "expression": expression, "returnByValue": true }));
        assert!(said.get("exceptionDetails").is_none(), "{said}");
        said["result"]["value"].clone()
    }

    /// The page printed: a PDF.
    pub fn print(&mut self, width_inches: f64, height_inches: f64) -> Vec<u8> {
        let said = self.call(
            "Page.printToPDF",
            json!({
                "paperWidth": width_inches, "paperHeight": height_inches, "printBackground": false,
                "preferCSSPageSize": false, "generateTaggedPDF": true,
            }),
        );
        data_encoding::BASE64.decode(said["data"].as_str().unwrap().as_bytes()).unwrap()
    }

    /// The whole page as a PNG.
    pub fn picture(&mut self) -> Vec<u8> {
        let said =
            self.call("Page.captureScreenshot", json!({ "format": "png", "captureBeyondViewport": true }));
        data_encoding::BASE64.decode(said["data"].as_str().unwrap().as_bytes()).unwrap()
    }

    /// Addresses the page asked for besides itself, and what the browser complained of, since it was opened.
    pub fn heard(&mut self) -> Vec<String> {
        // What is still under way is in front of the next answer.
        self.evaluate("1");
        let mut heard = Vec::new();
        for event in &self.events {
            let params = &event["params"];
            match event["method"].as_str().unwrap_or_default() {
                "Network.requestWillBeSent" if params["type"] != "Document" => {
                    let url = params["request"]["url"].as_str().unwrap_or_default();
                    if !url.starts_with("data:") {
                        heard.push(format!("asked for {url}"));
                    }
                }
                "Runtime.consoleAPICalled" => heard.push(format!("console: {}", params["args"])),
                "Runtime.exceptionThrown" => heard.push(format!("exception: {}", params["exceptionDetails"])),
                "Log.entryAdded" => heard.push(format!("log: {}", params["entry"]["text"])),
                _ => {}
            }
        }
        heard
    }

    fn call(&mut self, method: &str, params: Value) -> Value {
        self.calls += 1;
        let mut call = json!({ "id": self.calls, "method": method, "params": params });
        if !self.session.is_empty() {
            call["sessionId"] = Value::from(self.session.clone());
        }
        self.socket.send(Message::text(call.to_string())).unwrap();
        loop {
            let said = self.read(method);
            if said["id"] == self.calls {
                assert!(said.get("error").is_none(), "{method}: {}", said["error"]);
                return said["result"].clone();
            }
            self.events.push(said);
        }
    }

    fn wait_for(&mut self, method: &str) {
        while !self.events.iter().any(|event| event["method"] == method) {
            let said = self.read(method);
            self.events.push(said);
        }
    }

    fn read(&mut self, waiting_for: &str) -> Value {
        loop {
            match self.socket.read() {
                Ok(Message::Text(text)) => return serde_json::from_str(&text).unwrap(),
                Ok(_) => {}
                Err(error) => panic!("{waiting_for}: the browser does not answer: {error}"),
            }
        }
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.socket.send(Message::text(json!({ "id": 0, "method": "Browser.close" }).to_string()));
        let until = Instant::now() + Duration::from_secs(5);
        while Instant::now() < until && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A child that does not outlive a failed start.
struct Ended(Option<Child>);

impl Drop for Ended {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Where the browser listens: it writes it into its profile.
fn address(profile: &Path, name: &str) -> (u16, String) {
    let until = Instant::now() + PATIENCE;
    loop {
        let text = fs::read_to_string(profile.join("DevToolsActivePort")).unwrap_or_default();
        if let Some((port, path)) = text.trim_end().split_once('\n')
            && let Ok(port) = port.parse()
        {
            return (port, path.to_owned());
        }
        assert!(Instant::now() < until, "{name} does not say where it listens");
        std::thread::sleep(Duration::from_millis(50));
    }
}
