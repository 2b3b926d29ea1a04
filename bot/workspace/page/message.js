// One message: who, when, what, its reactions and its thread.
import { avatar, h, ICONS, menu, svg, toast } from './dom.js';
import { content, entries } from './blocks.js';
import { clock, emoji, pretty } from './text.js';
import { act, world } from './world.js';

const kept = new Map(); // what was chosen in a message's selects, by ts

export const moment = (ts) => new Date(Number(ts) * 1000);

const stranger = (id) => ({ id: id ?? '?', real_name: id ?? 'Someone', profile: {} });
export const author = (message) => world.people.get(message.user) ?? stranger(message.user);

// `follows`: the line above is by the same author and recent. `thread`: shown inside the thread pane.
export function messageNode(channel, message, { follows = false, thread = false } = {}) {
  const who = author(message);
  const at = moment(message.ts);
  const node = h('article', {
    class: `message ${follows ? 'message-follows' : ''} ${message.ephemeral ? 'message-ephemeral' : ''}`,
    'data-testid': message.ephemeral ? 'ephemeral' : 'message', 'data-ts': message.ts, 'aria-label': `${who.real_name}, ${clock(at)}`,
  });
  const time = h('time', { datetime: at.toISOString(), title: at.toLocaleString() }, clock(at));
  const gutter = follows ? h('div', { class: 'gutter gutter-time' }, time) : h('div', { class: 'gutter' }, avatar(who));
  const head = follows ? null : h('div', { class: 'message-head' },
    h('strong', { class: 'author' }, who.real_name), who.is_bot || message.bot_id ? h('span', { class: 'tag' }, 'App') : null,
    standing(who).map((said) => h('span', { class: 'tag' }, said)), time.cloneNode(true));
  const note = message.ephemeral ? h('div', { class: 'only-you' }, svg(ICONS.eye, 14), 'Only visible to you',
    h('button', { type: 'button', class: 'link-button', 'data-testid': 'dismiss', onclick: () => act('dismiss', { channel, ts: message.ts }) }, 'Dismiss')) : null;
  const also = message.subtype === 'thread_broadcast' && !thread ? h('div', { class: 'only-you' }, 'Replied to a thread') : null;
  node.append(gutter, h('div', { class: 'message-body' }, note, also, head,
    h('div', { class: 'message-content' }, content(message, hostOf(channel, message)), message.edited ? h('span', { class: 'faint edited' }, ' (edited)') : null),
    files(message), reactions(channel, message), thread ? null : threadLink(channel, message)));
  if (!message.ephemeral) node.append(tools(channel, message, thread));
  return node;
}

// What sets somebody apart from a member of this workspace.
export const standing = (who) => [
  who.deleted ? 'Deactivated' : '', who.is_ultra_restricted || who.is_restricted ? 'Guest' : '',
  who.team_id && who.team_id !== world.team.id ? world.teams[who.team_id]?.name ?? who.team_id : '',
].filter(Boolean);

function hostOf(channel, message) {
  const values = entries(message.blocks, kept.get(message.ts));
  kept.set(message.ts, values);
  return {
    hand: (block, one) => ({
      value: values[block.block_id]?.[one.action_id],
      change: (value) => { (values[block.block_id] ??= {})[one.action_id] = value; },
      act: async (value) => {
        const answer = await act('click', { channel, ts: message.ts, action_id: one.action_id, block_id: block.block_id, value, values });
        if (answer.error === 'offline') toast(answer.message);
        if (/_not_found$/.test(answer.error)) toast('This message has changed meanwhile. Look at it as it stands now.');
      },
      ask: (value) => act('suggest', { channel, ts: message.ts, action_id: one.action_id, block_id: block.block_id, value }),
    }),
  };
}

const files = (message) => (message.files ?? []).map((file) => h('div', { class: 'file-image' }, h('div', { class: 'file' }, '📄 ',
  h('a', { href: file.url_private, target: '_blank', rel: 'noopener' }, file.title || file.name), h('span', { class: 'faint' }, ` ${Math.ceil(file.size / 1024)} KB`)),
  file.mimetype?.startsWith('image/') ? h('img', { src: `/files/${encodeURIComponent(file.id)}`, alt: file.alt_txt ?? '' }) : null));

function reactions(channel, message) {
  if (!message.reactions?.length) return null;
  return h('div', { class: 'reactions' }, message.reactions.map((one) => {
    const mine = one.users.includes(world.me);
    const names = one.users.map((id) => world.people.get(id)?.real_name ?? id).join(', ');
    return h('button', {
      type: 'button', class: 'reaction', 'aria-pressed': String(mine), title: `${names}: :${one.name}:`,
      onclick: () => act('react', { channel, ts: message.ts, name: one.name, off: mine }),
    }, emoji(one.name) ?? `:${one.name}:`, ` ${one.count}`);
  }));
}

