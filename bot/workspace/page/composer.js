// Where a person writes: messages, slash commands with completion, names after "@".
import { avatar, h, ICONS, menu, svg, toast } from './dom.js';
import { act, world } from './world.js';

const MOST_OFFERS = 9;
const drafts = new Map(); // unsent text by place

// `place`: {channel, thread}. Answers the form, with `aim(place, label)` to point it elsewhere.
export function composer(testid) {
  let place = { channel: null, thread: null };
  let offers = [];
  let at = 0;
  const list = h('div', { class: 'offers', role: 'listbox', id: `${testid}-offers`, 'aria-label': 'Suggestions', 'data-testid': `${testid}-offers`, hidden: true });
  const field = h('textarea', {
    class: 'composer-field', rows: 1, 'data-testid': testid, role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': 'false',
    'aria-controls': list.id, enterkeyhint: 'send', autocomplete: 'off', spellcheck: 'true',
  });
  const send = h('button', { class: 'send', type: 'submit', 'aria-label': 'Send', 'data-testid': `${testid}-send` }, svg(ICONS.send));
  const quick = shortcuts();
  const form = h('form', { class: 'composer' }, list, h('div', { class: 'composer-box' }, quick, field, send));

  const key = () => `${world.me}/${place.channel}/${place.thread ?? ''}`;
  const fit = () => {
    field.style.height = 'auto';
    field.style.height = `${Math.min(field.scrollHeight, 220)}px`;
    send.disabled = !field.value.trim();
    drafts.set(key(), field.value);
  };

  const shut = () => { offers = []; list.hidden = true; field.setAttribute('aria-expanded', 'false'); field.removeAttribute('aria-activedescendant'); };

  function suggest() {
    offers = suggestions(field.value, field.selectionStart).slice(0, MOST_OFFERS);
    at = whole(field.value) ? -1 : 0;
    if (!offers.length) return shut();
    list.replaceChildren(...offers.map((offer, n) => h('div', {
      class: 'offer', role: 'option', id: `${list.id}-${n}`, onpointerdown: (event) => { event.preventDefault(); take(n); },
    }, offer.node)));
    list.hidden = false;
    field.setAttribute('aria-expanded', 'true');
    mark();
  }

  function mark() {
    [...list.children].forEach((node, n) => node.setAttribute('aria-selected', String(n === at)));
    if (at < 0) return field.removeAttribute('aria-activedescendant');
    field.setAttribute('aria-activedescendant', `${list.id}-${at}`);
    list.children[at]?.scrollIntoView({ block: 'nearest' });
  }

  function take(n) {
    const { text, from } = offers[n];
    field.setRangeText(text, from, field.selectionStart, 'end');
    fit();
    field.focus();
    suggest();
  }

  async function submit() {
    const text = field.value.trim();
    if (!text) return;
    field.value = '';
    fit();
    shut();
    const command = text.startsWith('/');
    const answer = await act(command ? 'command' : 'message', { channel: place.channel, text, thread_ts: place.thread ?? undefined });
    if (!answer.ok && (!command || answer.error === 'offline')) {
      toast(answer.message ?? `That did not work: ${answer.error}`);
      if (!field.value) { field.value = text; fit(); }
    }
  }

  field.addEventListener('input', () => { fit(); suggest(); });
  field.addEventListener('blur', shut);
  field.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (offers.length && step) { at = (Math.max(at, step > 0 ? -1 : 0) + step + offers.length) % offers.length; mark(); event.preventDefault(); return; }
    if (offers.length && !event.shiftKey && (event.key === 'Tab' || (event.key === 'Enter' && at >= 0))) { event.preventDefault(); take(Math.max(at, 0)); return; }
    if (offers.length && event.key === 'Escape') { event.stopPropagation(); event.preventDefault(); shut(); return; }
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) { event.preventDefault(); submit(); }
  });
  form.addEventListener('submit', (event) => { event.preventDefault(); submit(); });

  form.aim = (next, label) => {
    const moved = `${world.me}/${next.channel}/${next.thread ?? ''}` !== form.dataset.place;
    place = next;
    quick.hidden = !world.shortcuts.some((one) => one.type === 'global');
    field.placeholder = label;
    field.setAttribute('aria-label', label);
    if (moved) {
      form.dataset.place = key();
      field.value = drafts.get(key()) ?? '';
      shut();
      requestAnimationFrame(fit);
    }
  };
  form.field = field;
  return form;
}

// What the app offers everywhere, behind a flash of lightning; hidden where it offers nothing.
function shortcuts() {
  const button = h('button', { type: 'button', class: 'icon-button', 'aria-label': 'Shortcuts', 'aria-haspopup': 'menu', 'data-testid': 'shortcuts' }, svg(ICONS.bolt, 17));
  button.onclick = () => menu(button, world.shortcuts.filter((one) => one.type === 'global').map((one) => ({
    node: one.name, testid: `shortcut-${one.callback_id}`,
    run: async () => { const answer = await act('shortcut', { callback_id: one.callback_id }); if (!answer.ok) toast(answer.message ?? answer.error); },
  })), { label: 'Shortcuts', above: true });
  return h('span', { class: 'anchor', hidden: true }, button);
}

function suggestions(text, caret) {
  const before = text.slice(0, caret);
  if (before.startsWith('/') && !before.includes('\n')) return commands(before);
  const name = /(?:^|\s)@([\w-]*)$/.exec(before);
  return name ? names(name[1].toLowerCase(), caret - name[1].length - 1) : [];
}

// A command that ends on a whole word may be meant as it stands: "/lane" asks what shall be done, "/lane refunds" which ticket.
function whole(typed) {
  return typed.startsWith('/') && suggestions(typed, typed.length).some((one) => one.text.startsWith(`${typed.trimEnd()} `));
}

function commands(typed) {
  const known = world.commands.map((c) => ({ text: `${c.command} `, shown: `${c.command} ${c.usage_hint ?? ''}`, hint: c.description ?? '' }));
  const hints = world.hints.map((one) => ({ text: one.text, shown: one.shown ?? one.text, hint: one.hint ?? '' }));
  const meant = typed.toLowerCase();
  const fits = ({ text }) => text.toLowerCase().startsWith(meant) && text.trim().toLowerCase() !== meant.trim();
  return [...hints, ...known].filter(fits).map((one) => ({
    text: one.text, from: 0, node: [h('span', { class: 'offer-text' }, one.shown), h('span', { class: 'offer-hint' }, one.hint)],
  }));
}

function names(typed, from) {
  const people = [...world.people.values()].filter((p) => p.id !== 'USLACKBOT' && (p.name.startsWith(typed) || p.real_name.toLowerCase().split(' ').some((w) => w.startsWith(typed))));
  const groups = [...world.groups.values()].filter((g) => g.handle.startsWith(typed));
  return [
    ...people.map((p) => ({ text: `@${p.name} `, from, node: [avatar(p, 'avatar-tiny'), h('span', { class: 'offer-text' }, p.real_name), h('span', { class: 'offer-hint' }, p.profile?.title ?? '')] })),
    ...groups.map((g) => ({ text: `@${g.handle} `, from, node: [h('span', { class: 'offer-text' }, `@${g.handle}`), h('span', { class: 'offer-hint' }, `${g.user_count} people`)] })),
  ];
}
