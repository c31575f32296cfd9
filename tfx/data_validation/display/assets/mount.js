// TfxStatistics.mount(element, model, options) -> {destroy()}: the component in an element's own shadow root.
// Options: page (it is the whole page: fills the window, keys work everywhere), theme ("light", "dark"; unset: as the
// reader's system).

const THEMES = {"": "System", light: "Light", dark: "Dark"};

function mount(element, model, options) {
  const settings = {page: false, theme: "", ...options};
  const root = element.shadowRoot || element.attachShadow({mode: "open"});
  const style = new CSSStyleSheet();
  style.replaceSync(STYLE);
  root.adoptedStyleSheets = [style];
  model.features.forEach((feature, index) => {
    feature.index = index;
  });
  model.sections.forEach((section, index) => {
    for (const feature of section.features) model.features[feature].section = index;
  });

  const context = {
    model,
    tooltip: new Tooltip(),
    expanded: new Set(),
    chartOf: new Map(),  // the chart chosen for one feature
    view: {
      visible: model.datasets.map(() => true), sort: "feature_order", reverse: false, search: {pattern: null, valid: true}, inValues: false,
      kinds: new Set(), levels: new Set(), charts: model.sections.map(() => "Standard"), log: false, percent: model.datasets.length > 1,
      weighted: false, expandAll: false,
    },
    frames: [],  // milliseconds of script per drawn scroll, the last 1,000
  };
  context.refresh = () => {
    context.tooltip.hide(null);
    let shown = 0;
    for (const list of lists) {
      const found = list.section.features.filter((feature) => matches(model.features[feature], context.view, model));
      list.update(sortedFeatures(found, model, context.view));
      shown += found.length;
    }
    toolbar.showFound(shown, model.features.length);
    empty.hidden = shown > 0;
  };
  context.expandAll = (open) => {
    context.expanded.clear();
    if (open) model.features.forEach((feature) => context.expanded.add(feature.index));
    context.refresh();
  };
  context.focusList = () => {
    const list = lists.find((one) => one.order.length > 0);
    if (list) list.focus(list.order.includes(list.active) ? list.active : list.order[0]);
  };
  context.leaveSection = (index, step) => {
    for (let next = index + step; next >= 0 && next < lists.length; next += step) {
      const {order} = lists[next];
      if (order.length > 0) return lists[next].focus(step > 0 ? order[0] : order[order.length - 1]);
    }
    if (step < 0) toolbar.search.focus();
  };
  // Opens a feature, also one that filters hide.
  context.reveal = (feature) => {
    const list = lists[model.features[feature].section];
    if (!list.order.includes(feature)) {
      toolbar.search.value = "";
      context.view.search = searchPattern("");
      context.view.kinds.clear();
      context.view.levels.clear();
      for (const chip of toolbar.node.querySelectorAll(".chip:not(.dataset-chip)")) chip.setAttribute("aria-pressed", "false");
      context.refresh();
    }
    context.expanded.add(feature);
    list.redraw(feature);
    list.focus(feature);
    const row = list.order.indexOf(feature);
    const top = list.rows.getBoundingClientRect().top - context.scroller.getBoundingClientRect().top;
    context.scroller.scrollTop += top + list.tops[row] - context.toolbarHeight() - list.header.offsetHeight;
    list.draw();
  };
  context.toolbarHeight = () => toolbar.node.offsetHeight;

  const theme = el("button", {type: "button", class: "chip", onclick: () => {
    const names = Object.keys(THEMES);
    setTheme(names[(names.indexOf(settings.theme) + 1) % names.length]);
  }});
  const setTheme = (name) => {
    settings.theme = name;
    frame.dataset.theme = name;
    theme.textContent = `${THEMES[name]} theme`;
    theme.setAttribute("aria-label", `Theme: ${THEMES[name].toLowerCase()}. Change it`);
  };

  const toolbar = new Toolbar(context);
  const lists = model.sections.map((section, index) => new FeatureList(section, index, context));
  const empty = el("p", {class: "empty", hidden: true}, "No feature matches. Escape in the search field clears it.");
  context.scroller = el("div", {class: "scroller", tabindex: "-1"},
    el("div", {class: "content"},
      el("header", {}, el("h1", {}, model.title),
         el("p", {class: "hint"}, el("kbd", {}, "/"), " search ", el("kbd", {}, "↑"), el("kbd", {}, "↓"), " move ", el("kbd", {}, "Enter"), " open"),
         theme),
      drawOverview(context), toolbar.node, lists.map((list) => list.node), empty));
  const frame = el("div", {class: `frame${settings.page ? " page" : ""}`}, context.scroller, context.tooltip.node);
  setTheme(settings.theme);
  root.replaceChildren(frame);

  let waiting = 0;
  const drawSoon = () => {
    if (waiting) return;
    waiting = requestAnimationFrame(() => {
      waiting = 0;
      const start = performance.now();
      for (const list of lists) list.draw();
      context.frames.push(performance.now() - start);
      if (context.frames.length > 1000) context.frames.shift();
    });
  };
  context.scroller.addEventListener("scroll", () => {
    context.tooltip.hide(null);
    drawSoon();
  }, {passive: true});
  const size = new ResizeObserver(() => {
    // Section headers stick below the toolbar, whose height depends on the width.
    frame.style.setProperty("--toolbar-height", `${toolbar.node.offsetHeight}px`);
    drawSoon();
  });
  size.observe(context.scroller);
  size.observe(toolbar.node);
  const keys = settings.page ? document : frame;
  const onKey = (event) => {
    const target = event.composedPath()[0];
    const typing = target instanceof HTMLInputElement && target.type === "search";
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    toolbar.search.focus();
    toolbar.search.select();
    event.preventDefault();
  };
  keys.addEventListener("keydown", onKey);
  context.refresh();
  return {
    frames: context.frames,
    destroy() {
      keys.removeEventListener("keydown", onKey);
      size.disconnect();
      for (const list of lists) list.resized.disconnect();
      root.replaceChildren();
    },
  };
}

// For fragments: fills the elements marked with `id` that hold their model as JSON.
function mountAll(id) {
  for (const element of document.querySelectorAll(`[data-tfx-statistics="${id}"]`)) {
    const json = element.querySelector("script[type='application/json']");
    if (!json || element.shadowRoot) continue;
    mount(element, JSON.parse(json.textContent), {});
  }
}

globalThis.TfxStatistics = {mount, mountAll};
