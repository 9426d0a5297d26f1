import { expect, test } from 'vitest'
import { proposalsIn, type Proposal } from './proposals.ts'

async function proposals(text: string, size = 7): Promise<Proposal[]> {
  async function* pieces(): AsyncGenerator<string> {
    for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size)
  }
  const all: Proposal[] = []
  for await (const one of proposalsIn(pieces())) all.push(one)
  return all
}
const one = { claim: 'The roof cost "4,200" {pounds}.', passage: 2, quote: 'a \\ b } {' }

test.each([
  ['a line each', `${JSON.stringify(one)}\n${JSON.stringify(one)}`],
  ['a list, spread over lines', JSON.stringify([one, one], null, 2)],
  ['a fence and friendly words', `Sure! Here you are:\n\`\`\`json\n${JSON.stringify(one)}\n${JSON.stringify(one)}\n\`\`\`\nDoes this help?`],
])('claims are read from %s, wherever the text is cut', async (_, text) => {
  for (const size of [1, 5, 10_000]) expect(await proposals(text, size)).toEqual([{ kind: 'claim', ...one }, { kind: 'claim', ...one }])
})

test('that nothing answers is told apart from nonsense', async () => {
  expect(await proposals('{"none": true}')).toEqual([{ kind: 'none' }])
  expect(await proposals('{"claim": "x"} {not json} {"claim": "x", "passage": "1", "quote": "y"}')).toEqual([{ kind: 'nonsense' }, { kind: 'nonsense' }, { kind: 'nonsense' }])
  expect(await proposals('I would say that the roof was mended.')).toEqual([])
  expect(await proposals('{"claim": "it never ends')).toEqual([])
})

test('an object without end is given up, not kept', async () => {
  expect(await proposals(`{"claim": "${'x'.repeat(50_000)}`, 1_000)).toContainEqual({ kind: 'nonsense' })
})
