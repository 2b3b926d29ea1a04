// Block Kit blocks as nodes. A `host` lends each element its hand: host.hand(block, element).
import { h } from './dom.js';
import { chart } from './charts.js';
import { element, image, initial } from './elements.js';
import { markdown } from './markdown.js';
import { mrkdwn, rich, table, text, unknown } from './text.js';

let fields = 0;

export const blocks = (list, host) => (list ?? []).map((block) => {
  const node = (BLOCKS[block.type] ?? unknown)(block, host);
  node.dataset.blockId = block.block_id;
  return node;
});

const active = (one, block, host) => element(one, { block: block.block_id, ...host.hand(block, one) }) ?? unknown(one);

const BLOCKS = {
  header: (block) => h('h3', { class: 'b-header' }, text(block.text)),
  divider: () => h('hr', { class: 'b-divider' }),
  markdown: (block) => h('div', { class: 'b-markdown' }, markdown(block.text)),
  rich_text: (block) => h('div', { class: 'b-rich' }, rich(block)),

  section(block, host) {
    const parts = h('div', { class: 'b-section-text' }, block.text ? h('div', {}, text(block.text)) : null);
    if (block.fields) parts.append(h('div', { class: 'b-fields' }, block.fields.map((field) => h('div', {}, text(field)))));
    const beside = block.accessory;
    const side = beside && (beside.type === 'image' ? h('div', { class: 'b-accessory b-thumb' }, image(beside)) : h('div', { class: 'b-accessory' }, active(beside, block, host)));
    return h('div', { class: 'b-section' }, parts, side);
  },

  context: (block) => h('div', { class: 'b-context' }, block.elements.map((part) => (
    part.type === 'image' ? h('span', { class: 'b-context-image' }, image(part)) : h('span', {}, text(part))))),

  actions: (block, host) => h('div', { class: 'b-actions', role: 'group', 'aria-label': 'Actions', 'data-testid': 'block-actions' },
    block.elements.map((one) => active(one, block, host))),

  context_actions: (block, host) => h('div', { class: 'b-actions' }, block.elements.map((one) => (
    one.type === 'feedback_buttons'
      ? h('span', { class: 'b-actions' }, [one.positive_button, one.negative_button].map((b) => active({ ...b, type: 'button', action_id: one.action_id }, block, host)))
      : unknown(one)))),

  image: (block) => h('figure', { class: 'b-image' }, block.title ? h('figcaption', {}, text(block.title)) : null, image(block)),

  input(block, host) {
    const id = `field-${fields++}`;
    const one = block.element;
    const hand = { block: block.block_id, ...host.hand(block, one) };
    if (!block.dispatch_action) hand.act = null;
    const control = element(one, hand, id) ?? unknown(one);
    const grouped = ['radio_buttons', 'checkboxes'].includes(one.type);
    const label = h(grouped ? 'div' : 'label', { class: 'label', for: grouped ? null : id, id: `${id}-label` }, text(block.label), block.optional ? h('span', { class: 'faint' }, ' (optional)') : null);
    const complaint = host.errors?.[block.block_id];
    const holder = control.matches('.field') ? control : control.querySelector('.field') ?? control;
    if (grouped) control.setAttribute('aria-labelledby', `${id}-label`);
    const notes = [];
    if (block.hint) notes.push(h('div', { class: 'hint', id: `${id}-hint` }, text(block.hint)));
    if (complaint) {
      notes.push(h('div', { class: 'field-error', id: `${id}-error`, role: 'alert', 'data-testid': 'field-error' }, complaint));
      holder.setAttribute('aria-invalid', 'true');
    }
    if (notes.length) holder.setAttribute('aria-describedby', notes.map((n) => n.id).join(' '));
    return h('div', { class: complaint ? 'b-input has-error' : 'b-input' }, label, control, notes);
  },

  table: (block) => table(block.rows.map((row) => row.map((cell) => (cell.type === 'rich_text' ? rich(cell) : String(cell.text ?? cell.value ?? '')))), (block.column_settings ?? []).map((c) => c?.align)),

  alert(block) {
    const [sign, said] = ALERTS[block.level] ?? ALERTS.default;
    return h('div', { class: `b-alert b-alert-${block.level ?? 'default'}`, role: 'note' }, h('span', { 'aria-hidden': 'true' }, `${sign} `), said ? h('strong', {}, `${said}: `) : null, text(block.text));
  },

  card: (block, host) => h('div', { class: 'b-card' },
    block.hero_image ? h('div', { class: 'b-hero' }, image(block.hero_image)) : null,
    block.title ? h('strong', {}, text(block.title)) : null,
    block.subtitle ? h('div', { class: 'faint' }, text(block.subtitle)) : null,
    block.body ? h('div', {}, text(block.body)) : null,
    block.actions ? h('div', { class: 'b-actions', 'data-testid': 'block-actions' }, block.actions.map((one) => active(one, block, host))) : null),

  carousel: (block, host) => h('div', { class: 'b-carousel' }, block.elements.map((card) => BLOCKS.card({ block_id: block.block_id, ...card }, host))),

  data_table: (block) => h('figure', {}, h('figcaption', { class: 'faint' }, block.caption ?? ''), BLOCKS.table(block)),
  data_visualization: (block) => chart(block),
  file: (block) => h('div', { class: 'file' }, `📄 File ${block.external_id}`),

  container(block, host) {
    const inside = blocks(block.child_blocks, host);
    const title = [h('strong', {}, block.title ? text(block.title) : rich(block.rich_text_title ?? {})), block.subtitle ? h('span', { class: 'faint' }, ' ', text(block.subtitle)) : null];
    if (block.is_collapsible === false) return h('div', { class: 'b-card' }, h('div', {}, title), inside);
    return h('details', { class: 'b-card', open: !block.default_collapsed }, h('summary', {}, title), inside);
  },

  task_card: (block) => h('div', { class: 'b-card' }, h('strong', {}, block.title), h('span', { class: 'tag' }, TASKS[block.status] ?? block.status),
    block.details ? h('div', {}, rich(block.details)) : null, block.output ? h('div', {}, rich(block.output)) : null),
  plan: (block) => h('div', { class: 'b-card' }, h('strong', {}, block.title), (block.tasks ?? []).map((task) => BLOCKS.task_card(task))),
};

const ALERTS = { default: ['📌', ''], info: ['ℹ️', 'Note'], success: ['✅', 'Done'], warning: ['⚠️', 'Warning'], error: ['⛔', 'Error'] };
const TASKS = { pending: 'to do', in_progress: 'under way', complete: '✓ done', error: '✗ failed' };

export const content = (message, host) => (message.blocks?.length
  ? blocks(message.blocks, host)
  : message.text ? [h('div', { class: 'b-section-text' }, mrkdwn(message.text))] : []);

// Entries of one message or view: {block_id: {action_id: value}}, begun with what the elements show first.
export function entries(list, kept = {}) {
  for (const block of list ?? []) {
    for (const one of [...(block.elements ?? []), block.accessory, block.element]) {
      if (!one?.action_id || ['button', 'overflow'].includes(one.type)) continue;
      const mine = kept[block.block_id] ??= {};
      if (!(one.action_id in mine) && initial(one) !== undefined) mine[one.action_id] = initial(one);
    }
  }
  return kept;
}
