// Elements and numbers. Nothing here, or anywhere else in the component, turns data into markup: texts are set as text.

const SVG = "http://www.w3.org/2000/svg";

// el("div", {class: "x", onclick: f, "aria-label": "y"}, child, "text", null)
function el(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function svg(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined) element.append(child);
  }
  return element;
}

const NUMBER = {inf: Infinity, "-inf": -Infinity, nan: NaN};

// Infinite numbers and NaN are texts in JSON.
function toNumber(value) {
  return typeof value === "string" ? NUMBER[value] : value;
}

// As FormatNumber of facets_rules.h.
function formatNumber(number) {
  if (Number.isNaN(number)) return "NaN";
  if (!Number.isFinite(number)) return number > 0 ? "inf" : "-inf";
  const size = Math.abs(number);
  if (size === 0) return "0";
  if (size < 0.01) return number.toExponential(2);
  if (size <= 10000) return number.toLocaleString("en-US", {maximumFractionDigits: 2});
  const prefixes = ["", "k", "M", "B", "T", "P", "E", "Z", "Y"];
  let scaled = size, prefix = 0;
  while (scaled >= 999.5 && prefix + 1 < prefixes.length) {
    scaled /= 1000;
    prefix += 1;
  }
  if (scaled >= 999.5) return number.toExponential(2);
  const decimals = scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0;
  return (number < 0 ? "-" : "") + scaled.toFixed(decimals) + prefixes[prefix];
}

function formatCount(number) {
  return Number.isFinite(number) ? number.toLocaleString("en-US", {maximumFractionDigits: 2}) : formatNumber(number);
}

function formatPercent(fraction) {
  if (!Number.isFinite(fraction)) return "-";
  if (fraction > 0 && fraction < 1e-6) return "~0%";
  return (fraction * 100).toLocaleString("en-US", {maximumFractionDigits: 2}) + "%";
}

// Values to six digits: as exact as buckets are sent.
function formatValue(number) {
  if (!Number.isFinite(number)) return formatNumber(number);
  if (number !== 0 && (Math.abs(number) < 1e-4 || Math.abs(number) >= 1e15)) return number.toExponential(4);
  return number.toLocaleString("en-US", {maximumSignificantDigits: 7});
}

function plural(count, noun) {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

const KIND_NAMES = {int: "int", float: "float", string: "string", bytes: "bytes", struct: "struct", unknown: "unknown"};

// "int", "int, fixed length": Facets' feature specs.
function typeName(feature) {
  if (feature.kind === "unknown") return "unknown";
  const suffix = {single: "", unknown: "", fixed: ", fixed length", variable: ", variable length"}[feature.valency];
  return KIND_NAMES[feature.kind] + suffix;
}

// The same in a row of the list, where room is short.
function shortTypeName(feature) {
  const suffix = {single: "", unknown: "", fixed: " × n", variable: " list"}[feature.valency];
  return KIND_NAMES[feature.kind] + (feature.kind === "unknown" ? "" : suffix);
}

function datasetDot(dataset) {
  return el("span", {class: `dot d${dataset}`, "aria-hidden": "true"});
}
