// The charts: drawn by Plotly when they come near the screen and the players show a frame, so that
// the page opens at once.
(function () {
  "use strict";

  const { data, number, onFrame, onTheme } = window.flowstyle;
  const MARGIN = { l: 46, r: 10, t: 8, b: 26 };
  const plots = new Map(); // element → its chart
  const whole = [number(0) - 0.5, number(data.frames - 1) + 0.5];
  let range = whole; // of frames, the same for all charts
  let frame = 0;

  function colours() {
    const style = getComputedStyle(document.documentElement);
    const read = (name) => style.getPropertyValue(`--${name}`).trim();
    return {
      result: read("accent"),
      source: read("source"),
      red: read("red"),
      green: read("green"),
      blue: read("blue"),
      text: read("quiet"),
      grid: read("line"),
      paper: read("surface"),
    };
  }

  function trace(line, palette) {
    const known = line.values.filter((value) => value !== null).length;
    const sparse = known < 0.8 * line.values.length || known < 60;
    return {
      type: "scatter",
      name: line.name,
      x: line.values.map((value, index) => number(index)).filter((_, i) => line.values[i] !== null || !sparse),
      y: line.values.filter((value) => value !== null || !sparse),
      mode: sparse ? "lines+markers" : "lines",
      marker: { size: 5 },
      line: { color: palette[line.role], width: line.role === "source" ? 1.5 : 2 },
      hovertemplate: `%{y}<extra>${line.name}</extra>`,
    };
  }

  function layout(palette, zero) {
    const axis = {
      gridcolor: palette.grid,
      zeroline: false,
      linecolor: palette.grid,
      tickfont: { color: palette.text, size: 11 },
      automargin: false,
    };
    return {
      margin: MARGIN,
      height: 190,
      showlegend: false,
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: "inherit", color: palette.text },
      hovermode: "x unified",
      hoverdistance: -1,
      hoverlabel: { bgcolor: palette.paper, bordercolor: palette.grid, font: { color: palette.text } },
      dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom",
      xaxis: { ...axis, range: [...range], tickformat: "d", nticks: 8, showgrid: false },
      yaxis: { ...axis, fixedrange: true, rangemode: zero ? "tozero" : "normal", nticks: 5 },
      shapes: data.cuts.map((cut) => ({
        type: "line",
        x0: number(cut) - 0.5,
        x1: number(cut) - 0.5,
        yref: "paper",
        y0: 0,
        y1: 1,
        line: { color: palette.text, width: 1, dash: "dot" },
      })),
    };
  }

  // The line that says which frame the players show; moved without drawing the chart anew.

  function place(element) {
    const chart = plots.get(element);
    const [from, to] = range;
    const share = (number(frame) - from) / (to - from);
    const inner = element.clientWidth - MARGIN.l - MARGIN.r;
    chart.cursor.hidden = share < 0 || share > 1;
    chart.cursor.style.transform = `translateX(${MARGIN.l + share * inner}px)`;
  }

  function paint(element, chart) {
    const palette = colours();
    const lines = chart.lines.map((line) => trace(line, palette));
    return window.Plotly.react(element, lines, layout(palette, chart.zero), {
      displayModeBar: false,
      responsive: true,
      doubleClick: false,
    });
  }

  function zoom(to) {
    if (to[0] === range[0] && to[1] === range[1]) return;
    range = to;
    plots.forEach((_, element) => {
      window.Plotly.relayout(element, { "xaxis.range": [...range] });
      place(element);
    });
  }

  function draw(element, chart) {
    const cursor = document.createElement("span");
    cursor.className = "cursor";
    plots.set(element, { ...chart, cursor });
    element.replaceChildren(); // of what was sketched
    paint(element, chart);
    element.append(cursor);
    element.on("plotly_click", (event) => window.flowstyle.goTo(event.points[0].x - data.start));
    element.on("plotly_doubleclick", () => zoom(whole));
    element.on("plotly_relayout", (change) => {
      if ("xaxis.range[0]" in change) zoom([change["xaxis.range[0]"], change["xaxis.range[1]"]]);
    });
    new ResizeObserver(() => place(element)).observe(element);
    place(element);
    element.dataset.drawn = "yes";
  }

  onFrame((index) => {
    frame = index;
    plots.forEach((_, element) => place(element));
  });
  onTheme(() => plots.forEach((chart, element) => paint(element, chart)));

  let library = null; // loaded once, when the first chart comes near

  function loaded() {
    library ??= window.flowstyle.ready.then(
      () =>
        new Promise((resolve) => {
          const script = document.createElement("script");
          script.src = data.library;
          script.onload = resolve;
          document.head.append(script);
        }),
    );
    return library;
  }

  if (!data.library) return;
  const near = new IntersectionObserver(
    (entries) => {
      entries
        .filter((entry) => entry.isIntersecting)
        .forEach((entry) => {
          near.unobserve(entry.target);
          const chart = data.charts.find((one) => `chart-${one.id}` === entry.target.id);
          loaded().then(() => draw(entry.target, chart));
        });
    },
    { rootMargin: "400px" },
  );
  data.charts.forEach((chart) => near.observe(document.getElementById(`chart-${chart.id}`)));
})();
