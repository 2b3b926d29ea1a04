// The bar at the top: how the app is connected, what time it is here, and the ways to change that.
import { h, menu, svg, ICONS, toast } from './dom.js';
import { openManage } from './manage.js';
import { now, tell, world } from './world.js';

const HOUR = 3600;
const SPANS = [['30 minutes', HOUR / 2], ['4 hours', 4 * HOUR], ['1 day', 24 * HOUR], ['1 week', 168 * HOUR]];

const clock = document.getElementById('clock');
const manage = document.getElementById('manage-open');

clock.onclick = () => menu(clock, SPANS.map(([name, seconds]) => ({
  node: `Advance by ${name}`, testid: `advance-${seconds}`,
  run: async () => {
    const answer = await tell('clock', { advance: seconds });
    toast(answer.ok ? `${name} later. What is due comes within a second or two.` : answer.message ?? answer.error);
  },
})), { label: 'Let time pass' });
manage.replaceChildren(svg(ICONS.gear), h('span', { class: 'wide-only' }, 'Manage'));
manage.onclick = () => openManage();

const STATES = {
  off: ['✗', 'Workspace not reachable, trying again'],
  on: ['✓', 'Lanekeeper is connected'],
  idle: ['…', 'Lanekeeper is not connected'],
};

export function drawTopbar() {
  const state = !world.online ? 'off' : world.sockets ? 'on' : 'idle';
  const node = document.getElementById('presence');
  if (node.dataset.state !== state) {
    const [sign, said] = STATES[state];
    node.dataset.state = state;
    node.replaceChildren(h('span', { class: 'presence-dot', 'aria-hidden': 'true' }, sign), h('span', { class: 'presence-text' }, said));
    node.title = said;
  }
  drawClock();
}

function drawClock() {
  const at = now();
  const day = at.toLocaleDateString(undefined, { weekday: 'short', day: 'numeric', month: 'short' });
  const time = at.toLocaleTimeString(undefined, { hour: 'numeric', minute: '2-digit' });
  const turned = world.ahead ? ahead(world.ahead) : '';
  const seen = `${day} ${time} ${turned}`;
  if (clock.dataset.seen === seen) return;
  clock.dataset.seen = seen;
  clock.replaceChildren(svg(ICONS.clock, 16), h('span', { class: 'wide-only' }, day), h('span', {}, time), turned ? h('span', { class: 'turned' }, turned) : '');
  clock.setAttribute('aria-label', `It is ${day} ${time} here${turned ? `, ${turned} ahead of the machine` : ''}. Let time pass`);
}

// +4 h, +1 d 4 h
function ahead(seconds) {
  const minutes = Math.round(seconds / 60);
  const parts = [[Math.floor(minutes / 1440), 'd'], [Math.floor(minutes / 60) % 24, 'h'], [minutes % 60, 'min']];
  const said = parts.filter(([n]) => n).map(([n, unit]) => `${n} ${unit}`).join(' ');
  return said ? `+${said}` : '';
}

setInterval(() => world.me && drawClock(), 5000);
