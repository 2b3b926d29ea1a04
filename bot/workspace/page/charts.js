// Slack's native charts as plain SVG, and the same numbers as a table: no value is told by colour or height alone.
import { h } from './dom.js';
import { table, unknown } from './text.js';

const WIDE = 520;
const HIGH = 200;
const LEFT = 8;
const BOTTOM = 24; // room for the labels
const SIGNS = ['●', '■', '▲', '◆', '✚', '★'];

const shape = (tag, attributes, ...inside) => {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...inside);
  return node;
};

export function chart(block) {
  const drawn = block.chart ?? {};
  const series = drawn.type === 'pie' ? [{ name: '', data: drawn.segments ?? [] }] : drawn.series ?? [];
  const labels = drawn.axis_config?.categories ?? series[0]?.data?.map((point) => point.label) ?? [];
  if (!series.length || !labels.length || series.some((one) => one.data.some((point) => typeof point.value !== 'number'))) return unknown(block);
  const draw = drawn.type === 'line' || drawn.type === 'area' ? lines : bars;
  const picture = shape('svg', { viewBox: `0 0 ${WIDE} ${HIGH}`, class: 'chart', role: 'img', 'aria-label': spoken(block.title, series, labels) });
  const values = series.flatMap((one) => one.data.map((point) => point.value));
  const floor = draw === lines ? near(values) : 0;
  const scale = scaled(values, floor);
  picture.append(shape('line', { x1: LEFT, x2: WIDE - LEFT, y1: scale(floor), y2: scale(floor), class: 'chart-axis' }));
  draw(picture, series, labels, scale);
  labels.forEach((label, n) => picture.append(words(label, middle(n, labels.length), HIGH - 6, 'chart-label')));
  const legend = series.length > 1 ? h('ul', { class: 'chart-legend' }, series.map((one, n) => h('li', {}, h('span', { class: `series-${n}`, 'aria-hidden': 'true' }, SIGNS[n]), ` ${one.name}`))) : null;
  return h('figure', { class: 'b-chart', 'data-testid': 'chart' }, h('figcaption', {}, block.title ?? ''), picture, legend,
    h('details', { class: 'chart-numbers' }, h('summary', {}, 'Numbers'), numbers(drawn, series, labels)));
}

const spoken = (title, series, labels) => `${title}: ${series.map((one) => `${one.name} ${labels.map((label, n) => `${label} ${one.data[n]?.value ?? 'no value'}`).join(', ')}`.trim()).join('; ')}`;

// Where a line's axis stands: a little below what is least, so that a small change is seen; bars begin at zero.
function near(values) {
  const least = Math.min(...values);
  return least <= 0 ? 0 : Math.max(0, least - (Math.max(...values) - least || 1) / 2);
}

// The height of a value, with room for its number; the floor is always in the picture.
function scaled(values, floor) {
  const most = Math.max(floor, ...values);
  const least = Math.min(floor, ...values);
  const span = most - least || 1;
  return (value) => 20 + ((most - value) / span) * (HIGH - BOTTOM - 34);
}

const middle = (n, count) => LEFT + ((WIDE - 2 * LEFT) * (n + 0.5)) / count;
const words = (said, x, y, kind) => shape('text', { x, y, class: kind, 'text-anchor': 'middle' }, said);
const shown = (value) => value.toLocaleString(undefined, { maximumFractionDigits: 2 });

function bars(picture, series, labels, scale) {
  const wide = Math.min(46, ((WIDE - 2 * LEFT) / labels.length) * (0.8 / series.length));
  series.forEach((one, s) => one.data.forEach((point, n) => {
    const x = middle(n, labels.length) + (s - series.length / 2) * wide;
    const top = Math.min(scale(point.value), scale(0));
    picture.append(shape('rect', { x: x + 1, y: top, width: Math.max(2, wide - 2), height: Math.max(1, Math.abs(scale(point.value) - scale(0))), rx: 2, class: `series-${s}` }));
    picture.append(words(series.length > 1 ? SIGNS[s] : shown(point.value), x + wide / 2, top - 4, 'chart-value'));
  }));
}

function lines(picture, series, labels, scale) {
  series.forEach((one, s) => {
    const points = one.data.map((point, n) => [middle(n, labels.length), scale(point.value)]);
    picture.append(shape('polyline', { points: points.map((p) => p.join(',')).join(' '), class: `chart-line series-${s}`, 'stroke-dasharray': ['none', '7 4', '2 3', '9 3 2 3', '4 4', '12 4'][s] }));
    points.forEach(([x, y], n) => {
      picture.append(words(SIGNS[s], x, y + 4, `chart-point series-${s}`));
      if (series.length === 1) picture.append(words(shown(one.data[n].value), x, y - 8, 'chart-value'));
    });
  });
}

function numbers(drawn, series, labels) {
  const head = [drawn.axis_config?.x_label ?? '', ...series.map((one) => one.name || drawn.axis_config?.y_label || 'Value')];
  return table([head, ...labels.map((label, n) => [label, ...series.map((one) => (one.data[n] ? shown(one.data[n].value) : '–'))])],
    [null, ...series.map(() => 'right')]);
}
