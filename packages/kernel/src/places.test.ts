import { expect, test } from 'vitest'
import { createPlaces } from './places.ts'

test('each takes as many places as there are for one, and one that is left is free again', () => {
  const places = createPlaces(2)
  expect([places.enter('a'), places.enter('a'), places.enter('a'), places.enter('b')]).toEqual([true, true, false, true])
  places.leave('a')
  expect([places.enter('a'), places.enter('a'), places.enter('b'), places.enter('b')]).toEqual([true, false, true, false])
})
