// The players: one clip holds all views, one below another, and is drawn into a canvas for each.
// They cannot run apart, and every frame is found by its number.
(function () {
  "use strict";

  const { data, number, tell } = window.flowstyle;
  const film = document.getElementById("film");
  const scrubber = document.getElementById("scrubber");
  const where = document.getElementById("where");
  const playButton = document.getElementById("play");
  const stage = document.getElementById("stage");
  const players = document.getElementById("players");
  const wipe = document.getElementById("wipe");
  const inside = document.getElementById("inside"); // of a render: the command of its debug sheet
  const wipeAt = document.getElementById("wipe-at");
  const { width, height, step } = data.shape;
  const rate = data.rate[0] / data.rate[1];
  const last = data.frames - 1;

  let shown = 0; // the frame that the page is at
  let seeking = false;
  let waiting = null; // asked for while the clip was still on its way to another frame

  // Drawing

  function view(context, name, left, right) {
    const top = data.views.indexOf(name) * step;
    context.drawImage(film, left, top, right - left, height, left, 0, right - left, height);
  }

  function draw() {
    if (film.readyState < 2) return;
    if (stage.dataset.mode === "wipe") {
      const context = wipe.getContext("2d");
      const at = Math.round((width * wipeAt.value) / 100);
      view(context, "styled", 0, width);
      if (at > 0) view(context, "source", 0, at);
      context.fillStyle = "#fff";
      context.fillRect(at - 1, 0, Math.max(2, width / 320), height);
    }
    stage.querySelectorAll("[data-view]").forEach((figure) => {
      if (!figure.hidden) view(figure.querySelector("canvas").getContext("2d"), figure.dataset.view, 0, width);
    });
  }

  // Where we are

  function shotOf(index) {
    return 1 + data.cuts.filter((cut) => cut <= index).length;
  }

  function timeOf(index) {
    const seconds = data.times.length ? data.times[index] : index / rate;
    return `${seconds.toFixed(2)} s`;
  }

  function say(index) {
    shown = index;
    scrubber.value = index;
    const shot = data.cuts.length ? `, shot ${shotOf(index)}` : "";
    where.textContent = `${number(index)} · ${timeOf(index)}${shot}`;
    if (inside) inside.textContent = `${data.inside} --frame ${number(index)}`;
    const begins = index === 0 || data.cuts.includes(index);
    stage.querySelectorAll(".none").forEach((note) => {
      note.hidden = !begins;
    });
    scrubber.setAttribute("aria-valuetext", `frame ${number(index)}, ${timeOf(index)}${shot}`);
    tell(index);
  }

  function seek(index) {
    if (seeking) {
      waiting = index;
      return;
    }
    seeking = true;
    film.currentTime = (index + 0.5) / rate; // the middle of a frame is never its neighbour's
  }

  function show(index) {
    const to = Math.min(last, Math.max(0, index));
    if (!film.paused) film.pause();
    say(to);
    seek(to);
  }

  // The rest of the page waits until there is something to see.
  let ready;
  window.flowstyle.ready = new Promise((resolve) => {
    ready = resolve;
  });
  setTimeout(ready, 3000);

  film.addEventListener("seeked", () => {
    seeking = false;
    draw();
    stage.dataset.drawn = shown;
    requestAnimationFrame(ready);
    if (waiting !== null) {
      const next = waiting;
      waiting = null;
      seek(next);
    }
  });

  // Playing

  function tick(mediaTime) {
    if (!film.paused && !seeking) {
      const index = Math.min(last, Math.max(0, Math.round(mediaTime * rate)));
      if (index !== shown) say(index);
    }
    draw();
  }

  if (film.requestVideoFrameCallback) {
    const onFrame = (now, frame) => {
      tick(frame.mediaTime);
      film.requestVideoFrameCallback(onFrame);
    };
    film.requestVideoFrameCallback(onFrame);
  } else {
    const onFrame = () => {
      if (!film.paused) tick(film.currentTime - 0.5 / rate);
      requestAnimationFrame(onFrame);
    };
    requestAnimationFrame(onFrame);
  }

  function playing() {
    playButton.textContent = film.paused ? "Play" : "Pause";
    if (film.paused && !seeking) seek(shown); // the page and the clip are at the same frame
  }

  function toggle() {
    if (film.paused) film.play().catch(() => {});
    else film.pause();
  }

  film.loop = true;
  film.addEventListener("play", playing);
  film.addEventListener("pause", playing);
  film.addEventListener("loadeddata", () => seek(shown));
  film.addEventListener("error", () => {
    document.getElementById("film-error").hidden = false;
    ready();
  });
  document.getElementById("speed").addEventListener("change", (event) => {
    film.playbackRate = Number(event.target.value);
  });
  playButton.addEventListener("click", toggle);
  document.getElementById("back").addEventListener("click", () => show(shown - 1));
  document.getElementById("next").addEventListener("click", () => show(shown + 1));
  scrubber.addEventListener("input", () => show(Number(scrubber.value)));

  // Keys, wherever the focus is, but where they have a meaning of their own

  function hasOwnKeys(element, key) {
    if (element === scrubber) return false;
    if (element.matches("input[type=range], input[type=radio], select, textarea, .scroll")) return true;
    return key === " " && element.matches("button, summary, a, input");
  }

  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (hasOwnKeys(event.target, event.key)) return;
    const far = event.shiftKey ? 10 : 1;
    const to = { ArrowLeft: shown - far, ArrowRight: shown + far }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      show(to);
    } else if (event.key === " ") {
      event.preventDefault();
      toggle();
    }
  });

  // Side by side, or a wipe; which views

  stage.style.setProperty("--shape", width / height);

  function choose(mode) {
    stage.dataset.mode = mode;
    stage.querySelectorAll("[data-view]").forEach((figure) => {
      const box = document.querySelector(`input[name=view][value=${figure.dataset.view}]`);
      figure.hidden = box ? !box.checked : mode === "wipe";
    });
    stage.querySelector(".wipe").hidden = mode !== "wipe";
    const count = stage.querySelectorAll("figure:not([hidden])").length;
    stage.dataset.count = count;
    players.classList.toggle("tall", count > 3); // too tall to stay in sight while one scrolls
    draw();
  }

  document.querySelectorAll("input[name=mode]").forEach((radio) =>
    radio.addEventListener("change", () => choose(radio.value)),
  );
  document.querySelectorAll("input[name=view]").forEach((box) =>
    box.addEventListener("change", () => choose(stage.dataset.mode)),
  );
  wipeAt.addEventListener("input", draw);

  function drag(event) {
    const box = wipe.getBoundingClientRect();
    wipeAt.value = Math.round((100 * (event.clientX - box.left)) / box.width);
    draw();
  }

  wipe.addEventListener("pointerdown", (event) => {
    wipe.setPointerCapture(event.pointerId);
    drag(event);
  });
  wipe.addEventListener("pointermove", (event) => {
    if (event.buttons) drag(event);
  });

  // Marks above the slider: where shots begin, and the least stable frames

  const marks = document.getElementById("marks");
  const mark = (index, kind) => {
    const line = document.createElement("span");
    line.className = kind;
    line.style.left = `${(100 * index) / Math.max(1, last)}%`;
    marks.append(line);
  };
  data.cuts.forEach((index) => mark(index, "cut"));
  data.worst.forEach((index) => mark(index, "bad"));

  // Others bring the players to a frame: charts, and the buttons of the worst frames

  window.flowstyle.goTo = (index) => {
    show(index);
    const box = players.getBoundingClientRect();
    if (box.top < 0 || box.bottom > innerHeight) {
      const behavior = window.flowstyle.reduced.matches ? "auto" : "smooth";
      players.scrollIntoView({ behavior, block: "start" });
    }
  };
  document.querySelectorAll("button.go").forEach((button) =>
    button.addEventListener("click", () => window.flowstyle.goTo(Number(button.dataset.frame))),
  );

  const narrow = matchMedia("(max-width: 640px)").matches;
  if (narrow) {
    document.querySelector("input[name=mode][value=wipe]").checked = true;
    document.querySelectorAll("input[name=view]").forEach((box) => {
      box.checked = false;
    });
  }
  choose(narrow ? "wipe" : "side");
  say(0);
  if (film.readyState >= 2) seek(0);
})();
