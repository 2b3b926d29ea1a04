// Which channels are open, who is in them, and whether the app is.
import { h } from './dom.js';
import { check } from './manage_people.js';
import { world } from './world.js';

export function drawChannels({ channels, people, installed }, change) {
  return [check('installed', 'Lanekeeper is installed in this workspace', installed, (on) => change('app', { installed: on }, on ? 'Lanekeeper is installed again.' : 'Lanekeeper was removed: its token opens nothing any more.')),
    ...channels.map((room) => {
    const has = room.members.includes(world.bot);
    const set = (details, done) => change('channel', { channel: room.id, ...details }, done);
    const admit = (id, on) => ({ members: on ? [...room.members, id] : room.members.filter((one) => one !== id) });
    return h('fieldset', { class: 'manage-group', 'data-testid': `room-${room.id}` }, h('legend', {}, `#${room.name}`, h('span', { class: 'faint' }, ` ${room.members.length} members`)),
      check(`${room.id}-bot`, 'Lanekeeper is in it', has, (on) => set(admit(world.bot, on), `Lanekeeper is ${on ? 'in' : 'no longer in'} #${room.name}.`)),
      check(`${room.id}-private`, 'Private', room.is_private, (on) => set({ private: on }, `#${room.name} is ${on ? 'private' : 'public'}.`)),
      check(`${room.id}-archived`, 'Archived', room.is_archived, (on) => set({ archived: on }, `#${room.name} is ${on ? 'archived' : 'open again'}.`)),
      h('details', { 'data-key': `${room.id}-who` }, h('summary', {}, 'Who is in it'),
        people.map((person) => check(`${room.id}-${person.id}`, `${person.real_name}, ${person.profile.title}`, room.members.includes(person.id),
          (on) => set(admit(person.id, on), `${person.real_name} is ${on ? 'in' : 'no longer in'} #${room.name}.`)))),
      h('div', { class: 'b-actions' }, h('button', { type: 'button', class: 'button', 'data-key': `${room.id}-delete`, 'data-testid': `delete-${room.id}`, onclick: () => set({ deleted: true }, `#${room.name} is deleted, with everything in it.`) }, 'Delete this channel')));
  })];
}
