// Slack's mrkdwn, plain text and rich text, as nodes.
import { h } from './dom.js';
import { now, world } from './world.js';

const EMOJI = {
  white_check_mark: '✅', heavy_check_mark: '✔️', x: '❌', warning: '⚠️', rotating_light: '🚨', no_entry: '⛔', no_entry_sign: '🚫',
  hourglass: '⌛', hourglass_flowing_sand: '⏳', eyes: '👀', memo: '📝', pencil: '📝', pencil2: '✏️', mag: '🔍', lock: '🔒', key: '🔑',
  robot_face: '🤖', wave: '👋', tada: '🎉', rocket: '🚀', bulb: '💡', bell: '🔔', moneybag: '💰', dollar: '💵', credit_card: '💳',
  ticket: '🎫', email: '📧', envelope: '✉️', inbox_tray: '📥', outbox_tray: '📤', clipboard: '📋', link: '🔗', calendar: '📅',
  bar_chart: '📊', chart_with_upwards_trend: '📈', chart_with_downwards_trend: '📉', arrow_right: '➡️', arrow_up: '⬆️', arrow_down: '⬇️',
  leftwards_arrow_with_hook: '↩️', repeat: '🔁', thumbsup: '👍', '+1': '👍', thumbsdown: '👎', '-1': '👎', ok_hand: '👌', raised_hands: '🙌',
  pray: '🙏', clap: '👏', heart: '❤️', star: '⭐', fire: '🔥', zap: '⚡', stopwatch: '⏱️', clock1: '🕐', gear: '⚙️', wrench: '🔧',
  shield: '🛡️', octagonal_sign: '🛑', stop_sign: '🛑', construction: '🚧', ghost: '👻', bust_in_silhouette: '👤', busts_in_silhouette: '👥',
  smile: '😄', slightly_smiling_face: '🙂', thinking_face: '🤔', large_green_circle: '🟢', large_yellow_circle: '🟡', red_circle: '🔴',
  large_blue_circle: '🔵', white_circle: '⚪', black_circle: '⚫', large_orange_circle: '🟠', package: '📦', book: '📖', speech_balloon: '💬',
  information_source: 'ℹ️', question: '❓', exclamation: '❗', arrows_counterclockwise: '🔄', page_facing_up: '📄', mailbox: '📫',
  double_vertical_bar: '⏸️', pause_button: '⏸️', arrow_forward: '▶️', black_square_for_stop: '⏹️', scales: '⚖️', seedling: '🌱', point_right: '👉',
};

export const emoji = (name) => EMOJI[name] ?? null;

export const unescape = (text) => text.replace(/&(lt|gt|amp);/g, (_, name) => ({ lt: '<', gt: '>', amp: '&' })[name]);

const withEmoji = (text) => text.replace(/:([a-z0-9_+-]+):/g, (all, name) => emoji(name) ?? all);

// A text object: {type: 'plain_text' | 'mrkdwn', text}
export function text(object) {
  if (!object) return [];
  return object.type === 'mrkdwn' ? mrkdwn(object.text) : [withEmoji(object.text)];
}

export function mrkdwn(source = '') {
  const out = [];
  source.split(/```\n?([\s\S]+?)\n?```/).forEach((part, n) => {
    if (n % 2) out.push(h('pre', {}, unescape(part)));
    else out.push(...quotes(n ? part.replace(/^\n/, '') : part));
  });
  return out;
}

function quotes(part) {
  const out = [];
  let quoted = null;
  const lines = part.split('\n');
  lines.forEach((line, n) => {
    const quote = /^(?:&gt;|>)\s?(.*)$/.exec(line);
    if (quote) {
      if (!quoted) out.push(quoted = h('blockquote'));
      else quoted.append(h('br'));
      quoted.append(...inline(quote[1]));
      return;
    }
    if (n && !quoted) out.push(h('br'));
    quoted = null;
    out.push(...inline(line));
  });
  return out;
}

