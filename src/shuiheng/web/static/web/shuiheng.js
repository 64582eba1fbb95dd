// What the pages gain with JavaScript: keys, a switch of looks, explanations beside the page,
// values read off a chart. Every page works without it.
(function () {
  "use strict";
  const one = (selector, within) => (within || document).querySelector(selector);
  const all = (selector, within) => Array.from((within || document).querySelectorAll(selector));

  // light and dark
  const themeSwitch = one("#theme-switch");
  if (themeSwitch) {
    themeSwitch.hidden = false;
    themeSwitch.addEventListener("click", () => {
      const root = document.documentElement;
      const dark = root.dataset.theme
        ? root.dataset.theme === "dark"
        : matchMedia("(prefers-color-scheme: dark)").matches;
      root.dataset.theme = dark ? "light" : "dark";
      try { localStorage.setItem("shuiheng.theme", root.dataset.theme); } catch (error) { /* forbidden */ }
    });
  }

  // filters apply as soon as a choice is made
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form.filters");
    if (form && event.target.matches("select")) form.requestSubmit();
  });

  // an explanation opens beside the page (htmx fetches it; the link leads to the same address)
  const beside = one("#beside");
  let before = null;
  function closeBeside() {
    if (!beside || beside.hidden) return false;
    beside.hidden = true;
    if (before) before.focus();
    return true;
  }
  if (beside) {
    document.addEventListener("htmx:afterSwap", (event) => {
      if (event.target.id !== "beside-content") return;
      before = event.detail.requestConfig ? event.detail.requestConfig.elt : null;
      beside.hidden = false;
      const whole = one("#beside-whole");
      if (whole && event.detail.pathInfo) whole.href = event.detail.pathInfo.requestPath;
      one("#beside-close").focus();
      beside.scrollTop = 0;
    });
    one("#beside-close").addEventListener("click", closeBeside);
  }

  // keys
  const keys = one("#keys");
  let rows = [];
  let at = -1;
  let waiting = false;
  function step(by) {
    rows = all("[data-row]").filter((row) => row.offsetParent !== null);
    if (!rows.length) return;
    if (rows[at]) rows[at].classList.remove("at");
    at = Math.min(Math.max(at + by, 0), rows.length - 1);
    rows[at].classList.add("at");
    const link = one("a", rows[at]);
    if (link) link.focus({ preventScroll: true });
    rows[at].scrollIntoView({ block: "nearest" });
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && closeBeside()) return;
    if (event.target.closest("input, select, textarea")) return;
    if (waiting) {
      waiting = false;
      const link = one('[data-go="' + event.key + '"]');
      if (link) { event.preventDefault(); link.click(); }
      return;
    }
    if (event.key === "/") { event.preventDefault(); const box = one("#search"); if (box) box.focus(); }
    else if (event.key === "g") { waiting = true; setTimeout(() => { waiting = false; }, 1200); }
    else if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "?" && keys && keys.showModal) keys.showModal();
  });

  // reading values off a chart
  function readOff(group) {
    const chart = group.closest(".chart");
    all(".hit.at", chart).forEach((other) => other.classList.remove("at"));
    group.classList.add("at");
    const words = one("title", group);
    const output = one("output", chart);
    if (words && output) output.textContent = words.textContent;
  }
  document.addEventListener("pointerover", (event) => {
    const group = event.target.closest(".hit");
    if (group) readOff(group);
  });
  document.addEventListener("keydown", (event) => {
    const plot = event.target.closest && event.target.closest("svg.plot");
    if (!plot || (event.key !== "ArrowLeft" && event.key !== "ArrowRight")) return;
    const hits = all(".hit", plot);
    let now = hits.findIndex((hit) => hit.classList.contains("at"));
    now = Math.min(Math.max(now + (event.key === "ArrowRight" ? 1 : -1), 0), hits.length - 1);
    if (hits[now]) { event.preventDefault(); readOff(hits[now]); }
  });

  // a chart as a picture: the drawing with its present colours
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-picture]");
    if (!button) return;
    const plot = all("svg.plot", button.closest(".chart")).find((svg) => svg.getClientRects().length);
    if (!plot) return;
    const copy = plot.cloneNode(true);
    const real = all("*", plot);
    all("*", copy).forEach((node, place) => {
      const style = getComputedStyle(real[place]);
      ["fill", "stroke", "stroke-width", "stroke-dasharray", "font-size", "font-weight", "color", "fill-opacity"]
        .forEach((name) => node.setAttribute(name, style.getPropertyValue(name)));
    });
    const patterns = one("#patterns");
    if (patterns) copy.insertBefore(patterns.cloneNode(true), copy.firstChild);
    const box = plot.viewBox.baseVal;
    const ground = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    ground.setAttribute("width", box.width);
    ground.setAttribute("height", box.height);
    ground.setAttribute("fill", getComputedStyle(document.body).backgroundColor);
    copy.insertBefore(ground, copy.firstChild);
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    copy.setAttribute("font-family", "sans-serif");
    copy.setAttribute("width", box.width);
    copy.setAttribute("height", box.height);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" }));
    link.download = (button.dataset.picture || "chart") + ".svg";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
  all("[data-needs-js]").forEach((element) => { element.hidden = false; });
})();
