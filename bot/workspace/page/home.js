// The app's Home tab, as the app has published it for this person.
import { blocks, entries } from './blocks.js';
import { h, toast } from './dom.js';
import { act, world } from './world.js';

export const home = h('div', { class: 'home', 'data-testid': 'home' });
const values = {}; // what was chosen and not yet sent, by person
let drawn = '';

export function drawHome({ fresh }) {
  if (fresh) {
    drawn = '';
    home.scrollTop = 0;
    act('open_home', { tab: 'home' });
  }
  const view = world.home;
  const seen = `${world.me}/${view?.hash}`;
  if (drawn === seen) return;
  drawn = seen;
  if (!view) {
    home.replaceChildren(h('div', { class: 'empty' }, h('h2', {}, 'Nothing here yet'), h('p', {}, 'Lanekeeper fills this tab when it is connected.')));
    return;
  }
  const mine = values[world.me] = entries(view.blocks, values[world.me]);
  const aim = (block, one, value) => ({ view_id: view.id, action_id: one.action_id, block_id: block.block_id, value });
  const host = {
    hand: (block, one) => ({
      value: mine[block.block_id]?.[one.action_id],
      change: (value) => { (mine[block.block_id] ??= {})[one.action_id] = value; },
      act: async (value) => {
        const answer = await act('click', { ...aim(block, one, value), values: mine });
        if (!answer.ok) toast(answer.message ?? `That did not work: ${answer.error}`);
      },
      ask: (value) => act('suggest', aim(block, one, value)),
    }),
  };
  const scrolled = home.scrollTop;
  const action = home.contains(document.activeElement) ? document.activeElement.closest('[data-action-id]')?.dataset.actionId : null;
  home.replaceChildren(h('div', { class: 'home-blocks' }, blocks(view.blocks, host)));
  home.scrollTop = scrolled;
  if (action) home.querySelector(`[data-action-id="${CSS.escape(action)}"]`)?.focus({ preventScroll: true });
}
