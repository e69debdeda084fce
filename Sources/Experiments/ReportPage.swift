/// What the pages of reports share: how they look, and what they do.
///
/// It stands in the page itself, so that a folder opens from disk, without internet, as long as there
/// are browsers.
enum ReportPage {
  static let style = """
    <style>
    :root { color-scheme: light dark; --text: #1d2430; --page: #fff; --line: #d8dde5; --curve: #1f5fb4;
      --good: #2f7d5b; --defective: #c2571a; --threshold: #b3123f; --wrong: #fde8df }
    @media (prefers-color-scheme: dark) { :root { --text: #e4e8ef; --page: #14181f; --line: #39414e;
      --curve: #7db1f2; --good: #63c296; --defective: #f0965c; --threshold: #ff6f95; --wrong: #43261a } }
    body { font: 16px/1.5 system-ui, sans-serif; max-width: 66rem; margin: 2rem auto; padding: 0 1rem;
      color: var(--text); background: var(--page) }
    table { border-collapse: collapse; display: block; overflow-x: auto }
    td, th { padding: .3rem 1rem; text-align: right; border-bottom: 1px solid var(--line);
      white-space: nowrap }
    td:first-child, th:first-child, .name { text-align: left; white-space: normal; min-width: 7rem;
      overflow-wrap: anywhere }
    img { max-width: 100% }
    .curves { display: flex; flex-wrap: wrap; gap: 2rem } .curves svg { width: 17rem }
    svg { font: 11px system-ui, sans-serif } svg text { fill: currentColor }
    .grid { stroke: var(--line) } .curve { fill: none; stroke: var(--curve); stroke-width: 2 }
    .histogram { width: 100%; font-size: 13px } .good { fill: var(--good) }
    .defective { fill: var(--defective) }
    .threshold { stroke: var(--threshold); stroke-width: 2; stroke-dasharray: 5 3 }
    .rate input { width: 100%; accent-color: var(--threshold) }
    .wrong { background: var(--wrong) } .wrong .verdict { font-weight: bold }
    .strip { display: block; width: 26rem; overflow: hidden }
    .strip img { display: block; width: 100%; height: auto; max-width: none;
      transform: translateY(var(--up)) }
    a.strip { cursor: zoom-in }
    dialog { border: 0; padding: 1rem; max-width: none; color: var(--text); background: var(--page) }
    dialog .strip { width: min(92vw, 90rem) } dialog button { float: right; font: inherit }
    dialog::backdrop { background: #000b }
    </style>
    """

  /// Moves the threshold, and shows images large.
  ///
  /// Without it the page shows what was decided at the
  /// model's rate, and links to the sheets of images.
  static let script = """
    <script>
    const choices = document.getElementById("choices");
    if (choices) {
      const rates = JSON.parse(choices.textContent);
      const slider = document.getElementById("rate");
      const line = document.querySelector(".histogram .threshold");
      const show = () => {
        const rate = rates[slider.value];
        document.getElementById("promise").textContent = rate.promise;
        slider.setAttribute("aria-valuetext", rate.promise);
        for (const end of ["x1", "x2"]) line.setAttribute(end, rate.x);
        document.querySelectorAll(".decided").forEach((cell, number) => {
          cell.textContent = rate.decided[number];
        });
        for (const row of document.querySelectorAll("tr[data-score]")) {
          const isAnomalous = Number(row.dataset.score) > rate.threshold;
          const verdict = row.querySelector(".verdict");
          verdict.textContent = isAnomalous ? verdict.dataset.above : verdict.dataset.below;
          row.classList.toggle("wrong", isAnomalous !== (row.dataset.truth === "anomalous"));
        }
      };
      slider.addEventListener("input", show);
      slider.closest(".rate").hidden = false;
      show();
    }
    const strips = [...document.querySelectorAll("a.strip")];
    const dialog = document.querySelector("dialog");
    let shown = 0;
    const enlarge = (number) => {
      shown = Math.max(0, Math.min(number, strips.length - 1));
      const view = dialog.querySelector(".strip");
      view.style.cssText = strips[shown].style.cssText;
      view.replaceChildren(strips[shown].firstElementChild.cloneNode());
      const [names, cells] = [strips[shown].closest("table").rows[0], strips[shown].closest("tr")].map(
        (row) => [...row.cells].slice(1).map((cell) => cell.textContent));
      dialog.querySelector("p").textContent =
        cells.map((cell, number) => `${names[number]} ${cell}`).join(" · ");
      if (!dialog.open) dialog.showModal();
    };
    document.addEventListener("click", (event) => {
      const strip = event.target.closest("a.strip");
      if (event.target === dialog) dialog.close();
      if (!strip || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      enlarge(strips.indexOf(strip));
    });
    dialog.addEventListener("keydown", (event) => {
      if (event.key === "ArrowLeft" || event.key === "ArrowUp") enlarge(shown - 1);
      if (event.key === "ArrowRight" || event.key === "ArrowDown") enlarge(shown + 1);
    });
    </script>
    """
}
