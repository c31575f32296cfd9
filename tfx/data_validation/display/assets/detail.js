// What an opened feature shows: its anomalies, one large chart, the raw data behind it, quantiles, custom statistics,
// drift and skew, and its schema entry.

function drawDetail(feature, context) {
  const {model, view} = context;
  const cards = [
    anomalyCard(feature.anomaly === undefined ? null : model.anomalies[feature.anomaly]),
    chartCard(feature, context),
    alertCard(feature, model),
    measurementCard(feature),
    customCard(feature, model, view),
    schemaCard(feature),
  ];
  return el("div", {class: "cards"}, cards);
}

function card(title, className, ...children) {
  return el("section", {class: `card ${className || ""}`}, el("h4", {}, title), children);
}

function diffBlock(lines) {
  return el("pre", {class: "diff", tabindex: "0", "aria-label": "schema change"}, lines.map((line) => {
    const kind = {"+": "added", "-": "removed"}[line[0]] || "same";
    return el("span", {class: kind}, `${line[0]} ${line.slice(1)}\n`);
  }));
}

function anomalyCard(anomaly) {
  if (!anomaly) return null;
  const reasons = anomaly.reasons.length > 0 ? anomaly.reasons
      : [{type: "", short: anomaly.short, description: anomaly.description, formula: ""}];
  return card(anomaly.level === "error" ? "Anomaly" : "Anomaly (warning)", `anomaly ${anomaly.level}`,
    reasons.map((reason) => el("div", {class: "reason"},
      el("p", {}, el("strong", {}, reason.short), " ", reason.type ? el("code", {}, reason.type) : null),
      reason.description ? el("p", {}, reason.description) : null,
      reason.formula ? el("p", {class: "formula"}, reason.formula) : null)),
    anomaly.change.length > 0 ? [el("h5", {}, "The schema change that would accept it"), diffBlock(anomaly.change)] : null,
    anomaly.note ? el("p", {class: "muted"}, anomaly.note) : null);
}

function alertCard(feature, model) {
  const alerts = (feature.alerts || []).map((index) => model.alerts[index]).filter((alert) => alert.kind !== "anomaly");
  if (alerts.length === 0) return null;
  return card("Worth a look", "", el("ul", {class: "plain"}, alerts.map((alert) => el("li", {},
    el("span", {class: `level ${alert.level}`, title: alert.level}),
    el("span", {}, `${alert.title}: `, el("span", {class: "muted"},
      alert.dataset >= 0 && model.datasets.length > 1 ? `${model.datasets[alert.dataset].name}: ` : "", alert.text))))));
}

function measurementCard(feature) {
  if (!feature.measurements) return null;
  return card("Drift and skew", "", feature.measurements.map((one) => el("div", {class: "reason"},
    el("p", {}, el("strong", {class: one.above ? "bad" : ""}, `${one.comparison}: ${formatValue(toNumber(one.value))}`),
      ` ${one.measure}, ${one.above ? "above" : "within"} the threshold ${formatValue(toNumber(one.threshold))}`),
    el("p", {class: "formula"}, one.formula))));
}

function customCard(feature, model, view) {
  if (!feature.custom) return null;
  const rows = [];
  feature.custom.forEach((pairs, dataset) => {
    if (!view.visible[dataset]) return;
    for (const [name, text] of pairs || []) {
      rows.push(el("tr", {}, model.datasets.length > 1 ? el("td", {}, datasetDot(dataset)) : null,
                   el("th", {scope: "row"}, name), el("td", {class: "long"}, text)));
    }
  });
  if (rows.length === 0) return null;
  return card("Custom statistics", "", el("div", {class: "scroll"}, el("table", {}, rows)));
}

function schemaCard(feature) {
  const schema = feature.schema;
  if (!schema) return null;
  const facts = [["type", schema.type], ["presence", schema.presence], ["valency", schema.valency], ["domain", schema.domain]];
  return card("Schema", "",
    el("dl", {class: "facts"}, facts.filter(([, value]) => value).map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))),
    el("pre", {class: "schema", tabindex: "0", "aria-label": "schema entry"}, schema.text),
    feature.derived ? el("p", {class: "muted"}, feature.derived) : null);
}

function chartCard(feature, context) {
  const {view} = context;
  if (feature.charts.length === 0) return null;
  const chosen = chosenChart(feature, context) || feature.charts[0];
  const tabs = el("div", {class: "tabs", role: "tablist", "aria-label": "chart"});
  const body = el("div", {}), raw = card("Raw data", "");
  const show = (chart) => {
    context.chartOf.set(feature.index, chart.name);
    for (const tab of tabs.children) {
      const on = tab.textContent === chart.name;
      tab.setAttribute("aria-selected", String(on));
      tab.setAttribute("tabindex", on ? "0" : "-1");
    }
    const drawn = drawChart(chart, view, {width: 560, height: 210, axes: true});
    context.tooltip.attach(drawn, "");
    context.tooltip.attachKeys(drawn, `${feature.name}, ${chart.name}`);
    body.replaceChildren(drawn.node, notes(chart, view));
    raw.replaceChildren(raw.firstChild, rawData(chart, context));
  };
  for (const chart of feature.charts) {
    tabs.append(el("button", {type: "button", role: "tab", onclick: () => show(chart)}, chart.name));
  }
  tabs.addEventListener("keydown", (event) => {
    const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
    if (!step) return;
    const all = [...tabs.children], at = all.indexOf(event.target);
    const next = clamp(at + step, all.length);
    show(feature.charts[next]);
    all[next].focus();
    event.preventDefault();
    event.stopPropagation();
  });
  show(chosen);
  return [el("section", {class: "card"}, tabs, body), raw];
}

