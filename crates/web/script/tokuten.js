// The one script of our own. Every page works without it.

const root = document.documentElement;

// The theme: the server remembers it, so that no page ever flashes. The form posts by itself;
// here the page just does not reload.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-tk='theme']");
  if (!button) return;
  event.preventDefault();
  const theme = root.dataset.theme === "dark" ? "light" : "dark";
  const body = new URLSearchParams(new FormData(button.form));
  body.set("theme", theme);
  root.dataset.theme = theme;
  button.value = theme === "dark" ? "light" : "dark";
  fetch(button.form.action, { method: "POST", body, redirect: "manual" });
});

// A stroke on "/" leads to the search, unless somebody is typing.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.closest("input, textarea, select")) return;
  const search = document.querySelector("header [role='search'] input, [role='search'] input");
  if (!search) return;
  event.preventDefault();
  search.focus();
});

// A form is sent once. The button stays where it is and says that it is busy.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
});
// Coming back by the browser's own button finds the form as it was.
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

// A message of the checker leads to its line in the text.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-line]");
  const text = document.getElementById("text");
  if (!link || !text) return;
  event.preventDefault();
  const lines = text.value.split("\n");
  const before = lines.slice(0, link.dataset.line - 1).join("\n").length;
  const start = before + (link.dataset.line > 1 ? 1 : 0) + Number(link.dataset.column) - 1;
  text.focus();
  text.setSelectionRange(start, start + 1);
  text.scrollTop = (link.dataset.line - 4) * (text.scrollHeight / lines.length);
});

// The menu of the person closes when somebody clicks beside it.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.tk-me[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// Live figures: the server says that something changed that the reader may see; the page is asked
// for again, and what differs is put in its place. So rights and formats are those of the page.
const live = () => [...document.querySelectorAll("[data-live]")];
let asked = false;
let again = false;

async function refresh() {
  if (asked) {
    again = true;
    return;
  }
  asked = true;
  try {
    const answer = await fetch(location.href, { headers: { "X-Live": "1" } });
    if (answer.ok && !answer.redirected) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const old of live()) {
        const fresh = page.querySelector(`[data-live="${CSS.escape(old.dataset.live)}"]`);
        if (!fresh || fresh.innerHTML === old.innerHTML) continue;
        if (old.contains(document.activeElement)) continue;
        old.replaceChildren(...fresh.childNodes);
        old.classList.add("tk-changed");
        setTimeout(() => old.classList.remove("tk-changed"), 1000);
      }
    }
  } catch {
    // Offline: the next event asks again.
  }
  setTimeout(() => {
    asked = false;
    if (again) {
      again = false;
      refresh();
    }
  }, 500);
}

if (live().length > 0 && location.protocol.startsWith("http")) {
  const events = new EventSource("/events");
  events.addEventListener("changed", refresh);
  // What happened between the drawing of the page and now, or while the line was cut.
  events.addEventListener("open", refresh);
}

/* A form whose answer stands beside it: it follows what is typed. Nothing is saved by looking. */
for (const box of document.querySelectorAll("[data-follow]")) {
  const form = box.querySelector("form");
  let timer;
  let turn = 0;
  const look = async () => {
    const mine = ++turn;
    const fields = new URLSearchParams(new FormData(form));
    fields.set("do", "look");
    const answer = await fetch(form.action, { method: "POST", body: fields });
    if (!answer.ok || mine !== turn) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of [box.dataset.follow, ".tk-form .tk-buttons"]) {
      const there = document.querySelector(part);
      const here = page.querySelector(part);
      if (there && here) there.replaceWith(here);
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, 400);
  });
}

/* Games. What was won is on the page already: here it is covered, and uncovered by a scratch, a turn
   of the wheel or a button. */
for (const game of document.querySelectorAll("[data-game][data-covered]")) {
  const card = game.querySelector(".tk-game__card");
  const result = game.querySelector(".tk-game__result");
  const tools = game.querySelector(".tk-game__tools");
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let cover;
  const show = () => {
    if (!("covered" in game.dataset)) return;
    cover?.remove();
    result.inert = false;
    tools.hidden = true;
    delete game.dataset.covered;
    result.classList.remove("tk-is-hidden");
    // Said once it is seen: a region speaks when what it holds changes.
    const said = [...result.childNodes];
    result.replaceChildren();
    requestAnimationFrame(() => result.replaceChildren(...said));
  };
  result.classList.add("tk-is-hidden");
  tools.hidden = false;
  tools.querySelector("[data-game-show]").addEventListener("click", () => {
    show();
    card.tabIndex = -1;
    card.focus();
  });
  if (game.dataset.game === "wheel") {
    const disc = game.querySelector(".tk-wheel__disc");
    const land = Number(disc.dataset.land);
    if (still) {
      show();
      continue;
    }
    disc.animate(
      [{ transform: "rotate(0deg)" }, { transform: `rotate(${land + 5 * 360}deg)` }],
      { duration: 4200, easing: "cubic-bezier(0.12, 0.7, 0.1, 1)" },
    ).finished.then(show, show);
    continue;
  }
  cover = document.createElement("canvas");
  cover.className = "tk-game__cover";
  cover.setAttribute("aria-hidden", "true");
  card.append(cover);
  const { width, height } = card.getBoundingClientRect();
  const scale = devicePixelRatio || 1;
  cover.width = width * scale;
  cover.height = height * scale;
  const pen = cover.getContext("2d");
  pen.scale(scale, scale);
  pen.fillStyle = getComputedStyle(root).getPropertyValue("--mui-border-strong").trim() || "#9aa4b2";
  pen.fillRect(0, 0, width, height);
  pen.globalCompositeOperation = "destination-out";
  pen.lineWidth = 44;
  pen.lineCap = "round";
  pen.lineJoin = "round";
  // The cover hides what is below it, so that it may be there now.
  result.classList.remove("tk-is-hidden");
  result.inert = true;
  let last;
  const at = (event) => {
    const box = cover.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  // Columns and rows of fields that were touched: half of them uncover the rest.
  const [columns, rows] = [12, 6];
  const touched = new Set();
  const scratch = (event) => {
    if (!last) return;
    const [x, y] = at(event);
    pen.beginPath();
    pen.moveTo(...last);
    pen.lineTo(x, y);
    pen.stroke();
    const steps = Math.max(1, Math.ceil(Math.hypot(x - last[0], y - last[1]) / 10));
    for (let step = 0; step <= steps; step += 1) {
      const px = last[0] + ((x - last[0]) * step) / steps;
      const py = last[1] + ((y - last[1]) * step) / steps;
      touched.add(`${Math.floor((px / width) * columns)}/${Math.floor((py / height) * rows)}`);
    }
    last = [x, y];
    if (touched.size >= (columns * rows) / 3) {
      last = undefined;
      show();
    }
  };
  cover.addEventListener("pointerdown", (event) => {
    cover.setPointerCapture(event.pointerId);
    last = at(event);
    scratch(event);
  });
  cover.addEventListener("pointermove", scratch);
  for (const end of ["pointerup", "pointercancel"]) {
    cover.addEventListener(end, () => {
      last = undefined;
    });
  }
}
