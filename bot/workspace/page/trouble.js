// What goes wrong next: calls that fail, connections that drop, Slack away.
import { h } from './dom.js';

const METHODS = ['chat.postMessage', 'chat.update', 'chat.postEphemeral', 'views.open', 'views.update', 'views.publish', 'users.info', 'usergroups.users.list', 'conversations.open', '*'];
const HOW = { // shown, the fault
  ratelimited: ['429, too many calls', (seconds) => ({ status: 429, retry_after: seconds })],
  invalid_blocks: ['invalid_blocks', () => ({ error: 'invalid_blocks' })],
  not_in_channel: ['not_in_channel', () => ({ error: 'not_in_channel' })],
  missing_scope: ['missing_scope', () => ({ error: 'missing_scope' })],
  internal_error: ['503, Slack fails', () => ({ status: 503 })],
  lost: ['done, but the answer is lost', () => ({ status: 503, after: true })],
  slow: ['answered late', (seconds) => ({ delay: seconds })],
};
const AWAY = 20; // seconds
const chosen = { method: 'chat.postMessage', how: 'ratelimited', seconds: '3', times: '1' }; // kept while the panel is drawn anew

const field = (name, label, control) => h('label', { class: 'manage-field' }, h('span', {}, label), control);

function select(name, options) {
  const node = h('select', { class: 'field', 'data-key': name, 'data-testid': `trouble-${name}`, onchange: () => { chosen[name] = node.value; } },
    options.map(([value, shown]) => h('option', { value, selected: value === chosen[name] }, shown)));
  return node;
}

function number(name, most) {
  const node = h('input', { class: 'field', type: 'number', min: 1, max: most, value: chosen[name], 'data-key': name, 'data-testid': `trouble-${name}`, oninput: () => { chosen[name] = node.value; } });
  return node;
}

export function drawTrouble({ planned, down, sockets }, change) {
  const lever = (testid, label, name, details, done) => h('button', { type: 'button', class: 'button', 'data-key': testid, 'data-testid': testid, onclick: () => change(name, details, done) }, label);
  const plan = (event) => {
    event.preventDefault();
    const [shown, fault] = HOW[chosen.how];
    const times = Number(chosen.times) || 1;
    change('faults', { method: chosen.method, times, ...fault(Number(chosen.seconds) || 1) }, `The next ${times > 1 ? `${times} calls` : 'call'} of ${chosen.method}: ${shown}.`);
  };
  return [
    h('form', { class: 'manage-form', onsubmit: plan }, h('h3', {}, 'The next call fails'),
      field('method', 'Method', select('method', METHODS.map((name) => [name, name === '*' ? 'any method' : name]))),
      field('how', 'What happens', select('how', Object.entries(HOW).map(([name, [shown]]) => [name, shown]))),
      field('seconds', 'Seconds (Retry-After, or how late)', number('seconds', 120)), field('times', 'Times', number('times', 100)),
      h('button', { class: 'button button-primary', type: 'submit', 'data-key': 'plan', 'data-testid': 'trouble-plan' }, 'Let it fail')),
    h('h3', {}, 'The connection'), h('p', { class: 'hint' }, down ? `Slack is down for ${Math.ceil(down)} more seconds.` : `${sockets} open ${sockets === 1 ? 'connection' : 'connections'} to Lanekeeper.`),
    h('div', { class: 'b-actions' }, lever('trouble-refresh', 'Ask it to reconnect', 'drop', {}, 'Lanekeeper was asked to open a new connection.'),
      lever('trouble-cut', 'Cut it', 'drop', { reason: null }, 'Every connection was cut.'),
      lever('trouble-down', `Slack is down for ${AWAY} s`, 'down', { seconds: AWAY }, `Nothing of Slack answers for ${AWAY} seconds.`)),
    h('h3', {}, 'Still to go wrong'),
    planned.length ? h('ul', { class: 'manage-list', 'data-testid': 'planned' }, planned.map((fault) => h('li', {}, `${fault.times} × ${fault.method}: ${said(fault)}`))) : h('p', { class: 'hint' }, 'Nothing.'),
    planned.length || down ? h('div', { class: 'b-actions' }, lever('trouble-mend', 'Mend everything', 'mend', {}, 'Nothing more goes wrong.')) : null,
    h('p', { class: 'hint' }, 'An administrator deletes any message from its “⋯” menu; channels are archived, and Lanekeeper taken out of them, under Channels.'),
  ].filter(Boolean);
}

const said = (fault) => (fault.delay && !fault.error && !fault.after ? `answered ${fault.delay} s late` : fault.after ? 'done, but the answer is lost' : fault.error || (fault.status === 429 ? `429, Retry-After ${fault.retry_after} s` : `HTTP ${fault.status}`));