function threadLink(channel, message) {
  if (!message.reply_count) return null;
  const faces = message.reply_users.map((id) => avatar(world.people.get(id) ?? stranger(id), 'avatar-tiny'));
  const last = moment(message.latest_reply);
  return h('a', { class: 'thread-link', href: `#/c/${channel}/${message.ts}`, 'data-testid': 'thread-link' }, h('span', { class: 'faces' }, faces),
    h('strong', {}, `${message.reply_count} ${message.reply_count === 1 ? 'reply' : 'replies'}`),
    h('span', { class: 'faint' }, `Last reply ${pretty(last, { month: 'short', day: 'numeric' })} at ${clock(last)}`));
}

const QUICK = ['white_check_mark', 'eyes', 'thumbsup', 'raised_hands'];

function tools(channel, message, thread) {
  const root = message.thread_ts ?? message.ts;
  const react = h('button', { type: 'button', class: 'icon-button', 'aria-label': 'Add a reaction', 'aria-haspopup': 'menu' }, svg(ICONS.smile, 16));
  react.onclick = () => menu(react, QUICK.map((name) => ({
    node: `${emoji(name)}  :${name}:`, run: () => act('react', { channel, ts: message.ts, name }),
  })), { label: 'Add a reaction' });
  const more = h('button', { type: 'button', class: 'icon-button', 'aria-label': 'More actions', 'aria-haspopup': 'menu', 'data-testid': 'message-more' }, svg(ICONS.more, 16));
  more.onclick = () => menu(more, offers(channel, message), { label: 'More actions' });
  const reply = thread ? null : h('a', { class: 'icon-button', href: `#/c/${channel}/${root}`, 'aria-label': 'Reply in thread' }, svg(ICONS.reply, 16));
  return h('div', { class: 'tools' }, h('span', { class: 'anchor' }, react), reply, h('span', { class: 'anchor' }, more));
}

function offers(channel, message) {
  const me = world.people.get(world.me);
  const shortcuts = me.team_id === world.team.id ? world.shortcuts.filter((one) => one.type === 'message') : [];
  const told = async (asked) => { const answer = await asked; if (!answer.ok) toast(answer.message ?? `That did not work: ${answer.error}`); };
  return [
    ...shortcuts.map((one) => ({ node: [one.name, h('span', { class: 'tag' }, 'Lanekeeper')], testid: `shortcut-${one.callback_id}`, run: () => act('shortcut', { channel, ts: message.ts, callback_id: one.callback_id }) })),
    { node: 'Copy link', run: () => { navigator.clipboard?.writeText(`${location.origin}/#/c/${channel}/${message.ts}`).then(() => toast('The link is copied.'), () => toast('This browser does not let pages copy.')); } },
    ...(message.user === world.me || me.is_admin ? [{ node: 'Delete message', testid: 'delete-message', run: () => told(act('delete', { channel, ts: message.ts })) }] : []),
  ];
}

// Draw a list of messages into `list`, keeping the nodes of those that did not change.
export function drawMessages(list, channel, messages, { thread = null } = {}) {
  const old = new Map([...list.children].map((node) => [node.dataset.key, node]));
  const nodes = [];
  let before = null;
  const put = (key, seen, make) => {
    const was = old.get(key);
    const node = was?.seen === seen ? was : make();
    node.dataset.key = key;
    node.seen = seen;
    nodes.push(node);
  };
  for (const message of messages) {
    const day = moment(message.ts).toDateString();
    if (!thread && (!before || moment(before.ts).toDateString() !== day)) {
      put(`day-${day}`, pretty(moment(message.ts)), () => dayLine(moment(message.ts)));
      before = null;
    }
    const follows = Boolean(before && before.user === message.user && !before.reply_count && Boolean(before.ephemeral) === Boolean(message.ephemeral)
      && message.ts - before.ts < 300 && !message.blocks?.length && !before.blocks?.length);
    put(message.ts, JSON.stringify([message, follows, world.me]), () => messageNode(channel, message, { follows, thread: Boolean(thread) }));
    if (thread && message.ts === thread && messages.length > 1) {
      const count = messages.filter((m) => !m.ephemeral).length - 1;
      if (count) put('count', String(count), () => h('div', { class: 'rule' }, h('span', {}, `${count} ${count === 1 ? 'reply' : 'replies'}`)));
      before = null;
    } else before = message;
  }
  const focused = document.activeElement;
  const same = nodes.length === list.children.length && nodes.every((node, n) => node === list.children[n]);
  if (!same) list.replaceChildren(...nodes);
  if (focused && focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
}

function dayLine(at) {
  const name = pretty(at, { weekday: 'long', month: 'long', day: 'numeric' });
  return h('div', { class: 'rule rule-day', role: 'separator' }, h('span', {}, name[0].toUpperCase() + name.slice(1)));
}

