import { afterAll, beforeAll, expect, test } from 'vitest'
import { searchContract } from '@intellidocs/contracts'
import { createStaticEmbedder } from '@intellidocs/embedding'
import { searchWorld, type SearchWorld } from '../search.testkit.ts'

let world: SearchWorld
beforeAll(async () => { world = await searchWorld(createStaticEmbedder()) })
afterAll(() => world.close())

const ask = async (question: string) => {
  const { kind, claims } = await world.search.asking.ask(world.org.viewer, searchContract.searchAsk.input.parse({ question }), { signal: undefined, stillValid: async () => world.org.viewer.principals })
  return [kind, ...claims.map(({ quote }) => quote)]
}

test('an answer in other words than the question is found by its meaning, and where nothing is near enough there is none', async () => {
  await world.add({ name: 'handbook.txt', text: 'Wear a helmet in the yard.\n\nStaff are entitled to 25 days of annual leave.\n\nThe gate closes at eight.' })
  await world.search.fold()
  expect(await ask('How much holiday do employees get?')).toEqual(['extract', 'Staff are entitled to 25 days of annual leave.'])
  expect(await ask('Which telescope observed that comet?')).toEqual(['nothing'])
})
