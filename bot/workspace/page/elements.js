// Block Kit's interactive elements. Each gets a `hand`: {value, change(value), act?(value)}; `act` tells the app at once.
import { h, svg, ICONS, menu } from './dom.js';
import { search } from './search.js';
import { text, link, visit } from './text.js';
import { world } from './world.js';

const plain = (object) => object?.text ?? '';

export function element(one, hand, id) {
  const make = ELEMENTS[one.type];
  if (!make) return null;
  const node = make(one, hand, id);
  node.dataset.actionId = one.action_id;
  if (hand.block) node.dataset.blockId = hand.block;
  return node;
}

// buttons

function button(one, hand) {
  const node = h('button', { type: 'button', class: `button ${one.style ? `button-${one.style}` : ''}`, 'aria-label': one.accessibility_label }, text(one.text));
  node.addEventListener('click', async () => {
    if (node.getAttribute('aria-busy') === 'true') return;
    if (one.confirm && !(await confirmed(one.confirm, one.style))) return;
    if (one.url) visit(one.url);
    busy(node, hand.act(one.value));
  });
  return node;
}

export async function busy(node, promise) {
  node.setAttribute('aria-busy', 'true');
  await promise;
  node.removeAttribute('aria-busy');
}

function overflow(one, hand) {
  const node = h('button', { type: 'button', class: 'button button-icon', 'aria-label': 'More options', 'aria-haspopup': 'menu', 'aria-expanded': 'false' }, svg(ICONS.more));
  const entries = one.options.map((option) => ({
    node: text(option.text),
    run: async () => {
      if (one.confirm && !(await confirmed(one.confirm))) return;
      if (option.url) visit(option.url);
      busy(node, hand.act(option.value));
    },
  }));
  node.addEventListener('click', () => menu(node, entries, { label: 'More options' }));
  return h('span', { class: 'anchor' }, node);
}

export function confirmed(confirm, style = confirm.style) {
  return new Promise((done) => {
    const answer = (yes) => { dialog.close(); dialog.remove(); done(yes); };
    const no = h('button', { type: 'button', class: 'button', onclick: () => answer(false), 'data-testid': 'confirm-no' }, text(confirm.deny));
    const yes = h('button', {
      type: 'button', class: `button ${(confirm.style ?? style) === 'danger' ? 'button-danger' : 'button-primary'}`,
      onclick: () => answer(true), 'data-testid': 'confirm-yes',
    }, text(confirm.confirm));
    const dialog = h('dialog', { class: 'confirm', 'data-testid': 'confirm', 'aria-labelledby': 'confirm-title' },
      h('h2', { id: 'confirm-title' }, text(confirm.title)), h('div', { class: 'confirm-text' }, text(confirm.text)), h('footer', {}, no, yes));
    dialog.addEventListener('cancel', (event) => { event.preventDefault(); answer(false); });
    document.body.append(dialog);
    dialog.showModal();
    yes.focus();
  });
}

// typing

const KINDS = { number_input: 'decimal', email_text_input: 'email', url_text_input: 'url' };

function typed(one, hand, id) {
  const multi = one.multiline || one.type === 'rich_text_input';
  const node = h(multi ? 'textarea' : 'input', {
    id, class: 'field', type: multi ? null : 'text', rows: multi ? 4 : null, inputmode: KINDS[one.type],
    placeholder: plain(one.placeholder), maxlength: one.max_length, value: hand.value ?? '', autocomplete: 'off',
    'data-autofocus': one.focus_on_load ? 'true' : null,
  });
  node.addEventListener('input', () => hand.change(node.value));
  const on = one.dispatch_action_config?.trigger_actions_on ?? ['on_enter_pressed'];
  if (hand.act) {
    node.addEventListener(on.includes('on_character_entered') ? 'input' : 'keydown', (event) => {
      if (event.type === 'input' || event.key === 'Enter') { event.preventDefault(); hand.act(node.value); }
    });
  }
  return node;
}

const picker = (type, toValue = (v) => v, fromValue = (v) => v) => (one, hand, id) => {
  const node = h('input', { id, type, class: 'field field-short', value: fromValue(hand.value) ?? '', 'aria-label': id ? null : plain(one.placeholder) || type });
  node.addEventListener('change', () => chosen(one, hand, toValue(node.value) || null, () => { node.value = fromValue(hand.value) ?? ''; }));
  return node;
};

const seconds = (shown) => (shown ? Math.floor(new Date(shown).getTime() / 1000) : null);
const shownTime = (at) => (at ? new Date(at * 1000 - new Date().getTimezoneOffset() * 60000).toISOString().slice(0, 16) : '');

// `undo` puts the field back when the person does not confirm.
async function chosen(one, hand, value, undo = () => {}) {
  if (one.confirm && hand.act && !(await confirmed(one.confirm))) return undo();
  hand.value = value;
  hand.change(value);
  return hand.act?.(value);
}

// choosing