const MARKS = [
  [/`([^`\n]+)`/, (m) => h('code', {}, unescape(m[1]))],
  [/<([^<>\n]+)>/, (m) => reference(m[1])],
  [/(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])/, (m) => h('strong', {}, inline(m[1]))],
  [/(?<![\w_])_(?=\S)([^_\n]+?)(?<=\S)_(?![\w_])/, (m) => h('em', {}, inline(m[1]))],
  [/(?<![\w~])~(?=\S)([^~\n]+?)(?<=\S)~(?![\w~])/, (m) => h('s', {}, inline(m[1]))],
  [/https?:\/\/[^\s<>|]*[^\s<>|.,;:!?)'"]/, (m) => link(unescape(m[0]))],
];

export function inline(source, marks = MARKS) {
  let first = null;
  for (const [pattern, make] of marks) {
    const match = pattern.exec(source);
    if (match && (!first || match.index < first.match.index)) first = { match, make };
  }
  if (!first) return source ? [withEmoji(unescape(source))] : [];
  const { match, make } = first;
  return [
    ...inline(source.slice(0, match.index), marks), make(match), ...inline(source.slice(match.index + match[0].length), marks),
  ];
}

// What stands in this workspace is shown in place, to the same person; everything else in a tab of its own.
export const inPlace = (url) => (url.startsWith(`${location.origin}/#`) ? url.slice(location.origin.length + 1) : url);

export function visit(url) {
  const here = inPlace(url);
  if (here.startsWith('#')) location.hash = here;
  else if (/^https?:/.test(url)) window.open(url, '_blank', 'noopener');
}

export function link(address, label) {
  const url = inPlace(address);
  const safe = /^(https?:|mailto:|tel:)/i.test(url) || url.startsWith('#');
  if (!safe) return label ?? address;
  return h('a', { href: url, target: url.startsWith('#') ? null : '_blank', rel: 'noopener noreferrer' }, label ?? address.replace(/^mailto:/, ''));
}

export function reference(inner) {
  const bar = inner.indexOf('|');
  const target = bar < 0 ? inner : inner.slice(0, bar);
  const label = bar < 0 ? null : unescape(inner.slice(bar + 1));
  const id = target.slice(1);
  if (/^@[UWB]/.test(target)) return mention(id, label);
  if (target.startsWith('#')) return room(id, label);
  if (target.startsWith('!subteam^')) return group(target.slice(9), label);
  if (target.startsWith('!date^')) return date(target.slice(6), label);
  if (target.startsWith('!')) return h('span', { class: 'mention' }, `@${label ?? id}`);
  return link(unescape(target), label ? withEmoji(label) : null);
}

export function mention(id, label) {
  const person = world.people.get(id);
  const name = person ? person.real_name : label ?? id;
  return h('span', { class: id === world.me ? 'mention mention-me' : 'mention', title: person?.profile?.title || null }, `@${name}`);
}

export function room(id, label) {
  const channel = world.channels.get(id);
  return h('a', { class: 'mention', href: `#/c/${id}` }, `#${channel?.name ?? label ?? id}`);
}

export function group(id, label) {
  const known = world.groups.get(id);
  return h('span', { class: known?.users?.includes(world.me) ? 'mention mention-me' : 'mention' }, known ? `@${known.handle}` : label ?? id);
}

// <!date^1392734382^{date_short_pretty} at {time}^https://…|fallback>
function date(rest, fallback) {
  const [seconds, format = '', url] = rest.split('^');
  const at = new Date(Number(seconds) * 1000);
  if (Number.isNaN(at.getTime())) return fallback ?? '';
  const shown = format.replace(/\{(\w+)\}/g, (all, name) => DATES[name]?.(at) ?? all);
  const node = h('time', { datetime: at.toISOString(), title: at.toLocaleString() }, shown || fallback);
  return url ? link(url, node) : node;
}

