// The panel of whoever runs the workspace: people, groups, channels, and what goes wrong.
import { h, ICONS, svg, toast } from './dom.js';
import { drawChannels } from './manage_channels.js';
import { drawGroups, drawPeople } from './manage_people.js';
import { drawTrouble } from './trouble.js';
import { tell } from './world.js';

const TABS = { people: ['People', drawPeople], groups: ['Groups', drawGroups], channels: ['Channels', drawChannels], trouble: ['Trouble', drawTrouble] };
const dialog = document.getElementById('manage');
const body = h('div', { class: 'modal-body', role: 'tabpanel', id: 'manage-body', tabindex: '0' });
const said = h('p', { class: 'manage-said', role: 'status', 'data-testid': 'manage-said' });
let open = 'people';
let opener = null;

const tabs = Object.entries(TABS).map(([name, [label]]) => h('button', {
  type: 'button', class: 'tab', role: 'tab', id: `manage-${name}`, 'aria-controls': 'manage-body', 'data-testid': `manage-${name}`, onclick: () => go(name),
}, label));

dialog.append(
  h('header', { class: 'modal-head' }, h('h2', { id: 'manage-title' }, 'Manage this workspace'),
    h('button', { type: 'button', class: 'icon-button', 'aria-label': 'Close', 'data-testid': 'manage-close', onclick: () => dialog.close() }, svg(ICONS.close))),
  h('div', { class: 'tabs manage-tabs', role: 'tablist', 'aria-labelledby': 'manage-title' }, tabs), said, body);

dialog.addEventListener('close', () => { opener?.focus(); });
dialog.querySelector('[role=tablist]').addEventListener('keydown', (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const names = Object.keys(TABS);
  go(names[(names.indexOf(open) + step + names.length) % names.length]);
  document.getElementById(`manage-${open}`).focus();
});

export function openManage() {
  opener = document.activeElement;
  dialog.showModal();
  go(open);
}

async function go(name) {
  open = name;
  said.textContent = '';
  for (const tab of tabs) {
    const here = tab.id === `manage-${name}`;
    tab.setAttribute('aria-selected', String(here));
    tab.tabIndex = here ? 0 : -1;
  }
  body.setAttribute('aria-labelledby', `manage-${name}`);
  await draw();
}

// Fields are drawn anew after each change; the one in use keeps the focus by its `data-key`.
async function draw() {
  try {
    const [everything, status] = await Promise.all(['everything', 'status'].map(async (what) => (await fetch(`/_control/${what}`)).json()));
    const key = document.activeElement?.dataset?.key;
    const unfolded = [...body.querySelectorAll('details[open]')].map((one) => one.dataset.key);
    body.replaceChildren(...[TABS[open][1]({ ...everything, ...status }, change)].flat(Infinity));
    for (const one of body.querySelectorAll('details')) one.open = unfolded.includes(one.dataset.key);
    if (key) body.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
  } catch {
    toast('The workspace does not answer. Is it still running?');
  }
}

// Pull a lever, say what came of it, show what is so now.
async function change(lever, details, done) {
  const answer = await tell(lever, details);
  said.textContent = answer.ok ? done : answer.message ?? `That did not work: ${answer.error}`;
  await draw();
  return answer;
}
