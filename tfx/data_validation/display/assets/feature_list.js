// The features of one section as a list of which only the rows in sight exist, so that any number of them is smooth.

const ROW_PADDING = 22;
const LINE_HEIGHT = 22;
const CHART_WIDTH = 250, CHART_HEIGHT = 46;  // Facets' size; higher where lines of several datasets leave room
// Worth a mark in the row; the others show in its numbers.
const MARKED_ALERTS = new Set(["absent", "constant", "inconsistent", "invalid_utf8", "no_values", "not_finite", "type_mismatch"]);
const OVERSCAN = 300;                        // pixels drawn above and below what is in sight

class FeatureList {
  constructor(section, index, context) {
    this.section = section;
    this.index = index;
    this.context = context;
    this.order = [];        // feature indices, filtered and sorted
    this.tops = [0];        // of each row, and the end
    this.details = new Map();  // height of opened details by feature
    this.drawn = new Map();    // feature -> {node, version}
    this.active = -1;          // feature that the tab key comes to
    this.rows = el("div", {class: "rows", role: "rowgroup"});
    this.title = el("h3", {});
    this.header = el("div", {class: "section-header", role: "row"});
    this.node = el("section", {class: "section", role: "treegrid", "aria-label": section.title}, this.header, this.rows);
    this.resized = new ResizeObserver((entries) => {
      let changed = false;
      for (const entry of entries) {
        const height = Math.ceil(entry.target.offsetHeight);
        const feature = Number(entry.target.dataset.feature);
        if (height > 0 && this.details.get(feature) !== height) changed = true, this.details.set(feature, height);
      }
      if (changed) this.layout();
    });
    this.rows.addEventListener("keydown", (event) => this.onKey(event));
  }

  rowHeight() {
    const lines = this.context.view.visible.filter(Boolean).length;
    return ROW_PADDING + Math.max(CHART_HEIGHT, LINE_HEIGHT * Math.max(lines, 1));
  }

  // New order; everything is drawn anew.
  update(order) {
    this.order = order;
    if (!order.includes(this.active)) this.active = order.length > 0 ? order[0] : -1;
    for (const drawn of this.drawn.values()) drawn.node.remove();
    this.drawn.clear();
    this.resized.disconnect();
    this.drawHeader();
    this.node.hidden = this.section.features.length === 0;
    this.node.setAttribute("aria-rowcount", String(order.length + 1));
    this.layout();
  }

  drawHeader() {
    const {view} = this.context;
    const shown = this.order.length, all = this.section.features.length;
    this.title.replaceChildren(this.section.title, el("span", {class: "count"}, shown === all ? `${all}` : `${shown} of ${all}`));
    const names = new Set();
    for (const feature of this.section.features) for (const chart of this.context.model.features[feature].charts) names.add(chart.name);
    const choice = el("select", {"aria-label": `Chart of ${this.section.title.toLowerCase()}`, onchange: (event) => {
      view.charts[this.index] = event.target.value;
      this.context.chartOf.clear();
      this.context.refresh();
    }}, [...names].map((name) => el("option", {value: name, selected: name === view.charts[this.index]}, name)));
    this.header.replaceChildren(
      el("div", {class: "name-cell", role: "columnheader"}, this.title),
      el("div", {class: `cells columns-${this.section.columns.length}`, role: "presentation"}, this.section.columns.map((name) =>
        el("div", {class: name === "top" ? "cell" : "cell number", role: "columnheader"}, name))),
      el("div", {class: "chart-cell", role: "columnheader"}, names.size > 0 ? choice : null));
  }

  layout() {
    const height = this.rowHeight();
    this.tops = [0];
    let top = 0;
    for (const feature of this.order) {
      top += height + (this.context.expanded.has(feature) ? this.details.get(feature) || 420 : 0);
      this.tops.push(top);
    }
    this.rows.style.height = `${top}px`;
    this.draw();
  }

  // The first row that ends below y.
  rowAt(y) {
    let low = 0, high = this.order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.tops[middle + 1] <= y) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  // Draws what is in sight and drops what is not; the active row stays, since focus may be in it.
  draw() {
    if (this.order.length === 0) return;
    const view = this.context.scroller.getBoundingClientRect(), own = this.rows.getBoundingClientRect();
    const from = this.rowAt(view.top - own.top - OVERSCAN), until = view.bottom - own.top + OVERSCAN;
    const wanted = new Set();
    for (let row = from; row < this.order.length && this.tops[row] < until; row += 1) wanted.add(row);
    const active = this.order.indexOf(this.active);
    if (active >= 0) wanted.add(active);
    const features = new Set([...wanted].map((row) => this.order[row]));
    for (const [feature, drawn] of this.drawn) {
      if (features.has(feature)) continue;
      if (drawn.detail) this.resized.unobserve(drawn.detail);
      drawn.node.remove();
      this.drawn.delete(feature);
    }
    for (const row of [...wanted].sort((a, b) => a - b)) {
      const feature = this.order[row];
      let drawn = this.drawn.get(feature);
      if (!drawn) {
        drawn = this.drawRow(this.context.model.features[feature], row);
        this.drawn.set(feature, drawn);
        this.rows.append(drawn.node);
      }
      drawn.node.style.transform = `translateY(${this.tops[row]}px)`;
    }
  }

