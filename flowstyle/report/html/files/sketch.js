// Draws the charts at once, as plain lines: Plotly takes a second or two to load, then its charts,
// which can be pointed at, take the place of these.
(function () {
  "use strict";

  const { data } = window.flowstyle;
  const SVG = "http://www.w3.org/2000/svg";
  const MARGIN = { l: 46, r: 10, t: 8, b: 26 };
  const ROOM = 0.05; // above and below the lines, of their range

  function node(name, attributes, text) {
    const made = document.createElementNS(SVG, name);
    Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function rangeOf(chart) {
    const known = chart.lines.flatMap((line) => line.values).filter((value) => value !== null);
    const [low, high] = [Math.min(...known, chart.zero ? 0 : Infinity), Math.max(...known)];
    const room = ROOM * (high - low || 1);
    return [chart.zero && low === 0 ? 0 : low - room, high + room];
  }

  // A line goes over what was not measured where little was, and is broken there else.
  function path(values, across, up) {
    const sparse = values.filter((value) => value !== null).length < 0.8 * values.length;
    let begins = true;
    return values
      .map((value, index) => {
        if (value === null) {
          begins = begins || !sparse;
          return "";
        }
        const step = `${begins ? "M" : "L"}${across(index).toFixed(1)} ${up(value).toFixed(1)}`;
        begins = false;
        return step;
      })
      .join("");
  }

  function sketch(element, chart) {
    const { clientWidth: width, clientHeight: height } = element;
    const [low, high] = rangeOf(chart);
    const inner = { width: width - MARGIN.l - MARGIN.r, height: height - MARGIN.t - MARGIN.b };
    const across = (index) => MARGIN.l + ((index + 0.5) / data.frames) * inner.width;
    const up = (value) => MARGIN.t + ((high - value) / (high - low)) * inner.height;
    const drawn = node("svg", { class: "sketch", width, height, "aria-hidden": "true" });
    data.cuts.forEach((cut) => {
      const x = across(cut - 0.5);
      drawn.append(node("line", { class: "cut", x1: x, x2: x, y1: MARGIN.t, y2: height - MARGIN.b }));
    });
    chart.lines.forEach((line) => {
      drawn.append(node("path", { class: line.role, d: path(line.values, across, up) }));
    });
    [low, high].forEach((value) => {
      const text = String(Number(value.toPrecision(2)));
      drawn.append(node("text", { x: MARGIN.l - 4, y: up(value) + 4, "text-anchor": "end" }, text));
    });
    element.replaceChildren(drawn);
    element.dataset.sketched = "yes";
  }

  data.charts.forEach((chart) => sketch(document.getElementById(`chart-${chart.id}`), chart));
})();
