import type { FlowSpec } from '@intellidocs/contracts'
import { describe, expect, test } from 'vitest'
import { advance, onVersion } from './advance.ts'
import { facts, flow, stage, steps } from './engine.testkit.ts'
import type { Move } from './types.ts'

const ask = (spec: FlowSpec, ...rows: string[]): string => told(advance({ spec, facts, steps: steps(...rows), run: { contentSha256: 'now' } }))
type Named = readonly { stage: string; round: number; again?: number | null }[]
const refs = (list: Named): string => list.map(({ stage: key, round, again }) => `${key}${round}${again === null || again === undefined ? '' : ` again ${again}`}`).join(' ')
const listed = (word: string, list: Named): string[] => (list.length === 0 ? [] : [`${word} ${refs(list)}`])

function told(move: Move): string {
  switch (move.kind) {
    case 'go': return [...listed('open', move.open), ...listed('skip', move.skip), ...listed('void', move.void)].join(', ')
    case 'wait': return 'wait'
    case 'waitForVersion': return `version for ${refs([move.by])}`
    case 'end': return `${move.outcome}${move.by === null ? '' : ` by ${refs([move.by])}`}`
  }
}

const never = { fact: 'tag', is: 'none' } as const
const back = (key: string): { onReject: { back: string } } => ({ onReject: { back: key } })

describe('stages in order', () => {
  const spec = flow([stage('a'), stage('b', { onReject: { back: 'a' } }), stage('c', { onReject: 'new-version' }), stage('d', { onReject: { back: 'c' } })], { maxRounds: 3 })
  test.each<[string, string[], string]>([
    ['the first one first', [], 'open a1'],
    ['nothing while it is open', ['a1:open'], 'wait'],
    ['the next one once it is approved', ['a1:approved'], 'open b1'],
    ['a rejection that ends it', ['a1:rejected'], 'rejected by a1'],
    ['a deadline that ends it', ['a1:expired'], 'expired by a1'],
    ['a rejection that goes back', ['a1:approved', 'b1:rejected'], 'open a2, void a1 b1'],
    ['the round goes on', ['!a1:approved', '!b1:rejected', 'a2:approved'], 'open b2'],
    ['a stage reached first in a later round is of that round', ['!a1:approved', '!b1:rejected', 'a2:approved', 'b2:approved'], 'open c2'],
    ['a rejection that wants other bytes', ['a1:approved', 'b1:approved', 'c1:rejected'], 'version for c1'],
    ['and gets them', ['a1:approved', 'b1:approved', 'c1:rejected@old'], 'open c2 again 1, void c1'],
    ['back to what wanted other bytes', ['a1:approved', 'b1:approved', '!c1:rejected@old', 'c2:approved', 'd2:rejected'], 'open c3, void c2 d2'],
    ['one rejection too many', ['!a1:approved', '!b1:rejected', '!a2:approved', '!b2:rejected', 'a3:approved', 'b3:rejected'], 'rejected by b3'],
    ['all approved', ['a1:approved', 'b1:approved', 'c1:approved', 'd1:approved'], 'approved'],
  ])('%s', (_, rows, next) => {
    expect(ask(spec, ...rows)).toBe(next)
    expect(ask(spec, ...rows.toReversed())).toBe(next)
  })
})

describe('conditions', () => {
  test('a stage whose condition does not hold is passed over, in the same move', () => {
    const spec = flow([stage('a', { when: never }), stage('b'), stage('c', { when: never })])
    expect(ask(spec)).toBe('open b1, skip a1')
    expect(ask(spec, 'a1:skipped', 'b1:approved')).toBe('skip c1')
    expect(ask(spec, 'a1:skipped', 'b1:approved', 'c1:skipped')).toBe('approved')
  })
  test('going back to a stage looks at its condition again', () => {
    const spec = flow([stage('a', { when: never }), stage('b', back('a'))])
    expect(ask(spec, 'a1:skipped', 'b1:rejected')).toBe('open b2, skip a2, void a1 b1')
  })
})