const people = () => [...world.people.values()].filter((p) => !p.is_bot && p.id !== 'USLACKBOT').map((p) => [p.id, p.real_name]);
const rooms = () => [...world.channels.values()].filter((c) => !c.is_im).map((c) => [c.id, `#${c.name}`]);
const pairs = (options) => options.map((o) => [o.value, plain(o.text)]);

const select = (source) => (one, hand, id) => {
  const placeholder = plain(one.placeholder) || 'Select an option';
  const node = h('select', { id, class: 'field field-select', 'aria-label': id ? null : placeholder });
  node.append(h('option', { value: '', selected: !hand.value, disabled: false }, placeholder));
  const option = ([value, label]) => h('option', { value, selected: value === hand.value }, label);
  if (one.option_groups) {
    for (const part of one.option_groups) node.append(h('optgroup', { label: plain(part.label) }, pairs(part.options).map(option)));
  } else node.append(...source(one).map(option));
  node.addEventListener('change', () => chosen(one, hand, node.value || null, () => { node.value = hand.value ?? ''; }));
  return node;
};

const multi = (source) => (one, hand, id) => {
  const all = one.option_groups ? one.option_groups.flatMap((g) => pairs(g.options)) : source(one);
  let now = hand.value ?? [];
  const summary = h('summary', { class: 'field field-select', id });
  const describe = () => summary.replaceChildren(
    ...(now.length ? now.map((v) => h('span', { class: 'chip' }, all.find(([value]) => value === v)?.[1] ?? v)) : [h('span', { class: 'faint' }, plain(one.placeholder) || 'Select options')]));
  const boxes = all.map(([value]) => h('input', {
    type: 'checkbox', checked: now.includes(value), value,
    onchange: (event) => { take(event.target.checked ? [...now, value] : now.filter((v) => v !== value)); chosen(one, hand, now, () => take(hand.value ?? [])); },
  }));
  const full = () => one.max_selected_items && now.length >= one.max_selected_items;
  function take(values) {
    now = values;
    describe();
    for (const box of boxes) { box.checked = now.includes(box.value); box.disabled = full() && !box.checked; }
  }
  const list = all.map(([, label], n) => h('label', { class: 'choice' }, boxes[n], label));
  take(now);
  return h('details', { class: 'multi' }, summary, h('div', { class: 'multi-list', role: 'group', 'aria-label': plain(one.placeholder) || 'Options' }, list));
};

let groups = 0;

const choices = (type) => (one, hand, id) => {
  const name = `choice-${groups++}`;
  const has = (value) => (type === 'radio' ? hand.value === value : (hand.value ?? []).includes(value));
  const list = one.options.map((option, n) => h('label', { class: 'choice' },
    h('input', {
      type, name, id: n ? null : id, checked: has(option.value), value: option.value,
      onchange: (event) => {
        const rest = (hand.value ?? []);
        const value = type === 'radio' ? option.value : event.target.checked ? [...rest, option.value] : rest.filter((v) => v !== option.value);
        chosen(one, hand, value, () => { for (const box of event.target.closest('.choices').querySelectorAll('input')) box.checked = has(box.value); });
      },
    }),
    h('span', {}, h('span', {}, text(option.text)), option.description ? h('span', { class: 'choice-more' }, text(option.description)) : null)));
  return h('div', { class: 'choices', role: type === 'radio' ? 'radiogroup' : 'group' }, list);
};

const ELEMENTS = {
  button,
  workflow_button: button,
  overflow,
  plain_text_input: typed,
  email_text_input: typed,
  url_text_input: typed,
  number_input: typed,
  rich_text_input: typed,
  datepicker: picker('date'),
  timepicker: picker('time'),
  datetimepicker: picker('datetime-local', seconds, shownTime),
  static_select: select((one) => pairs(one.options ?? [])),
  external_select: search(false),
  users_select: select(people),
  conversations_select: select(rooms),
  channels_select: select(rooms),
  multi_static_select: multi((one) => pairs(one.options ?? [])),
  multi_external_select: search(true),
  multi_users_select: multi(people),
  multi_conversations_select: multi(rooms),
  multi_channels_select: multi(rooms),
  radio_buttons: choices('radio'),
  checkboxes: choices('checkbox'),
};

// The first value an element shows: what Slack calls initial_….
export function initial(one) {
  const value = one.initial_value ?? one.initial_date ?? one.initial_time ?? one.initial_date_time ?? one.initial_user ?? one.initial_users
    ?? one.initial_conversation ?? one.initial_conversations ?? one.initial_channel ?? one.initial_channels
    ?? one.initial_option?.value ?? one.initial_options?.map((o) => o.value);
  return typeof value === 'object' && !Array.isArray(value) ? '' : value;
}

export function image(one) {
  const file = one.slack_file?.id ?? one.slack_file?.url?.split('/').pop();
  const url = file ? `/files/${encodeURIComponent(file)}` : one.image_url;
  const near = file || url?.startsWith(location.origin) || url?.startsWith('data:image/');
  if (near) return h('img', { src: url, alt: one.alt_text });
  return h('span', { class: 'image-away', title: 'Images from other addresses are not loaded here' }, '🖼 ', one.image_url ? link(one.image_url, one.alt_text) : one.alt_text);
}
