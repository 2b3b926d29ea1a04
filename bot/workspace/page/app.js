// The page: reads the address, follows the workspace as one person, draws what changed.
import { composer } from './composer.js';
import { avatar, h, ICONS, svg } from './dom.js';
import { drawHome, home } from './home.js';
import { drawMessages } from './message.js';
import { drawModal } from './modal.js';
import { drawSidebar } from './sidebar.js';
import { drawTopbar } from './topbar.js';
import { act, follow, timeline, world } from './world.js';

const main = document.getElementById('main');
const pane = document.getElementById('thread');
const sidebar = document.getElementById('sidebar');
const menuButton = document.getElementById('menu');
const FIRST = 'U0REP';

// the address: ?as=U0LEAD1#/c/C0SUPPORT/1712345678.000100, #/app/home, #/app/messages

const address = () => new URLSearchParams(`${location.search.slice(1)}&${location.hash.split('?')[1] ?? ''}`);
const whoAmI = () => address().get('as') || sessionStorage.getItem('as') || FIRST;

function route() {
  const [, kind, name, ts] = location.hash.split('?')[0].split('/');
  const dm = [...world.channels.values()].find((c) => c.is_im)?.id;
  if (dm && (kind === 'app' || name === dm)) return { app: name === 'home' ? 'home' : 'messages', channel: dm, thread: ts && kind === 'c' ? ts : null };
  const known = kind === 'c' && world.channels.has(name);
  const channel = known ? name : [...world.channels.values()].find((c) => !c.is_im)?.id;
  const root = known && ts ? world.messages.get(channel)?.get(ts)?.thread_ts ?? ts : null;
  return { app: null, channel, thread: root };
}

function become(user) {
  sessionStorage.setItem('as', user);
  const query = new URLSearchParams(location.search);
  query.set('as', user);
  history.replaceState(null, '', `?${query}${location.hash.split('?')[0]}`);
  drawn = {};
  follow(user, changed);
}

// the parts that stay

const list = h('div', { class: 'messages', role: 'log', 'aria-label': 'Messages', tabindex: '0', 'data-testid': 'messages' });
const write = composer('composer');
const replies = h('div', { class: 'messages', role: 'log', 'aria-label': 'Thread', tabindex: '0' });
const reply = composer('thread-composer');
let drawn = {};
const aimed = {}; // where the focus was put last: once for each place, and not again when everything is drawn anew
let waiting = false;

function changed(change) {
  if (change.type === 'snapshot') {
    drawn = {};
    if (world.me !== whoAmI()) become(world.me); // nobody of that name lives here
  }
  if (waiting) return;
  waiting = true;
  queueMicrotask(() => { waiting = false; draw(); });
}

function draw() {
  drawTopbar();
  if (!world.me || whoAmI() !== world.me) return;
  const now = route();
  drawSidebar(now, become);
  if (now.app === 'home') {
    const fresh = drawn.main !== `${world.me}/home`;
    if (fresh) {
      drawn = { main: `${world.me}/home` };
      aimed.main = null;
      main.replaceChildren(heading(now), home);
    }
    drawHome({ fresh });
  }
  else drawChannel(now);
  drawThread(now);
  drawModal();
  document.title = `${now.app ? 'Lanekeeper' : `#${world.channels.get(now.channel)?.name}`} · ${world.team.name} (local)`;
}

function heading(now) {
  const channel = world.channels.get(now.channel);
  if (now.app) {
    const tab = (name, label) => h('a', { class: 'tab', href: `#/app/${name}`, 'aria-current': now.app === name ? 'page' : null, 'data-testid': `app-${name}-tab` }, label);
    return h('header', { class: 'main-head main-head-app' }, h('div', { class: 'head-row' }, avatar(world.people.get(world.bot), 'avatar-small'), h('h1', {}, 'Lanekeeper'), h('span', { class: 'tag' }, 'App')),
      h('nav', { class: 'tabs', 'aria-label': 'Lanekeeper' }, tab('home', 'Home'), tab('messages', 'Messages')));
  }
  const signs = [channel.is_archived ? 'Archived' : '', channel.is_private ? 'Private' : '', channel.is_ext_shared ? 'Shared' : '', channel.has_app ? '' : 'Lanekeeper is not here'];
  return h('header', { class: 'main-head' }, h('div', { class: 'head-row' }, h('h1', {}, h('span', { class: 'hash' }, '#'), channel.name), signs.filter(Boolean).map((said) => h('span', { class: 'tag' }, said)),
    h('span', { class: 'topic' }, channel.topic.value), h('span', { class: 'count', title: `${channel.member_count} members` }, svg(ICONS.people, 16), String(channel.member_count))));
}

