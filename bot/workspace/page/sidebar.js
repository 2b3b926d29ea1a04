// The left column: channels, the app, and who you are.
import { avatar, h, ICONS, menu, svg } from './dom.js';
import { standing } from './message.js';
import { unread, world } from './world.js';

const nav = document.getElementById('sidebar');

export function drawSidebar(route, become) {
  const rooms = [...world.channels.values()].filter((c) => !c.is_im);
  const dm = [...world.channels.values()].find((c) => c.is_im);
  const me = world.people.get(world.me);
  const seen = JSON.stringify([[...world.people.values()].map(standing), rooms.map((c) => c.id), route.channel, route.app, world.me, rooms.map((c) => unread(c.id)), dm && unread(dm.id)]);
  if (nav.dataset.seen === seen) return;
  nav.dataset.seen = seen;
  const list = (label, entries) => h('section', { class: 'side-section' }, h('h2', {}, label), h('ul', {}, entries.map((e) => h('li', {}, e))));
  nav.replaceChildren(
    h('div', { class: 'side-scroll' },
      list('Channels', rooms.map((c) => entry(`#/c/${c.id}`, h('span', { class: 'hash', 'aria-hidden': 'true' }, '#'), c.name, route.channel === c.id && !route.app, unread(c.id), `channel-${c.id}`))),
      dm ? list('Apps', [entry('#/app/home', avatar(world.people.get(world.bot), 'avatar-tiny'), 'Lanekeeper', Boolean(route.app), unread(dm.id), 'app-lanekeeper')]) : null),
    switcher(me, become));
}

function entry(href, sign, name, current, count, testid) {
  return h('a', { class: `side-entry ${count ? 'is-unread' : ''}`, href, 'aria-current': current ? 'page' : null, 'data-testid': testid },
    sign, h('span', { class: 'side-name' }, name), count ? h('span', { class: 'dot', 'aria-label': `${count} unread`, role: 'img' }) : null);
}

function switcher(me, become) {
  const people = [...world.people.values()].filter((p) => !p.is_bot && p.id !== 'USLACKBOT');
  const face = (p) => [avatar(p), h('span', { class: 'who' }, h('strong', {}, p.real_name), h('span', { class: 'title' }, p.profile.title)),
    p.deleted ? h('span', { class: 'tag' }, 'Deactivated') : null];
  const button = h('button', {
    type: 'button', class: 'switcher', 'aria-haspopup': 'menu', 'aria-expanded': 'false', 'data-testid': 'person-switcher',
    'aria-label': `You are ${me.real_name}, ${me.profile.title}. Switch person`,
  }, face(me), svg(ICONS.updown));
  button.onclick = () => menu(button, people.map((p) => ({
    node: face(p), current: p.id === world.me, testid: `person-${p.id}`, run: () => become(p.id),
  })), { label: 'You are', above: true });
  return h('div', { class: 'you anchor' }, h('span', { class: 'you-label' }, 'You are'), button);
}
