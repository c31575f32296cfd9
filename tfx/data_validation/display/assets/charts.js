// Charts of one feature over the visible datasets.
//
// drawChart(...) returns {node, positions, describe}: the svg, the x of every place a reader can stop at, and what is
// there: describe(x) -> {title, lines: [{dataset, text}]}.

const MIN_BAR = 0.01;  // of the highest: Facets draws smaller bars as high as this, so that they are seen

// [{dataset, series}] of the visible datasets that have the chart.
function visibleSeries(chart, view) {
  const all = view.weighted && chart.weighted ? chart.weighted : chart.series;
  const shown = [];
  all.forEach((series, dataset) => {
    if (series && view.visible[dataset]) shown.push({dataset, series});
  });
  return shown;
}

function bucketsOf(series) {
  const flat = series.buckets || [];
  const buckets = [];
  for (let i = 0; i < flat.length; i += 3) {
    buckets.push({low: toNumber(flat[i]), high: toNumber(flat[i + 1]), count: toNumber(flat[i + 2])});
  }
  return buckets;
}

function totalOf(series) {
  let total = series.other ? series.other[0] : 0;
  if (series.counts) for (const count of series.counts) total += toNumber(count);
  else for (const bucket of bucketsOf(series)) total += bucket.count > 0 ? bucket.count : 0;
  return total;
}

function amountText(count, total, view) {
  return view.percent ? `${formatPercent(count / total)} (${formatCount(count)})`
                      : `${formatCount(count)} (${formatPercent(count / total)})`;
}

// From a count to a share of the height. Logarithmic heights start at the smallest count that is drawn.
function heightScale(values, view) {
  const positive = values.filter((value) => value > 0 && Number.isFinite(value));
  const max = Math.max(...positive, 0), min = Math.min(...positive, max);
  if (max <= 0) return {max: 0, of: () => 0};
  if (!view.log) return {max, of: (value) => (value > 0 ? Math.max(value / max, MIN_BAR) : 0)};
  const floor = Math.log10(min) - 0.3, span = Math.log10(max) - floor;
  return {max, of: (value) => (value > 0 ? Math.max((Math.log10(value) - floor) / span, MIN_BAR) : 0)};
}

function drawChart(chart, view, size) {
  const shown = visibleSeries(chart, view);
  const frame = {left: size.axes ? 52 : 0, right: size.axes ? 12 : 0, top: size.axes ? 8 : 2, bottom: size.axes ? 24 : 1};
  const area = {
    x: frame.left, y: frame.top, width: size.width - frame.left - frame.right,
    height: size.height - frame.top - frame.bottom, axes: size.axes,
  };
  const node = svg("svg", {width: size.width, height: size.height, viewBox: `0 0 ${size.width} ${size.height}`,
                           class: "chart", role: "img"});
  let drawn;
  if (shown.length === 0) drawn = drawNothing(node, area);
  else if (chart.kind === "histogram") drawn = drawHistogram(node, area, shown, view);
  else if (chart.kind === "quantiles") drawn = drawQuantiles(node, area, shown, view);
  else if (chart.kind === "bars") drawn = drawBars(node, area, chart, shown, view);
  else drawn = drawCumulative(node, area, chart, shown, view);
  const cursor = svg("line", {class: "cursor", y1: area.y, y2: area.y + area.height, visibility: "hidden"});
  node.append(cursor);
  return {node, cursor, positions: drawn.positions, describe: drawn.describe};
}

function drawNothing(node, area) {
  node.append(svg("text", {class: "nothing", x: area.x + area.width / 2, y: area.y + area.height / 2 + 4}, "no data"));
  return {positions: [], describe: () => ({title: "no data", lines: []})};
}

