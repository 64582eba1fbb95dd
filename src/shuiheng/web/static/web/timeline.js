// The chart of a meter: a click, a drag over bars or a key loads another stretch of time, and only
// the chart with what belongs to it. Every one of these is a plain link without scripts.
(function () {
  "use strict";
  const one = (selector, within) => (within || document).querySelector(selector);
  const all = (selector, within) => Array.from((within || document).querySelectorAll(selector));

  function load(address, focus) {
    const section = one("#meter-chart");
    if (!section || !window.htmx) return;
    section.classList.add("loading");
    window.htmx.ajax("GET", address, { target: "#meter-chart", swap: "outerHTML" }).then(() => {
      all("#meter-chart [data-needs-js]").forEach((element) => { element.hidden = false; });
      const there = focus && all(focus).find((element) => element.getClientRects().length);
      const now = there || one("#meter-chart");
      if (now) now.focus({ preventScroll: true });
    }, () => { location.assign(address.replace("/chart/?", "/?")); });
  }
  const fragment = (address) => address.replace("/?", "/chart/?");
  const asks = (hit) => new URLSearchParams(one("a", hit).getAttribute("href").split("?")[1]);
  const plain = (event) =>
    event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;

  // links that have a fragment: the section alone is loaded
  let dragged = false;
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a[data-fragment], svg.timeline a[href]");
    if (!link || !link.closest("#meter-chart") || !plain(event) || !window.htmx) return;
    event.preventDefault();
    if (dragged) { dragged = false; return; }
    const inPlot = link.closest("svg.plot");
    const address = link.getAttribute("href");
    if (inPlot && address.includes("/how/?")) {
      window.htmx.ajax("GET", address,
        { target: "#beside-content", swap: "innerHTML", select: "#explanation" });
      return;
    }
    load(inPlot ? fragment(address) : link.dataset.fragment, inPlot ? "svg.plot" : link.dataset.key ? '[data-key="' + link.dataset.key + '"]' : "");
  });

  // a drag over several bars asks for just that stretch
  let first = null;
  let last = null;
  function chosen() {
    const hits = all(".hit", first.closest("svg"));
    const ends = [hits.indexOf(first), hits.indexOf(last)].sort((a, b) => a - b);
    return hits.slice(ends[0], ends[1] + 1);
  }
  document.addEventListener("pointerdown", (event) => {
    const hit = event.target.closest && event.target.closest("#timeline .hit");
    dragged = false;
    if (hit && plain(event) && event.pointerType !== "touch") { first = hit; last = hit; }
  });
  document.addEventListener("dragstart", (event) => { if (first) event.preventDefault(); });
  document.addEventListener("pointerover", (event) => {
    const hit = first && event.target.closest && event.target.closest("#timeline .hit");
    if (!hit) return;
    last = hit;
    all("#timeline .hit.chosen").forEach((other) => other.classList.remove("chosen"));
    if (first !== last) chosen().forEach((other) => other.classList.add("chosen"));
  });
  document.addEventListener("pointerup", () => {
    if (!first) return;
    const bars = chosen();
    first = null;
    if (bars.length < 2) return;
    dragged = true;
    const path = location.pathname.replace(/\/?$/, "/chart/");
    load(path + "?from=" + asks(bars[0]).get("from") + "&to=" + asks(bars[bars.length - 1]).get("to"), "svg.plot");
  });

  // keys: ← → walk over the bars and on to the neighbouring stretch, + and Enter go in, − goes out
  function follow(key) {
    const link = one('#meter-chart [data-key="' + key + '"]');
    if (link) load(link.dataset.fragment, "svg.plot");
    return Boolean(link);
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const section = one("#meter-chart");
    const free = event.target === document.body || event.target.id === "content";
    if (!section || !(free || section.contains(event.target))) return;
    if (event.target.closest("input, select, textarea, summary")) return;
    const plot = event.target.closest("svg.plot");
    const hits = plot ? all(".hit", plot) : [];
    const at = hits.findIndex((hit) => hit.classList.contains("at"));
    const link = at >= 0 ? one("a", hits[at]) : null;
    let done = false;
    if (event.key === "ArrowLeft" && (!plot || at === 0)) done = follow("before");
    else if (event.key === "ArrowRight" && (!plot || (at >= 0 && at === hits.length - 1))) done = follow("after");
    else if (event.key === "-" || event.key === "−") done = follow("out");
    else if (event.key === "+" || event.key === "=" || (event.key === "Enter" && plot)) {
      if (link) { link.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true })); done = true; }
      else if (event.key !== "Enter") done = follow("in");
    }
    if (done) { event.preventDefault(); event.stopImmediatePropagation(); }
  }, true);
})();
