// Selects whose options the app offers while somebody types (external_select, multi_external_select).
import { h } from './dom.js';
import { text } from './text.js';

const PAUSE = 250; // ms without a key before the app is asked
const LEAST = 3; // characters before it is asked, where the element does not say
const labels = new Map(); // of every value that was ever offered, for fields that are drawn anew
let count = 0;

export const search = (several) => (one, hand, id) => {
  for (const option of [one.initial_option, ...(one.initial_options ?? [])]) if (option) labels.set(option.value, option.text.text);
  const least = one.min_query_length ?? LEAST;
  const list = h('div', { class: 'offers search-offers', role: 'listbox', id: `search-${count++}`, 'aria-label': 'Suggestions', hidden: true, 'data-testid': 'suggestions' });
  const note = h('span', { class: 'sr-only', role: 'status' });
  const field = h('input', {
    id, class: 'field', type: 'text', role: 'combobox', autocomplete: 'off', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': list.id,
    'aria-label': id ? null : one.placeholder?.text ?? 'Search', placeholder: one.placeholder?.text ?? 'Search', 'data-autofocus': one.focus_on_load ? 'true' : null,
    value: several ? '' : labels.get(hand.value) ?? '',
  });
  const chips = h('span', { class: 'chips' });
  let chosen = several ? [...(hand.value ?? [])] : hand.value ?? null;
  let offers = [];
  let at = 0;
  let asked = 0;
  let timer = null;

  const shut = () => { list.hidden = true; offers = []; field.setAttribute('aria-expanded', 'false'); field.removeAttribute('aria-activedescendant'); };
  const set = (value) => { chosen = value; hand.value = value; hand.change(value); hand.act?.(value); drawChips(); };

  function drawChips() {
    if (!several) return;
    chips.replaceChildren(...chosen.map((value) => h('button', {
      type: 'button', class: 'chip', 'aria-label': `Remove ${labels.get(value) ?? value}`, onclick: () => { set(chosen.filter((v) => v !== value)); field.focus(); },
    }, labels.get(value) ?? value, ' ×')));
    field.disabled = Boolean(one.max_selected_items && chosen.length >= one.max_selected_items);
  }

  function take(option) {
    labels.set(option.value, option.text.text);
    field.value = several ? '' : option.text.text;
    shut();
    set(several ? [...new Set([...chosen, option.value])] : option.value);
  }

  function mark() {
    [...list.querySelectorAll('[role=option]')].forEach((node, n) => node.setAttribute('aria-selected', String(n === at)));
    field.setAttribute('aria-activedescendant', `${list.id}-${at}`);
  }

  function show(parts, nothing) {
    offers = parts.flatMap((part) => part.options);
    at = 0;
    let n = 0;
    const nodes = parts.flatMap((part) => [part.label ? h('div', { class: 'offer-group' }, text(part.label)) : null,
      ...part.options.map((option) => h('div', { class: 'offer', role: 'option', id: `${list.id}-${n++}`, onpointerdown: (event) => { event.preventDefault(); take(option); } },
        h('span', { class: 'offer-text' }, text(option.text)), option.description ? h('span', { class: 'offer-hint' }, text(option.description)) : null))]);
    list.replaceChildren(...nodes.filter(Boolean), ...(offers.length ? [] : [h('div', { class: 'offer-none' }, nothing)]));
    note.textContent = offers.length ? `${offers.length} suggestions` : nothing;
    list.hidden = false;
    field.setAttribute('aria-expanded', 'true');
    if (offers.length) mark();
  }

  async function ask() {
    const mine = ++asked;
    const typed = field.value.trim();
    if (typed.length < least) return show([], `Type at least ${least} ${least === 1 ? 'letter' : 'letters'}`);
    const answer = await hand.ask(typed);
    if (mine !== asked || document.activeElement !== field) return;
    if (!answer.ok) return show([], answer.message ?? 'The options could not be loaded.');
    show(answer.option_groups ?? [{ options: answer.options ?? [] }], 'No results');
  }

  field.addEventListener('input', () => {
    if (!several && chosen !== null) set(null);
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  field.addEventListener('focus', () => { if (!least) ask(); });
  field.addEventListener('blur', () => { clearTimeout(timer); shut(); });
  field.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (list.hidden || !(step || ['Enter', 'Escape'].includes(event.key))) { if (event.key === 'Enter') event.preventDefault(); return; }
    event.preventDefault();
    event.stopPropagation();
    if (step && offers.length) { at = (at + step + offers.length) % offers.length; mark(); }
    if (event.key === 'Enter' && offers[at]) take(offers[at]);
    if (event.key === 'Escape') shut();
  });
  drawChips();
  return h('div', { class: 'search' }, chips, field, list, note);
};
