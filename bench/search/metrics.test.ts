import { expect, test } from 'vitest'
import { fileNameOf, idOf, type Corpus } from './corpus.ts'
import { measure } from './metrics.ts'

const corpus: Corpus = {
  name: 'tiny', documents: [], queries: ['1', '2', '3'].map((id) => ({ id, text: '' })),
  relevance: new Map([['1', new Map([['a', 2], ['b', 1], ['c', 0]])], ['2', new Map([['d', 1]])], ['3', new Map([['e', 0]])]]),
}

test('a perfect ranking scores 1, an absent one 0, and queries without relevant documents do not count', () => {
  const perfect = new Map([['1', ['a', 'b', 'c']], ['2', ['d']]])
  expect(measure(corpus, { run: perfect, milliseconds: [3, 1, 2] })).toEqual({ ndcg10: 1, r100: 1, empty: 0, p50_ms: 2, p95_ms: 3 })
  expect(measure(corpus, { run: new Map([['1', ['a', 'b']]]), milliseconds: [] })).toMatchObject({ ndcg10: 0.5, r100: 0.5, empty: 1 })
})

test('nDCG discounts by rank, with linear gains: (1 + 2/log2 3) / (2 + 1/log2 3)', () => {
  const { ndcg10 } = measure({ ...corpus, relevance: new Map([['1', corpus.relevance.get('1') ?? new Map<string, number>()]]) }, { run: new Map([['1', ['b', 'a']]]), milliseconds: [] })
  expect(ndcg10).toBeCloseTo((1 + 2 / Math.log2(3)) / (2 + 1 / Math.log2(3)), 4)
})

test('any document id survives as a file name', () => {
  for (const id of ['1', 'MED-10', 'a/b', 'ção', '../x', 'x.txt', 'a b']) expect(idOf(fileNameOf(id))).toBe(id)
  expect(fileNameOf('../x')).not.toContain('/')
})