function drawAxes(node, area, yText, xTicks) {
  const bottom = area.y + area.height;
  node.append(svg("line", {class: "axis", x1: area.x, x2: area.x + area.width, y1: bottom + 0.5, y2: bottom + 0.5}));
  if (!area.axes) return;
  if (yText) {
    for (const [share, text] of yText) {
      const y = bottom - share * area.height;
      node.append(svg("line", {class: "grid", x1: area.x, x2: area.x + area.width, y1: y, y2: y}),
                  svg("text", {class: "tick", x: area.x - 6, y: y + 3.5, "text-anchor": "end"}, text));
    }
  }
  let edge = -Infinity;
  for (const [x, text, anchor] of xTicks) {
    const half = text.length * 3.1;
    if (x - half < edge) continue;
    edge = x + half + 8;
    node.append(svg("text", {class: "tick", x, y: bottom + 15, "text-anchor": anchor || "middle"}, text));
  }
}

// Round numbers between low and high, about `wanted` of them.
function roundTicks(low, high, wanted) {
  const raw = (high / wanted - low / wanted), power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= raw * 0.999);
  if (!(step > 0) || !Number.isFinite(step)) return [low, high];
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9 && ticks.length < 50; i += 1) {
    ticks.push(Number((i * step).toPrecision(12)));
  }
  return ticks.length > 1 ? ticks : [low, high];
}

// A number as a tick: as many digits as tell neighbours apart.
function tickText(value, step) {
  const size = Math.abs(value);
  if (size > 10000 && step < size / 1000) return value.toLocaleString("en-US", {maximumFractionDigits: 0, useGrouping: size < 1e9});
  if (size <= 10000 && step < 0.02 && step >= 1e-6) return value.toFixed(Math.ceil(-Math.log10(step)));
  return formatNumber(value);
}

function valueTicks(low, high, toX) {
  const ticks = roundTicks(low, high, 5), step = Math.abs(ticks[1] - ticks[0]);
  return ticks.map((value) => {
    const x = toX(value);
    return [x, tickText(value, step), "middle"];
  });
}

function countTicks(scale, view) {
  if (scale.max <= 0) return [];
  const text = (value) => (view.percent ? formatPercent(value) : formatNumber(value));
  if (!view.log) return roundTicks(0, scale.max, 5).filter((value) => value > 0).map((value) => [value / scale.max, text(value)]);
  const ticks = [];
  for (let power = Math.floor(Math.log10(scale.max)); power > -12 && ticks.length < 5; power -= 1) {
    const share = scale.of(10 ** power);
    if (share <= MIN_BAR) break;
    ticks.push([share, text(10 ** power)]);
  }
  return ticks;
}