  drawRow(feature, row) {
    const {context} = this, {view} = context;
    const open = context.expanded.has(feature.index);
    const name = el("div", {class: "name-cell", role: "rowheader"},
      el("div", {class: "name"}, el("span", {class: "turn", "aria-hidden": "true"}), el("span", {class: "text", title: feature.name}, feature.name)),
      el("div", {class: "marks"}, el("span", {class: "type", title: typeName(feature)}, shortTypeName(feature)), this.marks(feature)));
    const cells = el("div", {class: "lines", role: "presentation"});
    const columns = this.section.columns;
    feature.cells.forEach((plain, dataset) => {
      if (!view.visible[dataset]) return;
      const weighted = view.weighted && feature.weightedCells && feature.weightedCells[dataset];
      const values = weighted || plain;
      cells.append(el("div", {class: `cells columns-${columns.length}${weighted ? " weighted" : ""}`, role: "presentation"},
        context.model.datasets.length > 1 ? el("span", {class: `side d${dataset}`, title: context.model.datasets[dataset].name}) : null,
        values ? values.map((value, i) => drawCell(value, columns[i]))
               : el("div", {class: "cell absent", role: "gridcell"}, "not in this dataset")));
    });
    const chartCell = el("div", {class: "chart-cell", role: "gridcell"});
    const chart = chosenChart(feature, context);
    if (chart) {
      const drawn = drawChart(chart, view, {width: CHART_WIDTH, height: this.rowHeight() - ROW_PADDING, axes: false});
      context.tooltip.attach(drawn, feature.name);
      drawn.node.setAttribute("aria-label", `${chart.name} chart of ${feature.name}`);
      chartCell.append(drawn.node);
    }
    const summary = el("div", {
      class: `row${open ? " open" : ""}`, role: "row", "aria-rowindex": String(row + 2), "aria-expanded": String(open), "aria-level": "1",
      tabindex: feature.index === this.active ? "0" : "-1", onclick: () => this.toggle(feature.index),
      onfocus: () => this.setActive(feature.index),
    }, name, cells, chartCell);
    summary.style.height = `${this.rowHeight()}px`;
    const node = el("div", {class: "feature", role: "presentation", "data-feature": String(feature.index)}, summary);
    let detail = null;
    if (open) {
      detail = el("div", {class: "detail", role: "group", "aria-label": `Details of ${feature.name}`, "data-feature": String(feature.index)},
                  drawDetail(feature, context));
      node.append(detail);
      this.resized.observe(detail);
    }
    return {node, detail};
  }

  marks(feature) {
    const {model} = this.context;
    const parts = [];
    if (feature.anomaly !== undefined) {
      const anomaly = model.anomalies[feature.anomaly];
      parts.push(el("span", {class: `mark ${anomaly.level}`, title: anomaly.description}, anomaly.short || "Anomaly"));
    }
    const others = (feature.alerts || []).map((index) => model.alerts[index]).filter((alert) => MARKED_ALERTS.has(alert.kind));
    for (const alert of parts.length === 0 ? others.slice(0, 1) : []) parts.push(el("span", {class: `mark ${alert.level}`, title: alert.text}, alert.title));
    return parts;
  }

  setActive(feature) {
    if (this.active === feature) return;
    const before = this.drawn.get(this.active);
    if (before) before.node.firstChild.setAttribute("tabindex", "-1");
    this.active = feature;
    const now = this.drawn.get(feature);
    if (now) now.node.firstChild.setAttribute("tabindex", "0");
  }

  toggle(feature) {
    const {expanded} = this.context;
    expanded.has(feature) ? expanded.delete(feature) : expanded.add(feature);
    this.redraw(feature);
  }

  // One row anew, with focus where it was.
  redraw(feature) {
    const drawn = this.drawn.get(feature);
    const focused = drawn && drawn.node.contains(drawn.node.getRootNode().activeElement);
    if (drawn) {
      drawn.node.remove();
      this.drawn.delete(feature);
    }
    this.layout();
    if (focused && this.drawn.has(feature)) this.drawn.get(feature).node.firstChild.focus({preventScroll: true});
  }

  // Brings a row into sight and gives it the focus.
  focus(feature) {
    const row = this.order.indexOf(feature);
    if (row < 0) return;
    this.setActive(feature);
    this.scrollTo(row);
    this.draw();
    const drawn = this.drawn.get(feature);
    if (drawn) drawn.node.firstChild.focus({preventScroll: true});
  }

  scrollTo(row) {
    const {scroller} = this.context;
    const view = scroller.getBoundingClientRect(), own = this.rows.getBoundingClientRect();
    const covered = this.header.getBoundingClientRect().height + this.context.toolbarHeight();
    const top = own.top - view.top + this.tops[row], bottom = top + this.rowHeight();
    if (top < covered) scroller.scrollTop += top - covered;
    else if (bottom > view.height) scroller.scrollTop += bottom - view.height;
  }

  onKey(event) {
    if (!event.target.classList.contains("row")) return;
    const at = this.order.indexOf(this.active);
    const page = Math.max(1, Math.floor(this.context.scroller.clientHeight / this.rowHeight()) - 3);
    const step = {ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -this.order.length, End: this.order.length}[event.key];
    const open = this.context.expanded.has(this.active);
    if (step) {
      // Arrows go on into the neighbouring section.
      const next = at + step;
      if (Math.abs(step) === 1 && (next < 0 || next >= this.order.length)) this.context.leaveSection(this.index, step);
      else this.focus(this.order[clamp(next, this.order.length)]);
    } else if (event.key === "Enter" || event.key === " " || (event.key === "ArrowRight" && !open) || (event.key === "ArrowLeft" && open) ||
               (event.key === "Escape" && open)) {
      this.toggle(this.active);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }
}

function drawCell(value, column) {
  const [text, exact, alert] = typeof value === "string" ? [value, "", 0] : value;
  return el("div", {class: `cell${column === "top" ? "" : " number"}${alert ? " alert" : ""}${text === "-" ? " none" : ""}`, role: "gridcell",
                    title: exact || text}, text);
}
