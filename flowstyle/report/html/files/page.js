// What all scripts of the page share: its data, the theme, and word of the frame that is shown.
(function () {
  "use strict";

  const data = JSON.parse(document.getElementById("data").textContent);
  const heard = [];

  window.flowstyle = {
    data,

    // Name of a frame as the clip counts.
    number: (index) => data.start + index,

    // Call `listener(index)` whenever another frame is shown.
    onFrame: (listener) => heard.push(listener),
    tell: (index) => heard.forEach((listener) => listener(index)),

    reduced: matchMedia("(prefers-reduced-motion: reduce)"),
    onTheme: (listener) => themed.push(listener),
  };

  // The theme: the system's, or one that was chosen and is remembered where that is possible.

  const themed = [];
  const root = document.documentElement;
  const select = document.getElementById("theme");
  const KEY = "flowstyle-theme";

  function remembered() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // pages from files may have no storage
    }
  }

  function choose(theme) {
    root.dataset.theme = theme;
    select.value = theme;
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // then it holds for this visit
    }
    themed.forEach((listener) => listener());
  }

  select.addEventListener("change", () => choose(select.value));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
    themed.forEach((listener) => listener()),
  );
  if (["light", "dark"].includes(remembered())) choose(remembered());

  // Safari and Chromium let a wide table be scrolled by keys only where something can be focused.
  document.querySelectorAll(".scroll").forEach((box) => {
    const fit = () => {
      box.tabIndex = box.scrollWidth > box.clientWidth ? 0 : -1;
    };
    new ResizeObserver(fit).observe(box);
  });
})();