function drawChannel(now) {
  const room = world.channels.get(now.channel);
  if (!room) {
    drawn = {};
    main.replaceChildren(h('div', { class: 'empty' }, h('h2', {}, 'You are in no channel'), h('p', {}, 'Somebody adds you under Manage, Channels.')));
    return;
  }
  const key = `${world.me}/${now.channel}/${now.app}`;
  const fresh = drawn.main !== key;
  const messages = timeline(now.channel);
  const atEnd = fresh || list.scrollHeight - list.scrollTop - list.clientHeight < 120;
  if (fresh) {
    drawn.main = key;
    list.replaceChildren();
    main.replaceChildren(heading(now), list, now.app && world.read_only_tab ? '' : room.is_archived ? closed() : write);
    if (now.app) act('open_home', { tab: 'messages' });
  }
  write.aim({ channel: now.channel, thread: null }, placeholder(now));
  if (messages.length) drawMessages(list, now.channel, messages);
  else list.replaceChildren(empty(now));
  if (atEnd) list.scrollTop = list.scrollHeight;
  markRead(now.channel, messages);
  if (!now.thread) aim('main', key, write);
}

function aim(pane, key, form) {
  if (aimed[pane] === key) return;
  aimed[pane] = key;
  if (matchMedia('(min-width: 760px)').matches && !world.stack.length) form.field.focus();
}

function placeholder(now) {
  const name = now.app ? 'Lanekeeper' : `#${world.channels.get(now.channel).name}`;
  return matchMedia('(min-width: 760px)').matches ? `Message ${name}, or / for a command` : `Message ${name}`;
}

const closed = () => h('p', { class: 'closed' }, 'This channel is archived: nobody writes here any more.');

function empty(now) {
  const name = now.app ? 'Lanekeeper' : `#${world.channels.get(now.channel).name}`;
  return h('div', { class: 'empty' }, h('h2', {}, now.app ? 'Messages with Lanekeeper' : `This is the beginning of ${name}`),
    h('p', {}, now.app ? 'What Lanekeeper tells only you stands here.' : 'Type / below to see what Lanekeeper can do.'));
}

function markRead(channel, messages) {
  const last = messages.filter((m) => !m.ephemeral).at(-1)?.ts;
  if (last && document.visibilityState === 'visible' && (world.read[channel] ?? '0') < last) {
    world.read[channel] = last;
    act('read', { channel });
  }
}

function drawThread(now) {
  const parent = now.thread && now.app !== 'home' ? world.messages.get(now.channel)?.get(now.thread) : null;
  document.body.classList.toggle('has-thread', Boolean(parent));
  pane.hidden = !parent;
  if (!parent) {
    drawn.thread = aimed.thread = null;
    pane.replaceChildren();
    return;
  }
  const key = `${world.me}/${now.channel}/${now.thread}`;
  const fresh = drawn.thread !== key;
  const atEnd = fresh || replies.scrollHeight - replies.scrollTop - replies.clientHeight < 120;
  const back = now.app ? '#/app/messages' : `#/c/${now.channel}`;
  if (fresh) {
    drawn.thread = key;
    replies.replaceChildren();
    const mayWrite = !(now.app && world.read_only_tab) && !world.channels.get(now.channel).is_archived;
    const where = now.app ? 'Lanekeeper' : `#${world.channels.get(now.channel).name}`;
    pane.replaceChildren(h('header', { class: 'main-head' }, h('div', { class: 'head-row' }, h('h1', {}, 'Thread'), h('span', { class: 'topic' }, where),
      h('a', { class: 'icon-button', href: back, 'aria-label': 'Close thread', 'data-testid': 'thread-close' }, svg(ICONS.close)))), replies, mayWrite ? reply : '');
  }
  reply.aim({ channel: now.channel, thread: now.thread }, 'Reply…');
  drawMessages(replies, now.channel, timeline(now.channel, now.thread), { thread: now.thread });
  if (atEnd) replies.scrollTop = fresh && timeline(now.channel, now.thread).length < 3 ? 0 : replies.scrollHeight;
  aim('thread', key, reply);
}

// the drawer on a narrow screen

function drawer(open) {
  document.body.classList.toggle('has-drawer', open);
  menuButton.setAttribute('aria-expanded', String(open));
  if (open) sidebar.querySelector('a, button')?.focus();
}

menuButton.onclick = () => drawer(!document.body.classList.contains('has-drawer'));
document.getElementById('scrim').onclick = () => drawer(false);
sidebar.addEventListener('click', (event) => { if (event.target.closest('a, .menu-entry')) drawer(false); });
document.querySelector('[data-skip]').onclick = (event) => { event.preventDefault(); (write.isConnected ? write.field : main).focus(); };

document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || document.querySelector('dialog[open]')) return;
  if (document.body.classList.contains('has-drawer')) { drawer(false); menuButton.focus(); }
  else if (!pane.hidden) pane.querySelector('[data-testid=thread-close]').click();
});
document.addEventListener('visibilitychange', () => { if (world.me) draw(); });
window.addEventListener('hashchange', () => {
  const asked = new URLSearchParams(location.hash.split('?')[1] ?? '').get('as');
  if (asked && asked !== world.me) become(asked);
  else draw();
});
matchMedia('(min-width: 760px)').addEventListener('change', () => world.me && draw());
setInterval(() => world.me && draw(), 60_000); // "today" becomes "yesterday" without a reload

become(whoAmI());
