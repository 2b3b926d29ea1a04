// Who somebody is here, and who is in which user group.
import { avatar, h } from './dom.js';
import { world } from './world.js';

const KINDS = { member: 'Member', guest: 'Guest', single_channel_guest: 'Single-channel guest', deleted: 'Deactivated' };
const kindOf = (person) => (person.deleted ? 'deleted' : person.is_ultra_restricted ? 'single_channel_guest' : person.is_restricted ? 'guest' : 'member');

const pick = (key, label, options, value, chosen) => {
  const node = h('select', { class: 'field', 'data-key': key, 'aria-label': label, onchange: () => chosen(node.value) },
    options.map(([name, shown]) => h('option', { value: name, selected: name === value }, shown)));
  return node;
};

export const check = (key, label, checked, changed, disabled = false) => h('label', { class: 'choice' },
  h('input', { type: 'checkbox', checked, disabled, 'data-key': key, onchange: (event) => changed(event.target.checked) }), h('span', {}, label));

export function drawPeople({ people, zones }, change) {
  return [h('p', { class: 'hint' }, 'Somebody deactivated can still be chosen at the bottom left: that is how a click that was under way looks to the app.'),
    h('ul', { class: 'manage-list' }, people.map((person) => {
      const team = person.team_id === world.team.id ? null : world.teams[person.team_id];
      const become = (kind) => change('person', kind === 'deleted' ? { user: person.id, deleted: true } : { user: person.id, deleted: false, kind },
        `${person.real_name}: ${KINDS[kind].toLowerCase()} from now on.`);
      return h('li', { class: 'manage-row', 'data-testid': `manage-${person.id}` }, avatar(person, 'avatar-small'),
        h('span', { class: 'who' }, h('strong', {}, person.real_name), h('span', { class: 'title' }, `${person.profile.title} · ${person.profile.email}`)),
        team ? h('span', { class: 'tag' }, team.name) : null,
        pick(`kind-${person.id}`, `What ${person.real_name} is`, Object.entries(KINDS), kindOf(person), become),
        pick(`zone-${person.id}`, `Time zone of ${person.real_name}`, zones.map((zone) => [zone, zone.split('/').pop().replace('_', ' ')]), person.tz,
          (tz) => change('person', { user: person.id, tz }, `${person.real_name} is in ${tz} from now on.`)));
    }))];
}

export function drawGroups({ groups, people, free_plan: free }, change) {
  const ours = people.filter((person) => person.team_id === world.team.id);
  return [check('plan', 'Free plan: Slack has no user groups (plan_upgrade_required)', free, (on) => change('plan', { free: on }, on ? 'There are no user groups any more.' : 'There are user groups again.')),
    groups.map((group) => h('fieldset', { class: 'manage-group', 'data-testid': `group-${group.id}` }, h('legend', {}, `@${group.handle}`, h('span', { class: 'faint' }, ` ${group.user_count} people`)),
      ours.map((person) => check(`${group.id}-${person.id}`, person.real_name, group.users.includes(person.id), (on) => change('group', {
        group: group.id, users: on ? [...group.users, person.id] : group.users.filter((id) => id !== person.id),
      }, `${person.real_name} is ${on ? 'in' : 'no longer in'} @${group.handle}. Lanekeeper is told.`)))))];
}
