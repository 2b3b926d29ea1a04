// What this page knows, and its line to the server: one WebSocket in, `act` out.

export const world = {
  me: null, team: null, bot: null, people: new Map(), groups: new Map(), channels: new Map(), messages: new Map(),
  ephemeral: new Map(), read: {}, home: null, stack: [], sockets: 0, commands: [], hints: [], shortcuts: [], teams: {}, online: false,
  drift: 0, ahead: 0, opened: null,
};

const byId = (list) => new Map(list.map((one) => [one.id, one]));
const byTs = (list) => new Map(list.map((one) => [one.ts, one]));
const byRoom = (rooms) => new Map(Object.entries(rooms).map(([id, list]) => [id, byTs(list)]));

const CHANGES = {
  snapshot(change) {
    world.opened ??= String(change.now); // what was whispered before this page was opened is gone, as in Slack
    keepTime(change);
    Object.assign(world, change, {
      people: byId(change.people), groups: byId(change.groups), channels: byId(change.channels),
      messages: byRoom(change.messages), ephemeral: byRoom(change.ephemeral),
    });
  },
  message: ({ channel, message }) => inRoom(world.messages, channel).set(message.ts, message),
  deleted: ({ channel, ts }) => inRoom(world.messages, channel).delete(ts),
  ephemeral: ({ channel, message }) => inRoom(world.ephemeral, channel).set(message.ts, message),
  ephemeral_deleted: ({ channel, ts }) => inRoom(world.ephemeral, channel).delete(ts),
  read: ({ channel, ts }) => { world.read[channel] = ts; },
  home: ({ view }) => { world.home = view; },
  modal: ({ stack }) => { world.stack = stack; },
  app: ({ sockets }) => { world.sockets = sockets; },
  clock: (change) => keepTime(change),
  reset: () => location.reload(),
};

// The workspace's clock may have been turned; everything here is told by it.
function keepTime({ now: at, ahead }) {
  world.drift = at * 1000 - Date.now();
  world.ahead = ahead;
}

export const now = () => new Date(Date.now() + world.drift);

function inRoom(rooms, channel) {
  if (!rooms.has(channel)) rooms.set(channel, new Map());
  return rooms.get(channel);
}

let socket = null;
let attempt = 0;

// Follow the workspace as this person; reconnects by itself, and begins with a full snapshot each time.
export function follow(user, changed) {
  if (socket) { socket.onclose = null; socket.close(); }
  const mine = socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/_feed?as=${encodeURIComponent(user)}`);
  mine.onmessage = ({ data }) => {
    if (socket !== mine) return;
    const change = JSON.parse(data);
    attempt = 0;
    world.online = true;
    CHANGES[change.type]?.(change);
    changed(change);
  };
  mine.onclose = () => {
    world.online = false;
    changed({ type: 'app' });
    setTimeout(() => { if (socket === mine) follow(user, changed); }, Math.min(3000, 200 * 2 ** attempt++));
  };
}

// Do something as this person. The answer is the server's; a lost server is an answer too.
export const act = (what, details = {}) => tell('act', { do: what, as: world.me, ...details });

// Pull one of the workspace's levers.
export async function tell(lever, details = {}) {
  try {
    const answer = await fetch(`/_control/${lever}`, {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(details),
    });
    return await answer.json();
  } catch {
    return { ok: false, error: 'offline', message: 'The workspace does not answer. Is it still running?' };
  }
}

// A channel's messages in order; a thread's replies stand apart unless they were sent to the channel too.
export function timeline(channel, thread = null) {
  const inside = (m) => (thread ? m.ts === thread || m.thread_ts === thread
    : !m.thread_ts || m.thread_ts === m.ts || m.subtype === 'thread_broadcast');
  const said = [...(world.messages.get(channel)?.values() ?? [])].filter(inside);
  const whispered = [...(world.ephemeral.get(channel)?.values() ?? [])].filter((m) => inside(m) && m.ts > world.opened)
    .map((m) => ({ ...m, ephemeral: true }));
  return [...said, ...whispered].sort((a, b) => (a.ts < b.ts ? -1 : 1));
}

export function unread(channel) {
  const seen = world.read[channel] ?? '0';
  return timeline(channel).filter((m) => m.ts > seen && m.user !== world.me && !m.ephemeral).length;
}
