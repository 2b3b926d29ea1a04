// Building the page out of nodes. Text always goes in as text, never as markup.
import { world } from './world.js';

export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === 'class') node.className = value;
    else if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (key === 'value' || key === 'checked' || key === 'selected') node[key] = value;
    else node.setAttribute(key, value === true ? '' : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export function svg(path, size = 18) {
  const space = 'http://www.w3.org/2000/svg';
  const node = document.createElementNS(space, 'svg');
  for (const [key, value] of Object.entries({ viewBox: '0 0 20 20', width: size, height: size, 'aria-hidden': 'true' })) {
    node.setAttribute(key, value);
  }
  const line = document.createElementNS(space, 'path');
  for (const [key, value] of Object.entries({
    d: path, fill: 'none', stroke: 'currentColor', 'stroke-width': 1.6, 'stroke-linecap': 'round', 'stroke-linejoin': 'round',
  })) line.setAttribute(key, value);
  node.append(line);
  return node;
}

export const ICONS = {
  send: 'M3 10.2 17 3.5l-4.6 13.2-3-5.2z M9.4 11.5 17 3.5',
  close: 'M5 5l10 10M15 5 5 15',
  back: 'M12.5 4.5 7 10l5.5 5.5',
  reply: 'M4 5.5h12v8H9l-3.5 3v-3H4z',
  more: 'M5 10h.01M10 10h.01M15 10h.01',
  smile: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM7.3 12c.7.9 1.6 1.4 2.7 1.4s2-.5 2.7-1.4M7.6 8.2v.4M12.4 8.2v.4',
  updown: 'M7 8l3-3 3 3M7 12l3 3 3-3',
  people: 'M7.5 9.5a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4zM2.5 16c.3-2.7 2.2-4.3 5-4.3s4.7 1.6 5 4.3M13 4.4a2.6 2.6 0 0 1 0 5M14.6 12c1.7.5 2.7 1.9 2.9 4',
  eye: 'M2.5 10S5.3 5 10 5s7.5 5 7.5 5-2.8 5-7.5 5-7.5-5-7.5-5zM10 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4z',
  bolt: 'M11 3 5 11.5h4.5L9 17l6-8.5h-4.5z',
  clock: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 6v4l2.6 1.6',
  gear: 'M10 12.4a2.4 2.4 0 1 0 0-4.8 2.4 2.4 0 0 0 0 4.8zM10 3v2M10 15v2M3 10h2M15 10h2M5 5l1.5 1.5M13.5 13.5 15 15M15 5l-1.500 1.500M6.500 13.500 5 15',
  home: 'M3.5 9 10 3.5 16.5 9v7.5h-4.4v-4.2H7.9v4.2H3.5z',
};

const COLOURS = 8;

export function avatar(person, size = '') {
  if (person.is_bot) {
    return h('img', { class: `avatar ${size}`, src: '/page/mark.svg', alt: '' });
  }
  const initials = person.real_name.split(/\s+/).map((word) => word[0]).slice(0, 2).join('');
  const place = [...world.people.keys()].indexOf(person.id) + COLOURS;
  return h('span', { class: `avatar ${size} tint-${place % COLOURS}`, 'aria-hidden': 'true' }, initials);
}

export function toast(text) {
  const note = h('div', { class: 'toast' }, text);
  document.getElementById('toasts').append(note);
  setTimeout(() => note.remove(), 6000);
}

// One open menu at a time, closed by Esc, a click elsewhere or a choice; arrow keys move.
export function menu(anchor, entries, { label, above = false } = {}) {
  document.querySelector('.menu')?.remove();
  const list = h('div', { class: `menu ${above ? 'menu-above' : ''}`, role: 'menu', 'aria-label': label });
  const shut = () => {
    list.remove();
    anchor.setAttribute('aria-expanded', 'false');
    document.removeEventListener('pointerdown', outside, true);
  };
  const outside = (event) => { if (!list.contains(event.target) && !anchor.contains(event.target)) shut(); };
  for (const { node, run, current, testid } of entries) {
    list.append(h('button', {
      class: 'menu-entry', role: 'menuitem', type: 'button', 'data-testid': testid, 'aria-current': current ? 'true' : null,
      onclick: () => { shut(); anchor.focus(); run(); },
    }, node));
  }
  list.addEventListener('keydown', (event) => {
    const all = [...list.children];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
    if (event.key === 'Escape') { shut(); anchor.focus(); }
    if (step || event.key === 'Escape') { event.preventDefault(); event.stopPropagation(); }
    if (event.key === 'Tab') shut();
  });
  anchor.after(list);
  anchor.setAttribute('aria-expanded', 'true');
  document.addEventListener('pointerdown', outside, true);
  (list.querySelector('[aria-current]') || list.firstElementChild)?.focus();
  if (!above && list.getBoundingClientRect().bottom > window.innerHeight) list.classList.add('menu-above');
  if (list.getBoundingClientRect().left < 0) list.classList.add('menu-start');
}