describe('branches', () => {
  const spec = flow([
    stage('a'), { parallel: [{ key: 'left', stages: [stage('p'), stage('q', back('p'))] }, { key: 'right', stages: [stage('x'), stage('y', back('a'))] }] }, stage('z', back('p')),
  ])
  test.each<[string, string[], string]>([
    ['begin side by side', ['a1:approved'], 'open p1 x1'],
    ['go on each for itself', ['a1:approved', 'p1:approved', 'x1:open'], 'open q1'],
    ['are waited for', ['a1:approved', 'p1:approved', 'q1:approved', 'x1:open'], 'wait'],
    ['come together', ['a1:approved', 'p1:approved', 'q1:approved', 'x1:approved', 'y1:approved'], 'open z1'],
    ['go back for themselves', ['a1:approved', 'p1:approved', 'q1:rejected', 'x1:open'], 'open p2, void p1 q1'],
    ['go back together where it leads before them', ['a1:approved', 'p1:approved', 'q1:open', 'x1:approved', 'y1:rejected'], 'open a2, void a1 p1 q1 x1 y1'],
    ['both at once: the one that leads back furthest', ['a1:approved', 'p1:approved', 'q1:rejected', 'x1:approved', 'y1:rejected'], 'open a2, void a1 p1 q1 x1 y1'],
    ['end with the first rejection that ends', ['a1:approved', 'p1:rejected', 'x1:open'], 'rejected by p1'],
    ['a rejection goes before a deadline', ['a1:approved', 'p1:expired', 'x1:rejected'], 'rejected by x1'],
    ['from behind into one of them, the other stands', ['a1:approved', 'p1:approved', 'q1:approved', 'x1:approved', 'y1:approved', 'z1:rejected'], 'open p2, void p1 q1 z1'],
  ])('%s', (_, rows, next) => {
    expect(ask(spec, ...rows)).toBe(next)
    expect(ask(spec, ...rows.toReversed())).toBe(next)
  })

  const conditional = flow([{ parallel: [{ key: 'left', when: never, stages: [stage('p'), stage('q')] }, { key: 'right', stages: [stage('x')] }] }])
  test('a branch whose condition does not hold is passed over whole', () => {
    expect(ask(conditional)).toBe('open x1, skip p1 q1')
    expect(ask(conditional, 'p1:skipped', 'q1:skipped', 'x1:approved')).toBe('approved')
  })
  test('a branch that was begun goes on whatever became of its condition', () => {
    expect(ask(conditional, 'p1:approved', 'x1:approved')).toBe('open q1')
  })
  test('of a branch that was passed over no stage is opened alone', () => {
    expect(ask(conditional, 'p1:skipped', '!q1:skipped@old', 'x1:approved')).toBe('skip q2')
  })
  test('while one waits for other bytes the others go on', () => {
    const spec_ = flow([{ parallel: [{ key: 'left', stages: [stage('p', { onReject: 'new-version' })] }, { key: 'right', stages: [stage('x'), stage('y')] }] }])
    expect(ask(spec_, 'p1:rejected', 'x1:approved')).toBe('open y1')
    expect(ask(spec_, 'p1:rejected', 'x1:approved', 'y1:open')).toBe('version for p1')
  })
})

describe('another version', () => {
  const version = (spec: FlowSpec, ...rows: string[]): string => {
    const effect = onVersion({ spec, steps: steps(...rows), run: { contentSha256: 'now' } })
    return `${effect.restart ? 'restart, ' : ''}void ${refs(effect.void)}, keep ${refs(effect.keep)}`
  }
  const spec = flow([stage('a'), stage('b', { onNewVersion: 'keep' }), stage('c')])
  test('asks those again who decided or were asked about other bytes, and lets the others stand', () => {
    expect(version(spec, 'a1:approved@old', 'b1:open@old')).toBe('void a1, keep b1')
    expect(ask(spec, '!a1:approved@old', 'b1:open')).toBe('open a2 again 1')
    expect(ask(spec, '!a1:approved@old', 'a2:approved', 'b1:approved')).toBe('open c2')
  })
  test('leaves alone what is about these bytes already', () => {
    expect(version(spec, 'a1:approved', 'b1:open')).toBe('void , keep ')
  })
  test('looks again at what was passed over', () => {
    const skipping = flow([stage('a', { when: never }), stage('b', { when: never, onNewVersion: 'keep' }), stage('c')])
    expect(version(skipping, 'a1:skipped@old', 'b1:skipped@old', 'c1:open@old')).toBe('void a1 c1, keep ')
  })
  test('begins everything anew where a stage says so', () => {
    const strict = flow([stage('a'), stage('b', { onNewVersion: 'restart' })])
    expect(version(strict, 'a1:approved@old', 'b1:open@old')).toBe('restart, void a1 b1, keep ')
    expect(version(strict, 'a1:open@old')).toBe('void a1, keep ')
    expect(ask(strict, '!a1:approved@old', '!b1:stale@old')).toBe('open a2 again 1')
  })
  test('a stage that waits for it is begun when those before it are through', () => {
    const both = flow([stage('a'), stage('b', { onReject: 'new-version' })])
    expect(version(both, 'a1:approved@old', 'b1:rejected@old')).toBe('void a1, keep ')
    expect(ask(both, '!a1:approved@old', 'b1:rejected@old')).toBe('open a2 again 1, void b1')
    expect(ask(both, '!a1:approved@old', '!b1:rejected@old', 'a2:approved')).toBe('open b2 again 1')
  })
})