// Ranges on a line. Infinite ranges stand beside it; ranges without width get the average width.
function drawHistogram(node, area, shown, view) {
  let low = Infinity, high = -Infinity, infinite = [false, false];
  const all = shown.map(({dataset, series}) => {
    const buckets = bucketsOf(series).filter((bucket) => bucket.low <= bucket.high), total = totalOf(series);
    for (const bucket of buckets) {
      if (Number.isFinite(bucket.low)) low = Math.min(low, bucket.low), high = Math.max(high, bucket.low);
      else infinite[0] = true;
      if (Number.isFinite(bucket.high)) high = Math.max(high, bucket.high), low = Math.min(low, bucket.high);
      else infinite[1] = true;
    }
    return {dataset, series, buckets, total};
  });
  if (!(low <= high)) low = 0, high = 1;
  if (low === high) low -= 0.5, high += 0.5;
  const beside = Math.min(14, area.width / 12);
  const start = area.x + (infinite[0] ? beside : 0);
  const width = area.width - (infinite[0] ? beside : 0) - (infinite[1] ? beside : 0);
  const toX = (value) => {
    if (value === -Infinity) return area.x;
    if (value === Infinity) return area.x + area.width;
    return start + ((value / 2 - low / 2) / (high / 2 - low / 2)) * width;  // halves: the range itself may overflow
  };
  const amount = (count, total) => (view.percent && total > 0 ? count / total : count);
  const scale = heightScale(all.flatMap((one) => one.buckets.map((bucket) => amount(bucket.count, one.total))), view);
  drawAxes(node, area, countTicks(scale, view), valueTicks(low, high, toX));
  const drawn = [];
  for (const one of all) {
    const average = Math.min(width / Math.max(one.buckets.length, 1), width / 10);
    const bottom = area.y + area.height;
    let outline = "", at = -Infinity;  // the skyline of the bars
    for (const bucket of one.buckets) {
      let x0 = toX(bucket.low), x1 = toX(bucket.high);
      if (bucket.low === bucket.high) x0 -= average / 2, x1 += average / 2;
      x0 = Math.max(x0, area.x), x1 = Math.min(Math.max(x1, x0 + 1), area.x + area.width);
      const height = scale.of(amount(bucket.count, one.total)) * area.height;
      drawn.push({dataset: one.dataset, bucket, x0, x1, total: one.total});
      if (!(height > 0)) continue;
      const gap = x1 - x0 > 4 && all.length === 1 ? 0.5 : 0;
      const top = area.y + area.height - height;
      outline += `${x0 - at > 0.5 ? `${outline ? `V${bottom}` : ""}M${x0} ${bottom}` : ""}V${top}H${x1}`;
      at = x1;
      node.append(svg("rect", {class: `bar d${one.dataset}${all.length > 1 ? " overlaid" : ""}`, x: x0 + gap,
                               y: top, width: x1 - x0 - 2 * gap, height}));
    }
    if (all.length > 1) node.append(svg("path", {class: `stroke outline d${one.dataset}`, d: outline ? `${outline}V${bottom}` : ""}));
  }
  const positions = [...new Set(drawn.map((bar) => Math.round((bar.x0 + bar.x1) / 2)))].sort((a, b) => a - b);
  const describe = (x) => {
    const lines = [];
    for (const {dataset} of all) {
      const bar = drawn.find((one) => one.dataset === dataset && one.x0 <= x && x <= one.x1 && one.bucket.count > 0) ||
                  drawn.find((one) => one.dataset === dataset && one.x0 <= x && x <= one.x1);
      if (!bar) continue;
      const range = bar.bucket.low === bar.bucket.high
          ? formatValue(bar.bucket.low) : `${formatValue(bar.bucket.low)} – ${formatValue(bar.bucket.high)}`;
      lines.push({dataset, text: `${range}: ${amountText(bar.bucket.count, bar.total, view)}`});
    }
    return {title: "", lines};
  };
  return {positions, describe};
}

// One line per dataset with a mark at each quantile, the middle one larger.
function drawQuantiles(node, area, shown, view) {
  const all = shown.map(({dataset, series}) => {
    const buckets = bucketsOf(series);
    const edges = buckets.length ? [buckets[0].low, ...buckets.map((bucket) => bucket.high)] : [];
    return {dataset, edges: edges.filter((edge) => !Number.isNaN(edge))};
  }).filter((one) => one.edges.length > 1);
  const finite = all.flatMap((one) => one.edges).filter(Number.isFinite);
  if (finite.length === 0) return drawNothing(node, area);
  // Logarithmic on both sides of zero.
  const smallest = Math.min(...finite.filter((value) => value !== 0).map(Math.abs), 1);
  const bend = (value) => (view.log ? Math.sign(value) * Math.log1p(Math.abs(value) / smallest) : value);
  let low = bend(Math.min(...finite)), high = bend(Math.max(...finite));  // log1p of huge values is small
  if (low === high) low -= 0.5, high += 0.5;
  const toX = (value) => {
    if (value === -Infinity) return area.x;
    if (value === Infinity) return area.x + area.width;
    return area.x + 4 + ((bend(value) / 2 - low / 2) / (high / 2 - low / 2)) * (area.width - 8);
  };
  const least = Math.min(...finite), most = Math.max(...finite);
  drawAxes(node, area, null, view.log || least === most
      ? [[toX(least), formatValue(least), "start"], [toX(most), formatValue(most), "end"]] : valueTicks(least, most, toX));
  const marks = [];
  all.forEach((one, row) => {
    const y = area.y + (area.height * (row + 0.5)) / all.length;
    const reach = Math.min(area.height / all.length / 2 - 1, area.axes ? 16 : 7);
    const steps = one.edges.length - 1;
    node.append(svg("line", {class: `stroke d${one.dataset}`, x1: toX(one.edges[0]), x2: toX(one.edges[steps]), y1: y, y2: y}));
    one.edges.forEach((value, i) => {
      const x = toX(value), middle = 2 * i === steps, half = middle ? reach : reach * 0.55;
      node.append(svg("line", {class: `stroke d${one.dataset}${middle ? " middle" : ""}`, x1: x, x2: x, y1: y - half, y2: y + half}));
      marks.push({dataset: one.dataset, x, text: `${formatPercent(i / steps)}: ${formatValue(value)}`});
    });
  });
  const positions = [...new Set(marks.map((mark) => Math.round(mark.x)))].sort((a, b) => a - b);
  const describe = (x) => {
    const nearest = Math.min(...marks.map((mark) => Math.abs(mark.x - x)));
    const near = marks.filter((mark) => Math.abs(Math.abs(mark.x - x) - nearest) < 1);
    const lines = [];
    for (const {dataset} of all) {
      const mine = near.filter((mark) => mark.dataset === dataset);
      if (mine.length > 2) lines.push({dataset, text: `${mine[0].text}, … ${mine[mine.length - 1].text}`});
      else for (const mark of mine) lines.push({dataset, text: mark.text});
    }
    return {title: "", lines};
  };
  return {positions, describe};
}