// What a chart cannot draw.
function notes(chart, view) {
  const parts = [];
  for (const {dataset, series} of visibleSeries(chart, view)) {
    if (series.nan) parts.push([dataset, `${plural(series.nan, "NaN value")}`]);
    if (series.undefined) parts.push([dataset, `${plural(series.undefined, "undefined value")}`]);
    if (series.other) {
      parts.push([dataset, `${formatCount(series.other[1])} more values, together ${amountText(series.other[0], totalOf(series), view)}`]);
    }
  }
  return el("p", {class: "muted notes"}, parts.map(([dataset, text]) => el("span", {}, datasetDot(dataset), text)));
}

// Facets' "show raw data": each value or range with its count in every dataset.
function rawData(chart, {model, view}) {
  const shown = visibleSeries(chart, view);
  if (shown.length === 0) return "";
  const several = model.datasets.length > 1;
  if (chart.kind === "bars" || chart.kind === "cumulative") {
    const all = labelAmounts(chart, shown, view);
    const most = Math.max(...all.flatMap((one) => one.counts.map((count) => count / one.total)), 1e-300);
    const widest = Math.max(16, 96 - 28 * all.length);  // pixels
    const rows = chart.labels.map((label, index) => el("tr", {},
      el("th", {scope: "row", title: label}, label === "" ? "(empty)" : label),
      all.map((one) => {
        const share = (one.counts[index] || 0) / one.total;
        const bar = el("span", {class: `share d${one.dataset}`, "aria-hidden": "true"});
        bar.style.width = `${Math.max((share / most) * widest, share > 0 ? 1 : 0)}px`;
        return [el("td", {class: "number"}, formatCount(one.counts[index] || 0)),
                el("td", {class: "number muted"}, formatPercent(share)), el("td", {class: "share-cell"}, bar)];
      })));
    const head = el("tr", {}, el("th", {scope: "col"}, "value"), all.map((one) => el("th", {scope: "colgroup", colspan: 3},
      several ? [datasetDot(one.dataset), model.datasets[one.dataset].name] : "count")));
    return el("div", {class: "scroll raw", tabindex: "0", "aria-label": "raw data"}, el("table", {}, el("thead", {}, head), el("tbody", {}, rows)));
  }
  if (chart.kind === "quantiles") {
    const columns = shown.map(({dataset, series}) => {
      const buckets = bucketsOf(series);
      return {dataset, edges: buckets.length ? [buckets[0].low, ...buckets.map((bucket) => bucket.high)] : []};
    }).filter((one) => one.edges.length);
    const steps = Math.max(...columns.map((one) => one.edges.length)) - 1;
    const same = columns.filter((one) => one.edges.length - 1 === steps);
    const head = el("tr", {}, el("th", {scope: "col"}, "percentile"), same.map((one) => [...Array(steps + 1).keys()].length && el("th", {scope: "col", class: "number"},
      several ? [datasetDot(one.dataset), model.datasets[one.dataset].name] : "value")));
    const rows = [...Array(steps + 1).keys()].map((i) => el("tr", {}, el("th", {scope: "row"}, `${formatPercent(i / steps)}${i === 0 ? " (min)" : i === steps ? " (max)" : 2 * i === steps ? " (median)" : ""}`),
      same.map((one) => el("td", {class: "number"}, formatValue(one.edges[i])))));
    return el("div", {class: "scroll raw", tabindex: "0", "aria-label": "percentiles"}, el("table", {}, el("thead", {}, head), el("tbody", {}, rows)));
  }
  const rows = shown.flatMap(({dataset, series}) => {
    const total = totalOf(series);
    return bucketsOf(series).map((bucket) => el("tr", {},
      several ? el("td", {}, datasetDot(dataset), model.datasets[dataset].name) : null,
      el("td", {class: "number"}, formatValue(bucket.low)), el("td", {class: "number"}, formatValue(bucket.high)),
      el("td", {class: "number"}, formatCount(bucket.count)), el("td", {class: "number muted"}, formatPercent(bucket.count / total))));
  });
  const head = el("tr", {}, several ? el("th", {scope: "col"}, "dataset") : null,
    ["from", "to", "count", "share"].map((name) => el("th", {scope: "col", class: "number"}, name)));
  return el("div", {class: "scroll raw", tabindex: "0", "aria-label": "raw data"}, el("table", {}, el("thead", {}, head), el("tbody", {}, rows)));
}

// The chart that the reader chose for this feature, or for its section; null where the feature lacks it.
function chosenChart(feature, context) {
  const name = context.chartOf.get(feature.index) || context.view.charts[feature.section];
  return feature.charts.find((chart) => chart.name === name) || null;
}
