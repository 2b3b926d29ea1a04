// The modal on top of this person's stack. The browser's own dialog keeps the focus inside.
import { blocks, entries } from './blocks.js';
import { avatar, h, ICONS, svg } from './dom.js';
import { text } from './text.js';
import { act, world } from './world.js';

const dialog = document.getElementById('modal');
const entered = new Map(); // view id → entries
let shown = null; // the view that is drawn: its id and hash
let errors = {};
let trouble = '';
let opener = null;

export function drawModal() {
  const view = world.stack.at(-1);
  if (!view) {
    shown = null;
    entered.clear();
    if (dialog.open) { dialog.close(); goBack(); }
    return;
  }
  const key = `${view.id}/${view.hash}`;
  if (key === shown) return;
  errors = {};
  trouble = '';
  shown = key;
  draw(view);
}

function draw(view, focusOn = null) {
  const values = entries(view.blocks, entered.get(view.id));
  entered.set(view.id, values);
  const host = {
    errors,
    hand: (block, one) => ({
      value: values[block.block_id]?.[one.action_id],
      change: (value) => { (values[block.block_id] ??= {})[one.action_id] = value; mended(block.block_id); },
      act: async (value) => {
        const answer = await act('click', { view_id: view.id, action_id: one.action_id, block_id: block.block_id, value, values });
        if (!answer.ok) complain(view, answer);
      },
      ask: (value) => act('suggest', { view_id: view.id, action_id: one.action_id, block_id: block.block_id, value }),
    }),
  };
  const submit = view.submit && h('button', { class: 'button button-primary', type: 'submit', 'data-testid': 'modal-submit' }, text(view.submit));
  const depth = world.stack.length;
  const form = h('form', { class: 'modal-form', novalidate: true, 'data-view-id': view.id, 'data-callback-id': view.callback_id },
    h('header', { class: 'modal-head' }, avatar(world.people.get(world.bot), 'avatar-small'), h('h2', { id: 'modal-title' }, text(view.title)),
      depth > 1 ? h('span', { class: 'tag', 'data-testid': 'modal-depth' }, `${depth} of 3`) : null,
      h('button', { type: 'button', class: 'icon-button', 'aria-label': 'Close all', 'data-testid': 'modal-cross', onclick: () => act('close', { view_id: view.id, all: true }) }, svg(ICONS.close))),
    h('div', { class: 'modal-body', tabindex: '-1' }, trouble ? h('div', { class: 'b-alert b-alert-error', role: 'alert', 'data-testid': 'modal-trouble' }, trouble) : null, blocks(view.blocks, host)),
    h('footer', { class: 'modal-foot' },
      h('button', { type: 'button', class: 'button', 'data-testid': 'modal-close', onclick: () => act('close', { view_id: view.id }) }, view.close ? text(view.close) : view.submit ? 'Cancel' : 'Close'), submit));
  form.addEventListener('submit', (event) => { event.preventDefault(); send(view, values, submit); });
  const scrolled = dialog.querySelector('.modal-body')?.scrollTop ?? 0;
  const was = focusOn ?? focusPath();
  dialog.replaceChildren(form);
  if (!dialog.open) { opener = whereFrom(document.activeElement); dialog.showModal(); }
  else dialog.querySelector('.modal-body').scrollTop = scrolled;
  focusBack(was);
}

// What was clicked to open the modal, in words that survive drawing anew: the focus goes back there.
function whereFrom(node) {
  const control = node?.closest?.('[data-action-id]');
  return { node, ts: node?.closest?.('[data-ts]')?.dataset.ts, action: control?.dataset.actionId };
}

function goBack() {
  const { node, ts, action } = opener ?? {};
  opener = null;
  const message = ts && document.querySelector(`.message[data-ts="${CSS.escape(ts)}"]`);
  const again = message && action && message.querySelector(`[data-action-id="${CSS.escape(action)}"]`);
  const target = node?.isConnected && node !== document.body ? node : again || message?.querySelector('button, a') || document.querySelector('.composer-field');
  if (message) { message.tabIndex = -1; message.focus({ preventScroll: true }); } // its tools can take the focus only once it has it
  target?.focus({ preventScroll: true });
  // A field that gets its focus from a closing dialog gets no caret in Chromium: what is typed would go nowhere.
  if (target?.matches('textarea')) target.setSelectionRange(target.value.length, target.value.length);
}

// A complaint goes when its field is changed; whether it is right now, the next submission says.
function mended(id) {
  if (!errors[id]) return;
  delete errors[id];
  const node = [...dialog.querySelectorAll('.has-error')].find((one) => one.dataset.blockId === id);
  node?.classList.remove('has-error');
  node?.querySelector('.field-error')?.remove();
  node?.querySelector('[aria-invalid]')?.removeAttribute('aria-invalid');
}

// Where the focus stands, in words that survive drawing anew.
function focusPath() {
  const node = document.activeElement;
  const control = node?.closest?.('[data-action-id]');
  return dialog.contains(node) && control ? { action: control.dataset.actionId, block: control.dataset.blockId } : null;
}

function focusBack(was) {
  const inside = [...dialog.querySelectorAll('[data-action-id]')];
  const control = was && inside.find((n) => n.dataset.actionId === was.action && n.dataset.blockId === was.block);
  const first = dialog.querySelector('[data-autofocus]') ?? dialog.querySelector('.field, .modal-body input') ?? dialog.querySelector('.modal-foot button:last-child');
  const target = control ? (control.matches('input,select,textarea,button') ? control : control.querySelector('input,select,textarea,button,summary')) : first;
  target?.focus({ preventScroll: !control });
}

async function send(view, values, button) {
  if (!button || button.getAttribute('aria-busy') === 'true') return;
  button.setAttribute('aria-busy', 'true');
  const answer = await act('submit', { view_id: view.id, values });
  button.removeAttribute('aria-busy');
  if (!answer.ok) complain(view, answer);
}

function complain(view, answer) {
  const now = world.stack.find((v) => v.id === view.id) ?? view;
  errors = answer.errors && !Array.isArray(answer.errors) ? answer.errors : {};
  trouble = Object.keys(errors).length ? '' : answer.message ?? 'We had some trouble connecting. Try again?';
  draw(now);
  const first = dialog.querySelector('[aria-invalid]');
  (first?.matches('.choices') ? first.querySelector('input') : first)?.focus();
  if (trouble) dialog.querySelector('.modal-body').scrollTop = 0;
}

dialog.addEventListener('cancel', (event) => {
  event.preventDefault();
  const view = world.stack.at(-1);
  if (view) act('close', { view_id: view.id });
});
