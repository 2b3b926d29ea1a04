// The markdown block: headings, lists, quotes, fences, tables, and inline marks.
import { h } from './dom.js';
import { inline, link, reference, table } from './text.js';

const MD_MARKS = [
  [/`([^`\n]+)`/, (m) => h('code', {}, m[1])],
  [/\[([^\]\n]+)\]\(([^)\s]+)\)/, (m) => link(m[2], m[1])],
  [/<([@#!][^<>\n]+|https?:[^<>\n]+)>/, (m) => reference(m[1])],
  [/\*\*(?=\S)([^\n]+?)(?<=\S)\*\*/, (m) => h('strong', {}, inline(m[1], MD_MARKS))],
  [/~~(?=\S)([^\n]+?)(?<=\S)~~/, (m) => h('s', {}, inline(m[1], MD_MARKS))],
  [/(?<![\w*])[*](?=\S)([^*\n]+?)(?<=\S)[*](?![\w*])/, (m) => h('em', {}, inline(m[1], MD_MARKS))],
  [/(?<![\w_])_(?=\S)([^_\n]+?)(?<=\S)_(?![\w_])/, (m) => h('em', {}, inline(m[1], MD_MARKS))],
  [/https?:\/\/[^\s<>|]*[^\s<>|.,;:!?)'"]/, (m) => link(m[0])],
];

export function markdown(source) {
  const out = [];
  const lines = source.split('\n');
  const run = (test) => { const taken = []; while (lines.length && test.test(lines[0])) taken.push(lines.shift()); return taken; };
  while (lines.length) {
    const line = lines[0];
    if (/^```/.test(line)) {
      lines.shift();
      out.push(h('pre', {}, run(/^(?!```)/).join('\n')));
      lines.shift();
    } else if (/^#{1,6}\s/.test(line)) {
      out.push(h('h4', { class: 'md-heading' }, inline(lines.shift().replace(/^#+\s+/, ''), MD_MARKS)));
    } else if (/^\s*[-*+]\s/.test(line)) {
      out.push(h('ul', {}, run(/^\s*[-*+]\s/).map((item) => h('li', {}, inline(item.replace(/^\s*[-*+]\s/, ''), MD_MARKS)))));
    } else if (/^\s*\d+[.)]\s/.test(line)) {
      out.push(h('ol', {}, run(/^\s*\d+[.)]\s/).map((item) => h('li', {}, inline(item.replace(/^\s*\d+[.)]\s/, ''), MD_MARKS)))));
    } else if (/^>/.test(line)) {
      out.push(h('blockquote', {}, run(/^>/).map((q) => h('div', {}, inline(q.replace(/^>\s?/, ''), MD_MARKS)))));
    } else if (/^\|.*\|\s*$/.test(line)) {
      out.push(markdownTable(run(/^\|.*\|\s*$/)));
    } else if (/^(-{3,}|\*{3,})\s*$/.test(line)) {
      lines.shift();
      out.push(h('hr'));
    } else if (!line.trim()) lines.shift();
    else out.push(h('p', {}, run(/^(?!\s*$|```|#{1,6}\s|>|\||\s*[-*+]\s|\s*\d+[.)]\s)/).flatMap((l, n) => [n ? h('br') : null, ...inline(l, MD_MARKS)])
      .concat(line && lines[0] === line ? [lines.shift()] : [])));
  }
  return out;
}

function markdownTable(rows) {
  const cells = rows.filter((row) => !/^\|[\s:|-]+\|\s*$/.test(row)).map((row) => row.trim().slice(1, -1).split('|').map((c) => inline(c.trim(), MD_MARKS)));
  return table(cells);
}
