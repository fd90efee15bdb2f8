import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dealPlaces, type Contender } from './deal-places.js';

const contenders = fc.array(fc.record({ underWay: fc.nat(30), count: fc.nat(40) }), { maxLength: 8 }).map((list) =>
  list.map(({ underWay, count }, index): Contender & { name: string } => ({
    name: `w${index}`,
    underWay,
    candidates: Array.from({ length: count }, (_, at) => ({ id: `w${index}/${at}`, priority: 0, createdUs: at })),
  })),
);

describe('dealPlaces', () => {
  it('is max-min fair: nobody is given a place while another who wants one has fewer under way', () => {
    fc.assert(
      fc.property(contenders, fc.nat(100), fc.nat(20), fc.integer({ min: 1, max: 200 }), (all, free, share, batch) => {
        const dealt = dealPlaces(all, free, share, batch);
        const got = new Map(all.map(({ name }) => [name, dealt.filter((id) => id.startsWith(`${name}/`))]));
        const level = ({ name, underWay }: (typeof all)[number]) => underWay + (got.get(name)?.length ?? 0);
        const wanting = all.filter(({ name, candidates }) => (got.get(name)?.length ?? 0) < candidates.length);
        for (const winner of all.filter(({ name }) => (got.get(name)?.length ?? 0) > 0))
          for (const loser of wanting) expect(level(winner)).toBeLessThanOrEqual(level(loser) + 1);
        // In the order of the workspace, without gaps.
        for (const { name, candidates } of all)
          expect(got.get(name)).toEqual(candidates.slice(0, got.get(name)?.length ?? 0).map(({ id }) => id));
        // No place is left free that somebody wants; beyond the free ones only shares are filled.
        const full = dealt.length >= batch;
        if (wanting.length > 0 && !full) expect(dealt.length).toBeGreaterThanOrEqual(free);
        if (!full) for (const one of wanting) expect(level(one)).toBeGreaterThanOrEqual(share);
        if (dealt.length > free)
          for (const one of all)
            if ((got.get(one.name)?.length ?? 0) > 0)
              expect(level(one)).toBeLessThanOrEqual(Math.max(share, ...all.map(({ underWay }) => underWay)) + free);
      }),
    );
  });
});
