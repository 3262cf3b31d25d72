//! A headless Chromium, driven by chromedriver over a port of its own.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use engine::db::testing::{TempFolder, skip};
use fantoccini::actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::wd::{Capabilities, WindowHandle};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// A machine that does other things as well is slow.
const PATIENCE: Duration = Duration::from_mins(1);

/// What is held in the hand, or stands on the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    Desk,
    /// 390 px wide.
    Phone,
}

pub struct Browser {
    client: Client,
    driver: Child,
    _profile: TempFolder,
}

impl Browser {
    /// Starts both, or says what is missing.
    pub async fn start() -> Option<Browser> {
        Browser::start_as(Screen::Desk).await
    }

    /// The same, on a screen of that kind.
    pub async fn start_as(screen: Screen) -> Option<Browser> {
        let found = [which("chromedriver"), which("chromium")];
        let [Some(driver), Some(chromium)] = found else {
            skip("a browser", "install chromium and chromedriver (chromium-driver)");
            return None;
        };
        let mut driver = Command::new(driver)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("chromedriver starts");
        let port = port(&mut driver).await;
        let profile = TempFolder::new("chromium");
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities(&chromium, profile.path(), screen))
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("chromium starts");
        if screen == Screen::Desk {
            client.set_window_size(1280, 900).await.expect("a window");
        }
        Some(Browser { client, driver, _profile: profile })
    }

    pub async fn end(mut self) {
        self.client.close().await.expect("the session ends");
        self.driver.kill().await.expect("chromedriver ends");
    }

    /// As a new person would come: without cookies.
    pub async fn forget(&self) {
        self.client.delete_all_cookies().await.expect("cookies go");
    }

    pub async fn open(&self, url: &str) {
        self.client.goto(url).await.expect("a page");
    }

    pub async fn fill(&self, name: &str, text: &str) {
        let field = format!("input[name='{name}']");
        let field = self.sees_element(Locator::Css(&field)).await;
        field.send_keys(text).await.expect("a field");
    }

    /// Writes over what stands in a field.
    pub async fn write(&self, selector: &str, text: &str) {
        let field = self.sees_element(Locator::Css(selector)).await;
        field.clear().await.unwrap_or_else(|error| panic!("`{selector}` empties: {error}"));
        field.send_keys(text).await.unwrap_or_else(|error| panic!("`{selector}` fills: {error}"));
    }

    /// The same where there is such a field: some pages ask only if something is unusual.
    pub async fn write_if_asked(&self, selector: &str, text: &str) {
        let asked = self.client.find_all(Locator::Css(selector)).await.expect("fields");
        if let Some(field) = asked.first() {
            field.send_keys(text).await.unwrap_or_else(|error| panic!("`{selector}`: {error}"));
        }
    }

    /// Picks a day in a calendar. How it is typed depends on the country of the machine.
    pub async fn pick_day(&self, selector: &str, day: &str) {
        self.sees_element(Locator::Css(selector)).await;
        let script = "const field = document.querySelector(arguments[0]); \
                      field.value = arguments[1]; \
                      field.dispatchEvent(new Event('input', { bubbles: true })); \
                      field.dispatchEvent(new Event('change', { bubbles: true })); \
                      return field.type + ' ' + field.value;";
        let said = self.client.execute(script, vec![json!(selector), json!(day)]).await;
        assert_eq!(
            said.expect("a day"),
            json!(format!("date {day}")),
            "`{selector}` is a calendar"
        );
    }

    /// Chooses one of a list by its value.
    pub async fn choose(&self, selector: &str, value: &str) {
        let field = self.sees_element(Locator::Css(selector)).await;
        let chosen = field.select_by_value(value).await;
        chosen.unwrap_or_else(|error| panic!("`{selector}` offers `{value}`: {error}"));
    }

    /// Ticks every box of a kind there is.
    pub async fn tick_all(&self, selector: &str) {
        for one in self.client.find_all(Locator::Css(selector)).await.expect("boxes") {
            one.click().await.expect("a box");
        }
    }

    /// What a link leads to, fetched with the cookies of the page.
    pub async fn download(&self, locator: Locator<'_>) -> Vec<u8> {
        let link = self.sees_element(locator).await;
        let href = link.attr("href").await.expect("a link").expect("it leads somewhere");
        let script = "const [path, done] = arguments; fetch(path).then(async (answer) => \
                      done([answer.status, Array.from(new Uint8Array(await answer.arrayBuffer()))]));";
        let said = self.client.execute_async(script, vec![json!(href)]).await.expect("an answer");
        assert_eq!(said[0], json!(200), "{href}");
        let byte = |value: &Value| value.as_u64().and_then(|byte| u8::try_from(byte).ok());
        let bytes = said[1].as_array().into_iter().flatten().map(byte);
        bytes.collect::<Option<Vec<u8>>>().expect("bytes")
    }

    /// Nothing on a phone is wider than the phone.
    pub async fn fits(&self) {
        let script =
            "return [document.documentElement.scrollWidth, window.innerWidth, location.href]";
        let said = self.client.execute(script, vec![]).await.expect("widths");
        assert_eq!((said[0].as_u64(), said[1].as_u64()), (Some(390), Some(390)), "{}", said[2]);
    }

    pub async fn choose_file(&self, name: &str, path: &Path) {
        self.fill(name, &path.display().to_string()).await;
    }

    /// Clicks the first of them that is drawn: some are for another width.
    pub async fn press(&self, selector: &str) {
        loop {
            self.sees_element(Locator::Css(selector)).await;
            match self.press_drawn(selector).await {
                Ok(true) => return,
                // The page before was still there.
                Ok(false) => {}
                Err(error) if error.to_string().contains("stale element") => {}
                Err(error) => panic!("`{selector}` clicks: {error}"),
            }
        }
    }

    /// Whether there was one.
    async fn press_drawn(&self, selector: &str) -> Result<bool, CmdError> {
        let mut all = self.client.find_all(Locator::Css(selector)).await?.into_iter();
        let mut drawn = all.next();
        for one in all {
            if matches!(&drawn, Some(first) if first.is_displayed().await?) {
                break;
            }
            drawn = Some(one);
        }
        let Some(drawn) = drawn else { return Ok(false) };
        self.bring_up(&drawn).await?;
        drawn.click().await.map(|()| true)
    }

    /// Scrolls as people do, so that what stays in its place on a phone covers nothing.
    async fn bring_up(&self, element: &Element) -> Result<(), CmdError> {
        let element = serde_json::to_value(element).expect("a reference");
        let script = "arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })";
        self.client.execute(script, vec![element]).await.map(|_| ())
    }

    /// Draws a finger over an element, line by line, until it is not there any more.
    #[expect(clippy::float_arithmetic, reason = "places on a screen")]
    pub async fn scratch(&self, selector: &str) {
        let element = self.sees_element(Locator::Css(selector)).await;
        self.bring_up(&element).await.expect("it scrolls");
        let (_, _, width, height) = element.rectangle().await.expect("a rectangle");
        let mut finger = MouseActions::new("finger".to_owned());
        let mut is_down = false;
        for line in -3..=3_i32 {
            for side in [-0.45, 0.45] {
                let (x, y) = (side * width, f64::from(line) * height / 8.0);
                finger = finger.then(PointerAction::MoveToElement {
                    element: element.clone(),
                    duration: None,
                    x,
                    y,
                });
                if !is_down {
                    finger = finger.then(PointerAction::Down { button: MOUSE_BUTTON_LEFT });
                    is_down = true;
                }
            }
        }
        finger = finger.then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
        let done = self.client.perform_actions(finger).await;
        // The cover goes while it is scratched.
        if let Err(error) = done {
            assert!(error.to_string().contains("stale"), "the card is scratched: {error}");
        }
    }

    pub async fn press_link(&self, text: &str) {
        let link = self.sees_element(Locator::LinkText(text)).await;
        self.bring_up(&link).await.expect("it scrolls");
        link.click().await.unwrap_or_else(|error| panic!("`{text}` clicks: {error}"));
    }

    pub async fn sees_element(&self, locator: Locator<'_>) -> fantoccini::elements::Element {
        let found = self.client.wait().at_most(PATIENCE).for_element(locator).await;
        match found {
            Ok(found) => found,
            Err(error) => panic!("no {locator:?}: {error}\n{}", self.text().await),
        }
    }

    /// Waits until the page says this. Spaces are not compared: some are drawn, not written.
    pub async fn sees(&self, text: &str) {
        let text = text.replace(' ', "");
        let quote = if text.contains('\'') { '"' } else { '\'' };
        let path = format!("//body[contains(translate(., ' \u{a0}\n', ''), {quote}{text}{quote})]");
        self.sees_element(Locator::XPath(&path)).await;
    }

    pub async fn does_not_see(&self, text: &str) {
        let page = self.text().await;
        assert!(!page.contains(text), "`{text}` stands in:\n{page}");
    }

    /// Waits until a page of that path is open and drawn.
    pub async fn sees_at(&self, path: &str) {
        let here = async || self.client.current_url().await.expect("an address");
        for _ in 0..PATIENCE.as_secs() * 5 {
            if here().await.path() == path {
                return;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        panic!("not at `{path}` but at `{}`:\n{}", here().await, self.text().await);
    }

    async fn text(&self) -> String {
        let text = self.client.execute("return document.body.innerText", vec![]).await;
        text.ok().and_then(|text| text.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// Marks the page, so that loading it again would be noticed.
    pub async fn note_that_it_stays(&self) {
        self.client.execute("window.stays = true", vec![]).await.expect("a mark");
    }

    pub async fn stayed(&self) -> bool {
        let stayed = self.client.execute("return window.stays === true", vec![]).await;
        stayed.expect("the mark") == Value::Bool(true)
    }

    /// Opens another window and goes there; gives the one that was left.
    pub async fn another_window(&self) -> WindowHandle {
        let before = self.client.window().await.expect("a window");
        let new = self.client.new_window(true).await.expect("another window");
        self.client.switch_to_window(new.handle).await.expect("it opens");
        before
    }

    pub async fn back_to(&self, window: WindowHandle) {
        self.client.close_window().await.expect("it closes");
        self.client.switch_to_window(window).await.expect("the other window");
    }

    /// The status of an address, asked by the page with its own cookies.
    pub async fn status(&self, path: &str, headers: Value) -> u64 {
        let script = "const [path, headers, done] = arguments; \
                      fetch(path, { headers }).then((answer) => done(answer.status));";
        let status = self.client.execute_async(script, vec![json!(path), headers]).await;
        status.expect("an answer").as_u64().expect("a status")
    }
}

fn which(program: &str) -> Option<std::path::PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// The port it took, as it says itself.
async fn port(driver: &mut Child) -> u16 {
    let output = driver.stdout.take().expect("its output");
    let mut lines = BufReader::new(output).lines();
    while let Some(line) = lines.next_line().await.expect("it speaks") {
        let said = line.split("successfully on port ").nth(1);
        if let Some(port) = said.and_then(|port| port.trim_end_matches('.').parse().ok()) {
            // It goes on speaking, and nobody may close its mouth.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return port;
        }
    }
    panic!("chromedriver ended without saying its port");
}

fn capabilities(chromium: &Path, profile: &Path, screen: Screen) -> Capabilities {
    let profile = format!("--user-data-dir={}", profile.display());
    let mut options = json!({
        "binary": chromium,
        "args": [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--lang=en",
            profile,
        ],
    });
    if screen == Screen::Phone {
        // A window of its own cannot be that narrow.
        let metrics = json!({ "width": 390, "height": 844, "pixelRatio": 1.5, "touch": true });
        options["mobileEmulation"] = json!({ "deviceMetrics": metrics });
    }
    [("goog:chromeOptions".to_owned(), options)].into_iter().collect()
}
