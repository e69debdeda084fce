// What pages do beyond being read. Text that comes from outside is only ever set as text.
"use strict";

const element = (name, className, text) => {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
};

const digits = (value) => String(Number(value.toPrecision(3)));

const card = (told) => {
  const made = element("a", `card ${told.decision}`);
  made.href = told.links.page;
  if (told.links.image) {
    const image = element("img");
    image.src = `${told.links.inspection}/preview.png?side=320`;
    image.alt = "";
    made.append(image);
  }
  const unlike = told.unlike.length ? ", unlike good images" : "";
  made.append(
    element("strong", "", told.decision),
    element("span", "", told.image + (told.part ? ` · part ${told.part}` : "")),
    element("span", "", `score ${digits(told.score)}, p ${digits(told.pValue)}${unlike}`),
    element("time", "", `${told.time.slice(0, 10)} ${told.time.slice(11, 19)} UTC`));
  return made;
};

const live = (latest) => {
  const others = document.getElementById("others");
  const stop = document.getElementById("stop");
  const state = document.getElementById("state");
  let isStopped = false;
  const events = new EventSource(`/v1/events?after=${latest.dataset.last}`);
  events.onopen = () => { state.textContent = "Live."; };
  events.onerror = () => { state.textContent = "The service does not answer; trying again …"; };
  events.addEventListener("inspection", (event) => {
    if (isStopped) return;
    const told = JSON.parse(event.data);
    const before = latest.querySelector(".card");
    if (before) others.prepend(before);
    latest.replaceChildren(card(told));
    while (others.children.length > 23) others.lastElementChild.remove();
    if (stop.checked && told.decision === "anomalous") {
      isStopped = true;
      state.textContent = "Stopped at an anomaly. Clear the box to continue.";
    }
  });
  stop.addEventListener("change", () => {
    if (!stop.checked && isStopped) location.reload();
  });
};

const inspection = (heat) => {
  const opacity = document.getElementById("opacity");
  const show = () => { heat.style.opacity = opacity.value / 100; };
  opacity.addEventListener("input", show);
  show();
  const boxes = document.getElementById("boxes");
  const drawing = document.querySelector("#stack svg");
  boxes.addEventListener("change", () => {
    drawing.style.visibility = boxes.checked ? "visible" : "hidden";
  });
};

const feedback = (form) => {
  document.addEventListener("keydown", (event) => {
    if (event.target.matches("input:not([type=range]):not([type=checkbox]), select")) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const label = { g: "good", d: "defect", u: "unsure" }[event.key];
    if (label) form.querySelector(`button[value=${label}]`).click();
    if (event.key === "n") document.getElementById("later")?.click();
    const opacity = document.getElementById("opacity");
    if (event.key === "m" && opacity) {
      opacity.value = opacity.value > 0 ? 0 : 70;
      opacity.dispatchEvent(new Event("input"));
    }
  });
};

const trying = (form) => {
  const said = document.getElementById("said");
  const send = async (file) => {
    if (!file) { said.textContent = "Choose an image first."; return; }
    said.textContent = "Inspecting …";
    const headers = { "Content-Type": file.type || "application/octet-stream", "Image-Name": encodeURIComponent(file.name) };
    const part = document.getElementById("part").value;
    if (part) headers["Part-Number"] = encodeURIComponent(part);
    const model = encodeURIComponent(document.getElementById("model").value);
    try {
      const response = await fetch(`/v1/models/${model}/inspections?explain=1`, { method: "POST", headers, body: file });
      const told = await response.json();
      if (response.ok) location.href = told.links.page;
      else said.textContent = told.detail;
    } catch { said.textContent = "The service does not answer. Try again."; }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(document.getElementById("file").files[0]);
  });
  form.addEventListener("dragover", (event) => { event.preventDefault(); form.classList.add("over"); });
  form.addEventListener("dragleave", () => form.classList.remove("over"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("over");
    send(event.dataTransfer.files[0]);
  });
};

// A slider over the rates of a model, which moves the threshold in its histogram.
const rate = (form) => {
  const select = form.querySelector("select");
  const line = form.closest(".model").querySelector(".threshold");
  const slider = element("input");
  Object.assign(slider, { type: "range", min: 0, max: select.options.length - 1, value: select.selectedIndex });
  slider.setAttribute("aria-label", "False alarms");
  const show = () => {
    const chosen = select.options[select.selectedIndex];
    slider.value = select.selectedIndex;
    slider.setAttribute("aria-valuetext", chosen.text);
    for (const end of ["x1", "x2"]) line.setAttribute(end, chosen.dataset.x);
  };
  slider.addEventListener("input", () => { select.selectedIndex = slider.value; show(); });
  select.addEventListener("change", show);
  form.prepend(slider);
  show();
};
document.querySelectorAll("form.rate").forEach(rate);

for (const [id, start] of [["latest", live], ["heat", inspection], ["feedback", feedback], ["try", trying]]) {
  const found = document.getElementById(id);
  if (found) start(found);
}