const say = (at, options) => at.toLocaleDateString(undefined, options);
const LONG = { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' };
const SHORT = { year: 'numeric', month: 'short', day: 'numeric' };
const DATES = {
  date_num: (at) => at.toLocaleDateString('sv'),
  date: (at) => say(at, { year: 'numeric', month: 'long', day: 'numeric' }),
  date_short: (at) => say(at, SHORT),
  date_long: (at) => say(at, LONG),
  date_pretty: (at) => pretty(at, { year: 'numeric', month: 'long', day: 'numeric' }),
  date_short_pretty: (at) => pretty(at, SHORT),
  date_long_pretty: (at) => pretty(at, LONG),
  time: (at) => clock(at),
  time_secs: (at) => at.toLocaleTimeString(undefined, { hour: 'numeric', minute: '2-digit', second: '2-digit' }),
  ago: (at) => ago(at),
};

export const clock = (at) => at.toLocaleTimeString(undefined, { hour: 'numeric', minute: '2-digit' });

function daysAgo(at) {
  const day = (d) => new Date(d.getFullYear(), d.getMonth(), d.getDate()).getTime();
  return Math.round((day(now()) - day(at)) / 86400000);
}

export function pretty(at, otherwise) {
  const days = daysAgo(at);
  return { '-1': 'tomorrow', 0: 'today', 1: 'yesterday' }[days] ?? say(at, otherwise);
}

function ago(at) {
  const minutes = Math.round((now() - at) / 60000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} minute${minutes > 1 ? 's' : ''} ago`;
  const hours = Math.round(minutes / 60);
  return hours < 24 ? `${hours} hour${hours > 1 ? 's' : ''} ago` : `${Math.round(hours / 24)} days ago`;
}

// rich text

export const rich = (block) => (block.elements ?? []).map(richPart);

function richPart(part) {
  const inside = (part.elements ?? []).map(richLeaf);
  switch (part.type) {
    case 'rich_text_section': return h('div', {}, inside);
    case 'rich_text_quote': return h('blockquote', {}, inside);
    case 'rich_text_preformatted': return h('pre', {}, inside);
    case 'rich_text_list': {
      const items = part.elements.map((item) => h('li', {}, (item.elements ?? []).map(richLeaf)));
      const list = h(part.style === 'ordered' ? 'ol' : 'ul', { start: part.offset ? part.offset + 1 : null }, items);
      list.style.marginInlineStart = `${(part.indent ?? 0) * 1.5}em`;
      return list;
    }
    default: return unknown(part);
  }
}

function richLeaf(leaf) {
  switch (leaf.type) {
    case 'text': return styled(leaf.text, leaf.style);
    case 'link': return styled(link(leaf.url, leaf.text), leaf.style);
    case 'user': return mention(leaf.user_id);
    case 'channel': return room(leaf.channel_id);
    case 'usergroup': return group(leaf.usergroup_id);
    case 'emoji': return emoji(leaf.name) ?? `:${leaf.name}:`;
    case 'broadcast': return h('span', { class: 'mention' }, `@${leaf.range}`);
    case 'date': return date(`${leaf.timestamp}^${leaf.format}${leaf.url ? `^${leaf.url}` : ''}`, leaf.fallback);
    default: return '';
  }
}

function styled(node, style = {}) {
  let out = node;
  for (const [key, tag] of [['code', 'code'], ['bold', 'strong'], ['italic', 'em'], ['strike', 's'], ['underline', 'u']]) {
    if (style[key]) out = h(tag, {}, out);
  }
  return out;
}

export const unknown = (thing) => h('details', { class: 'unknown' },
  h('summary', {}, `Unknown block: ${thing.type}`), h('pre', {}, JSON.stringify(thing, null, 2)));

export const table = (rows, align = []) => h('div', { class: 'table-scroll', tabindex: '0', role: 'region', 'aria-label': 'Table' },
  h('table', {}, rows.map((row, n) => h('tr', {}, row.map((cell, c) => h(n ? 'td' : 'th', { class: align[c] ? `align-${align[c]}` : null, scope: n ? null : 'col' }, cell))))));
