// Search, order, filters and how charts are drawn.

// Smaller is first; "reverse" turns all of them round.
const SORT_DIRECTION = {alphabetical: 1, non_uniformity: 1, missing_or_zero: -1, distance: -1, alerts: -1};

function sortedFeatures(features, model, view) {
  const direction = SORT_DIRECTION[view.sort];
  const sorted = features.slice();
  if (view.sort === "alphabetical") {
    sorted.sort((a, b) => (model.features[a].name < model.features[b].name ? -1 : model.features[a].name > model.features[b].name ? 1 : a - b));
  } else if (direction !== undefined) {
    const key = (feature) => toNumber(model.features[feature].sort[view.sort]);
    sorted.sort((a, b) => {
      const x = key(a), y = key(b);
      return x === y ? a - b : direction * (x < y ? -1 : 1);
    });
  }
  return view.reverse ? sorted.reverse() : sorted;
}

// The text as a regular expression, or as it stands where it is none.
function searchPattern(text) {
  if (text === "") return {pattern: null, valid: true};
  try {
    return {pattern: new RegExp(text, "i"), valid: true};
  } catch (error) {
    return {pattern: new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "i"), valid: false};
  }
}

function matches(feature, view, model) {
  if (view.kinds.size > 0 && !view.kinds.has(typeName(feature))) return false;
  if (view.levels.size > 0 && !(feature.alerts || []).some((index) => view.levels.has(model.alerts[index].level))) return false;
  const {pattern} = view.search;
  if (!pattern || pattern.test(feature.name)) return true;
  return view.inValues && feature.charts.some((chart) => (chart.labels || []).some((label) => pattern.test(label)));
}

class Toolbar {
  constructor(context) {
    this.context = context;
    const {model, view} = context;
    this.search = el("input", {type: "search", class: "search", placeholder: "Search features  ( / )", "aria-label": "Search features by regular expression",
                               spellcheck: "false", autocomplete: "off"});
    this.search.addEventListener("input", () => this.onSearch());
    this.search.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        if (this.search.value !== "") this.search.value = "", this.onSearch();
        else context.focusList();
      } else if (event.key === "ArrowDown" || event.key === "Enter") context.focusList();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    this.sort = el("select", {"aria-label": "Sort by", "aria-describedby": "sort-formula", onchange: () => this.onSort(this.sort.value)},
      model.sortOrders.map((order) => el("option", {value: order.id, selected: order.id === view.sort}, order.label)));
    this.formula = el("div", {class: "formula-line", id: "sort-formula"});
    this.found = el("span", {class: "found", role: "status", "aria-live": "polite"});
    this.node = el("div", {class: "toolbar", role: "toolbar", "aria-label": "Features"},
      el("div", {class: "controls"},
        this.search,
        el("label", {class: "check"}, this.checkbox("inValues", () => context.refresh()), "in values"),
        el("label", {class: "field"}, "Sort ", this.sort),
        el("label", {class: "check"}, this.checkbox("reverse", () => context.refresh()), "reverse"),
        this.found,
        el("span", {class: "gap"}),
        el("label", {class: "check"}, this.checkbox("log"), "log"),
        el("label", {class: "check"}, this.checkbox("percent"), "percentages"),
        model.hasWeights ? el("label", {class: "check"}, this.checkbox("weighted"), "weighted") : null,
        el("label", {class: "check"}, this.checkbox("expandAll", () => context.expandAll(view.expandAll)), "expand")),
      el("div", {class: "controls chips"}, this.levelChips(), this.kindChips(), this.datasetChips()),
      this.formula);
    this.showFormula();
  }

  checkbox(name, then) {
    const {view, refresh} = this.context;
    const box = el("input", {type: "checkbox", checked: view[name]});
    box.dataset.toggle = name;
    box.addEventListener("change", () => {
      view[name] = box.checked;
      then ? then() : refresh();
    });
    return box;
  }

  chip(text, count, pressed, onclick, extra) {
    const node = el("button", {type: "button", class: `chip ${extra || ""}`, "aria-pressed": String(pressed), onclick: () => {
      node.setAttribute("aria-pressed", String(onclick()));
      this.context.refresh();
    }}, text, count === null ? null : el("span", {class: "count"}, formatCount(count)));
    return node;
  }

  setChips(set, counts, extra) {
    return [...counts].map(([name, count]) => this.chip(name, count, false, () => {
      set.has(name) ? set.delete(name) : set.add(name);
      return set.has(name);
    }, extra));
  }

  kindChips() {
    const {model, view} = this.context;
    const counts = new Map();
    for (const feature of model.features) counts.set(typeName(feature), (counts.get(typeName(feature)) || 0) + 1);
    const order = Object.values(KIND_NAMES);
    const sorted = [...counts].sort((a, b) => order.indexOf(a[0].split(",")[0]) - order.indexOf(b[0].split(",")[0]) || (a[0] < b[0] ? -1 : 1));
    return el("div", {class: "group", role: "group", "aria-label": "Types"}, this.setChips(view.kinds, sorted));
  }

  levelChips() {
    const {model, view} = this.context;
    const counts = new Map([["error", 0], ["warning", 0], ["note", 0]]);
    for (const feature of model.features) {
      for (const level of new Set((feature.alerts || []).map((index) => model.alerts[index].level))) counts.set(level, counts.get(level) + 1);
    }
    for (const [level, count] of counts) if (count === 0) counts.delete(level);
    if (counts.size === 0) return null;
    return el("div", {class: "group", role: "group", "aria-label": "Alerts"}, [...counts].map(([level, count]) =>
      this.chip(level + (count === 1 ? "" : "s"), count, false, () => {
        view.levels.has(level) ? view.levels.delete(level) : view.levels.add(level);
        return view.levels.has(level);
      }, `level-chip ${level}`)));
  }

  datasetChips() {
    const {model, view} = this.context;
    if (model.datasets.length < 2) return null;
    return el("div", {class: "group", role: "group", "aria-label": "Datasets"}, model.datasets.map((dataset, i) =>
      this.chip([datasetDot(i), dataset.name], null, true, () => {
        view.visible[i] = !view.visible[i];
        return view.visible[i];
      }, "dataset-chip")));
  }

  onSearch() {
    const {view} = this.context;
    view.search = searchPattern(this.search.value);
    this.search.classList.toggle("invalid", !view.search.valid);
    this.search.setAttribute("title", view.search.valid ? "" : "Not a regular expression: searched as plain text");
    this.context.refresh();
  }

  onSort(id) {
    this.context.view.sort = id;
    this.sort.value = id;
    this.showFormula();
    this.context.refresh();
  }

  showFormula() {
    const order = this.context.model.sortOrders.find((one) => one.id === this.context.view.sort);
    this.formula.textContent = order ? `Sorted by ${order.label.toLowerCase()}: ${order.formula}` : "";
    this.formula.hidden = this.context.view.sort === "feature_order";
  }

  showFound(shown, all) {
    this.found.textContent = shown === all ? plural(all, "feature") : `${formatCount(shown)} of ${plural(all, "feature")}`;
  }
}
