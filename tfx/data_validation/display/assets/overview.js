// Above everything: what is wrong, then what the datasets are.

const FIRST_ALERTS = 6;  // of a kind; the others on demand

function drawOverview(context) {
  const {model} = context;
  return el("div", {class: "overview"}, alertPanel(context), datasetPanel(model), crossPanel(model));
}

function alertPanel(context) {
  const {model} = context;
  const groups = new Map();
  for (const alert of model.alerts) {
    const key = `${alert.level} ${alert.kind}`;
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(alert);
  }
  const counts = {error: 0, warning: 0, note: 0};
  for (const alert of model.alerts) counts[alert.level] += 1;
  const headline = model.alerts.length === 0
      ? "Nothing stands out" : ["error", "warning", "note"].filter((level) => counts[level]).map((level) => plural(counts[level], level)).join(", ");
  const state = counts.error ? "error" : counts.warning ? "warning" : counts.note ? "note" : "ok";
  return el("section", {class: `panel alerts ${state}`, "aria-label": "alerts"},
    el("h2", {}, "Alerts", el("span", {class: "count"}, headline)),
    !model.hasAnomalies ? el("p", {class: "muted"}, "Not validated against a schema.")
        : model.anomalies.length === 0 ? el("p", {class: "good"}, "No anomalies found.") : null,
    [...groups.values()].map((alerts, place) => alertGroup(alerts, place, context)),
    model.limits.map((limit) => el("p", {class: "muted"}, `Note: ${limit}.`)));
}

function alertGroup(alerts, place, context) {
  const {model} = context;
  const item = (alert) => el("li", {},
    alert.feature >= 0 ? el("button", {type: "button", class: "link", onclick: () => context.reveal(alert.feature)}, model.features[alert.feature].name) : null,
    el("span", {class: "muted"}, alert.kind !== "anomaly" && alert.dataset >= 0 && model.datasets.length > 1 ? ["  ", datasetDot(alert.dataset), model.datasets[alert.dataset].name, ": "] : "  ", alert.text));
  const list = el("ul", {class: "plain"}, alerts.slice(0, FIRST_ALERTS).map(item));
  if (alerts.length > FIRST_ALERTS) {
    const more = el("li", {}, el("button", {type: "button", class: "link", onclick: () => {
      more.remove();
      list.append(...alerts.slice(FIRST_ALERTS).map(item));
      const first = list.children[FIRST_ALERTS].querySelector("button");
      if (first) first.focus();
    }}, `${formatCount(alerts.length - FIRST_ALERTS)} more …`));
    list.append(more);
  }
  const features = new Set(alerts.map((alert) => alert.feature));
  return el("details", {open: alerts[0].level === "error" || place === 0},
    el("summary", {}, el("span", {class: `level ${alerts[0].level}`, title: alerts[0].level}), alerts[0].title,
       el("span", {class: "count"}, plural(features.size, "feature"))),
    list);
}

function datasetPanel(model) {
  const weighted = model.datasets.some((dataset) => dataset.weightedExamples > 0);
  const head = ["dataset", "examples", weighted ? "by weight" : null, "features", "missing"].filter(Boolean);
  const kinds = new Map();
  for (const feature of model.features) kinds.set(feature.kind, (kinds.get(feature.kind) || 0) + 1);
  return el("section", {class: "panel datasets", "aria-label": "datasets"},
    el("h2", {}, model.datasets.length > 1 ? "Datasets" : "Dataset"),
    el("table", {},
      el("thead", {}, el("tr", {}, head.map((name, i) => el("th", {scope: "col", class: i > 0 ? "number" : ""}, name)))),
      el("tbody", {}, model.datasets.map((dataset, i) => el("tr", {},
        el("th", {scope: "row"}, datasetDot(i), dataset.name),
        el("td", {class: "number"}, formatCount(toNumber(dataset.examples))),
        weighted ? el("td", {class: "number"}, formatCount(toNumber(dataset.weightedExamples))) : null,
        el("td", {class: "number"}, formatCount(dataset.features)),
        el("td", {class: "number", title: "of examples × features"}, formatPercent(toNumber(dataset.missing))))))),
    el("p", {class: "muted kinds"}, [...kinds].map(([kind, count]) => el("span", {}, el("strong", {}, String(count)), ` ${KIND_NAMES[kind]}`))));
}

function crossPanel(model) {
  if (model.crossFeatures.length === 0) return null;
  return el("section", {class: "panel cross", "aria-label": "pairs of features"},
    el("details", {}, el("summary", {}, "Pairs of features", el("span", {class: "count"}, formatCount(model.crossFeatures.length))),
      el("div", {class: "scroll"}, el("table", {}, model.crossFeatures.map((cross) => el("tr", {},
        model.datasets.length > 1 ? el("td", {}, datasetDot(cross.dataset)) : null,
        el("th", {scope: "row"}, `${cross.x} × ${cross.y}`), el("td", {class: "number"}, formatCount(toNumber(cross.count))), el("td", {class: "long"}, cross.text)))))));
}