function labelAmounts(chart, shown, view) {
  return shown.map(({dataset, series}) => {
    const counts = (series.counts || []).map(toNumber), total = totalOf(series);
    return {dataset, counts, total, other: series.other,
            amounts: counts.map((count) => (view.percent && total > 0 ? count / total : count))};
  });
}

function describeLabel(chart, all, view, index) {
  return {
    title: chart.labels[index] === "" ? "(empty)" : chart.labels[index],
    lines: all.map((one) => ({dataset: one.dataset, text: amountText(one.counts[index] || 0, one.total, view)})),
  };
}

// A group of bars per label.
function drawBars(node, area, chart, shown, view) {
  const all = labelAmounts(chart, shown, view);
  const scale = heightScale(all.flatMap((one) => one.amounts), view);
  const slot = area.width / chart.labels.length;
  const room = Math.max(1, Math.floor(slot / 6.6));
  drawAxes(node, area, countTicks(scale, view), chart.labels.map((label, i) => [
    area.x + (i + 0.5) * slot, label === "" ? "(empty)" : label.length > room ? label.slice(0, Math.max(room - 1, 1)) + "…" : label]));
  const width = Math.min(slot * 0.8, 80) / all.length;
  all.forEach((one, place) => {
    one.amounts.forEach((amount, i) => {
      const height = scale.of(amount) * area.height;
      if (height <= 0) return;
      node.append(svg("rect", {class: `bar d${one.dataset}`, rx: Math.min(2, width / 4),
                               x: area.x + (i + 0.5) * slot + (place - all.length / 2) * width,
                               y: area.y + area.height - height, width: Math.max(width - 1, 1), height}));
    });
  });
  return {
    positions: chart.labels.map((_, i) => Math.round(area.x + (i + 0.5) * slot)),
    describe: (x) => describeLabel(chart, all, view, clamp(Math.floor((x - area.x) / slot), chart.labels.length)),
  };
}

// The running share over labels, in the order of the first dataset.
function drawCumulative(node, area, chart, shown, view) {
  const all = labelAmounts(chart, shown, view);
  const slot = area.width / chart.labels.length;
  drawAxes(node, area, [[0.5, "50%"], [1, "100%"]], [
    [area.x, "most frequent", "start"],
    [area.x + area.width, `${chart.labels.length} of ${formatCount(chart.labels.length + Math.max(...all.map((one) => (one.other ? one.other[1] : 0))))} values`, "end"]]);
  const shares = all.map((one) => {
    let sum = 0;
    return one.counts.map((count) => (one.total > 0 ? (sum += count) / one.total : 0));
  });
  all.forEach((one, place) => {
    const points = [[area.x, area.y + area.height]];
    let last = 0;
    for (let i = 0; i < chart.labels.length; i += 1) {
      if (i < shares[place].length) last = shares[place][i];
      points.push([area.x + (i + 1) * slot, area.y + area.height * (1 - Math.min(last, 1))]);
    }
    const line = points.map((point) => point.map((value) => value.toFixed(1)).join(",")).join(" ");
    const bottom = area.y + area.height;
    node.append(svg("polygon", {class: `area d${one.dataset}`, points: `${area.x},${bottom} ${line} ${area.x + area.width},${bottom}`}),
                svg("polyline", {class: `stroke d${one.dataset}`, points: line}));
  });
  return {
    positions: chart.labels.map((_, i) => Math.round(area.x + (i + 0.5) * slot)),
    describe: (x) => {
      const index = clamp(Math.floor((x - area.x) / slot), chart.labels.length);
      const found = describeLabel(chart, all, view, index);
      found.title = `${index + 1}. ${found.title}`;
      found.lines.forEach((line, i) => {
        if (shares[i].length) line.text += `, up to here ${formatPercent(shares[i][Math.min(index, shares[i].length - 1)])}`;
      });
      return found;
    },
  };
}

function clamp(index, length) {
  return Math.max(0, Math.min(index, length - 1));
}

// Pointer and arrow keys over a chart, one tooltip for all.
class Tooltip {
  constructor() {
    this.node = el("div", {class: "tooltip", role: "status", "aria-live": "polite", hidden: true});
  }

  attach(drawn, title) {
    const {node} = drawn;
    node.addEventListener("pointermove", (event) => {
      const box = node.getBoundingClientRect();
      this.show(drawn, title, ((event.clientX - box.left) * node.width.baseVal.value) / box.width, event.clientY);
    });
    node.addEventListener("pointerleave", () => this.hide(drawn));
  }

  // Left and right step through the chart; the reader hears what is there.
  attachKeys(drawn, title) {
    const {node, positions} = drawn;
    let at = -1;
    node.setAttribute("tabindex", "0");
    node.setAttribute("aria-label", `${title}: chart, left and right arrow keys step through it`);
    node.addEventListener("keydown", (event) => {
      const step = {ArrowRight: 1, ArrowLeft: -1, Home: -positions.length, End: positions.length}[event.key];
      if (event.key === "Escape" && !this.node.hidden) this.hide(drawn);
      else if (step && positions.length) this.show(drawn, title, positions[at = clamp(at + step, positions.length)], null);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    node.addEventListener("blur", () => this.hide(drawn));
  }

  show(drawn, title, x, clientY) {
    const found = drawn.describe(x);
    if (found.title === "" && found.lines.length === 0) return this.hide(drawn);
    this.node.replaceChildren(...[
      found.title ? el("div", {class: "tooltip-title"}, found.title) : null,
      ...found.lines.map((line) => el("div", {}, datasetDot(line.dataset), line.text)),
    ].filter(Boolean));
    this.node.hidden = false;
    drawn.cursor.setAttribute("x1", x);
    drawn.cursor.setAttribute("x2", x);
    drawn.cursor.setAttribute("visibility", "visible");
    const box = drawn.node.getBoundingClientRect();
    const left = box.left + (x * box.width) / drawn.node.width.baseVal.value;
    const top = clientY === null ? box.top : clientY;
    const size = this.node.getBoundingClientRect();
    this.node.style.left = `${Math.max(4, Math.min(left + 12, window.innerWidth - size.width - 4))}px`;
    this.node.style.top = `${top - size.height - 10 < 4 ? top + 18 : top - size.height - 10}px`;
  }

  hide(drawn) {
    this.node.hidden = true;
    if (drawn) drawn.cursor.setAttribute("visibility", "hidden");
  }
}
